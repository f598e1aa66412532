"""From what was found of signatures to what is answered."""

from reply_hub.domain.reply import Reply
from reply_hub.domain.signing import Decision, FileFinding, SignatureFinding, SignaturePolicy
from reply_hub.entrypoints.http import signature_shapes as shapes


def policy_shape(policy: SignaturePolicy) -> shapes.PolicyShape:
    """A policy."""
    return shapes.PolicyShape(
        level=policy.level.value,
        format=policy.format.value,
        kind=policy.kind.value,
        signers=[signer.value for signer in policy.signers],
        ordered=policy.ordered,
        when_undecided=policy.when_undecided.value,
        acr=list(policy.acr),
    )


def finding_shape(finding: FileFinding) -> shapes.FindingShape:
    """What was found of a file."""
    return shapes.FindingShape(
        attachment_id=finding.attachment_id,
        refusal=finding.refusal.value if finding.refusal else None,
        detail=finding.detail,
        signatures=[_signature(each) for each in finding.signatures],
        judged_at=finding.judged_at,
        policy=finding.policy,
        validator=dict(finding.validator),
        trusted_lists=finding.trusted_lists,
    )


def _signature(finding: SignatureFinding) -> shapes.SignatureShape:
    return shapes.SignatureShape(
        indication=finding.indication.value,
        sub_indication=finding.sub_indication.value if finding.sub_indication else None,
        detail=finding.detail,
        qualification=finding.qualification.value,
        format=finding.format.value,
        kind=finding.kind.value,
        signer_match=finding.match.value,
        claimed_at=finding.claimed_at,
        best_at=finding.best_at,
        proved_by=finding.proved_by,
        algorithm=finding.algorithm,
    )


def undecided_shape(reply: Reply) -> shapes.UndecidedShape | None:
    """For what an answer waits."""
    undecided = reply.undecided
    if undecided is None:
        return None
    return shapes.UndecidedShape(
        awaiting=undecided.awaiting.value,
        since=undecided.since,
        tries=undecided.tries,
        faults=[
            shapes.UndecidedFaultShape(pointer=fault.pointer, code=fault.code, detail=fault.detail)
            for fault in undecided.faults
        ],
    )


def decision_shape(decision: Decision) -> shapes.DecisionShape:
    """A handler's decision."""
    return shapes.DecisionShape(accept=decision.accept, reason=decision.reason, by=decision.by, at=decision.at)
