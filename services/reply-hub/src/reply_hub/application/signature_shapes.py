"""What was found of signatures, as events tell it."""

from contracts.reply_hub import v1
from reply_hub.domain.reply import Reply
from reply_hub.domain.signing import Decision, FileFinding, SignatureFinding


def verdicts_of(reply: Reply) -> list[v1.FileVerdict]:
    """What was found of each file of an answer."""
    return [_file(finding) for finding in reply.signatures]


def decision_of(decision: Decision | None) -> v1.SignatureDecision | None:
    """A handler's decision."""
    if decision is None:
        return None
    return v1.SignatureDecision(
        accept=decision.accept, reason=decision.reason, by=decision.by, decided_at=decision.at
    )


def _file(finding: FileFinding) -> v1.FileVerdict:
    return v1.FileVerdict(
        attachment_id=finding.attachment_id,
        refusal=finding.refusal.value if finding.refusal else None,
        detail=finding.detail,
        signatures=[_signature(signature) for signature in finding.signatures],
        judged_at=finding.judged_at,
        policy=finding.policy,
        validator=dict(finding.validator),
        trusted_lists=finding.trusted_lists,
    )


def _signature(finding: SignatureFinding) -> v1.SignatureVerdict:
    return v1.SignatureVerdict(
        indication=finding.indication.value,
        sub_indication=finding.sub_indication.value if finding.sub_indication else None,
        detail=finding.detail,
        qualification=finding.qualification.value,
        format=finding.format.value,
        kind=finding.kind.value,
        signer=finding.signer,
        signer_match=finding.match.value,
        claimed_at=finding.claimed_at,
        best_at=finding.best_at,
        proved_by=finding.proved_by,
        algorithm=finding.algorithm,
    )
