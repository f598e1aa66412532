"""Signature policies and findings as documents, there and back."""

from collections.abc import Mapping
from typing import Any

from reply_hub.adapters.mongo.stored import Document, fault_document, fault_of
from reply_hub.domain.answering import Capacity
from reply_hub.domain.signing import (
    NO_SIGNATURE,
    Awaiting,
    Decision,
    FileFinding,
    Level,
    SignatureFinding,
    SignaturePolicy,
    SignerMatch,
    SummaryRef,
    Undecided,
    WhenUndecided,
)
from signatures.verdict import Indication, Kind, Profile, Qualification, Refusal, SubIndication


def policy_document(policy: SignaturePolicy) -> Document:
    """A policy."""
    return {
        "level": policy.level.value,
        "format": policy.format.value,
        "kind": policy.kind.value,
        "signers": [signer.value for signer in policy.signers],
        "ordered": policy.ordered,
        "when_undecided": policy.when_undecided.value,
        "acr": list(policy.acr),
    }


def policy_of(stored: Mapping[str, Any] | None) -> SignaturePolicy:
    """Read it back; documents of before there were policies ask for no signature."""
    if stored is None:
        return NO_SIGNATURE
    return SignaturePolicy(
        level=Level(stored["level"]),
        format=Profile(stored["format"]),
        kind=Kind(stored["kind"]),
        signers=tuple(Capacity(signer) for signer in stored["signers"]),
        ordered=stored["ordered"],
        when_undecided=WhenUndecided(stored["when_undecided"]),
        acr=tuple(stored["acr"]),
    )


def finding_document(finding: FileFinding) -> Document:
    """What was found of a file."""
    return {
        "attachment_id": finding.attachment_id,
        "refusal": finding.refusal.value if finding.refusal else None,
        "detail": finding.detail,
        "signatures": [_signature_document(signature) for signature in finding.signatures],
        "judged_at": finding.judged_at,
        "policy": finding.policy,
        "validator": dict(finding.validator),
        "trusted_lists": finding.trusted_lists,
    }


def finding_of(stored: Mapping[str, Any]) -> FileFinding:
    """Read it back."""
    return FileFinding(
        attachment_id=stored["attachment_id"],
        refusal=Refusal(stored["refusal"]) if stored["refusal"] else None,
        detail=stored["detail"],
        signatures=tuple(_signature_of(signature) for signature in stored["signatures"]),
        judged_at=stored["judged_at"],
        policy=stored["policy"],
        validator=stored["validator"],
        trusted_lists=stored["trusted_lists"],
    )


def _signature_document(finding: SignatureFinding) -> Document:
    return {
        "indication": finding.indication.value,
        "sub_indication": finding.sub_indication.value if finding.sub_indication else None,
        "detail": finding.detail,
        "qualification": finding.qualification.value,
        "format": finding.format.value,
        "kind": finding.kind.value,
        "signer": finding.signer,
        "match": finding.match.value,
        "claimed_at": finding.claimed_at,
        "best_at": finding.best_at,
        "proved_by": finding.proved_by,
        "algorithm": finding.algorithm,
    }


def _signature_of(stored: Mapping[str, Any]) -> SignatureFinding:
    return SignatureFinding(
        indication=Indication(stored["indication"]),
        sub_indication=SubIndication(stored["sub_indication"]) if stored["sub_indication"] else None,
        detail=stored["detail"],
        qualification=Qualification(stored["qualification"]),
        format=Profile(stored["format"]),
        kind=Kind(stored["kind"]),
        signer=stored["signer"],
        match=SignerMatch(stored["match"]),
        claimed_at=stored["claimed_at"],
        best_at=stored["best_at"],
        proved_by=stored["proved_by"],
        algorithm=stored["algorithm"],
    )


def undecided_document(undecided: Undecided | None) -> Document | None:
    """For what an answer waits."""
    if undecided is None:
        return None
    return {
        "awaiting": undecided.awaiting.value,
        "since": undecided.since,
        "tries": undecided.tries,
        "faults": [fault_document(fault) for fault in undecided.faults],
    }


def undecided_of(stored: Mapping[str, Any] | None) -> Undecided | None:
    """Read it back."""
    if stored is None:
        return None
    faults = tuple(fault_of(fault) for fault in stored["faults"])
    return Undecided(
        awaiting=Awaiting(stored["awaiting"]), since=stored["since"], tries=stored["tries"], faults=faults
    )


def decision_document(decision: Decision | None) -> Document | None:
    """A handler's decision."""
    if decision is None:
        return None
    return {"accept": decision.accept, "reason": decision.reason, "by": decision.by, "at": decision.at}


def decision_of(stored: Mapping[str, Any] | None) -> Decision | None:
    """Read it back."""
    return Decision(**stored) if stored else None


def summary_document(summary: SummaryRef | None) -> Document | None:
    """What had to be signed."""
    if summary is None:
        return None
    return {"size": summary.size, "sha256": summary.sha256, "attached_sha256": summary.attached_sha256}


def summary_of(stored: Mapping[str, Any] | None) -> SummaryRef | None:
    """Read it back."""
    return SummaryRef(**stored) if stored else None
