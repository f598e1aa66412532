"""What a letter asks of signatures, checked: nothing that nobody could satisfy, or that says two things at once."""

from collections.abc import Iterator, Sequence
from typing import Final

from chassis.problems import Fault
from contracts.documents.v1 import (
    AttachmentSlot,
    SignatureFormat,
    SignatureKind,
    SignatureLevel,
    SignaturePolicy,
    WhoMayAnswer,
)
from contracts.identifiers import PartyType

SUMMARY_SLOT: Final = "summary"
"""Where a signed summary travels: no slot of an agency's own may have this name where the answer is signed."""
_IN_PDF: Final = frozenset({SignatureLevel.AES, SignatureLevel.AES_QC, SignatureLevel.QES})
_PDF: Final = ["application/pdf"]
_SIGNERS: Final = {
    PartyType.CITIZEN: frozenset({WhoMayAnswer.ADDRESSEE}),
    PartyType.ENTERPRISE: frozenset(
        {WhoMayAnswer.ADDRESSEE, WhoMayAnswer.LEGAL_REPRESENTATIVE, WhoMayAnswer.MANDATE_HOLDER}
    ),
}


def signature_faults(
    answer: SignaturePolicy, slots: Sequence[AttachmentSlot], recipient_type: PartyType
) -> Iterator[Fault]:
    """Everything that is wrong with what is asked of signatures; pointers lead into the letter."""
    yield from _policy_faults(answer, recipient_type, "/replyRequest/signature")
    for index, slot in enumerate(slots):
        place = f"/replyRequest/attachmentSlots/{index}"
        yield from _policy_faults(slot.signature, recipient_type, f"{place}/signature")
        if slot.signature.level is SignatureLevel.SES:
            yield Fault(f"{place}/signature/level", "NOT_TAKEN", "SES confirms the whole answer; ask it there")
        if slot.signature.level in _IN_PDF and list(slot.media_types) != _PDF:
            yield Fault(f"{place}/mediaTypes", "NOT_PDF", "files that have to be signed are application/pdf only")
        if answer.level in _IN_PDF and slot.slot == SUMMARY_SLOT:
            yield Fault(f"{place}/slot", "RESERVED", "the signed summary of the answer travels under this name")


def _policy_faults(policy: SignaturePolicy, recipient_type: PartyType, place: str) -> Iterator[Fault]:
    in_pdf = policy.level in _IN_PDF
    if not in_pdf and policy.format is not SignatureFormat.B_B:
        yield Fault(f"{place}/format", "CONTRADICTS", "only signatures in a PDF have a format")
    if not in_pdf and (policy.signers or policy.kind is SignatureKind.SEAL):
        yield Fault(place, "CONTRADICTS", "no signature in a PDF is asked for, so nobody has to put one there")
    if policy.acr and policy.level is not SignatureLevel.SES:
        yield Fault(f"{place}/acr", "CONTRADICTS", "levels of signing in go with SES")
    if policy.kind is SignatureKind.SEAL and recipient_type is PartyType.CITIZEN:
        yield Fault(f"{place}/kind", "CONTRADICTS", "a citizen has no seal")
    if policy.kind is SignatureKind.SEAL and len(policy.signers) > 1:
        yield Fault(f"{place}/signers", "CONTRADICTS", "one organisation seals once")
    allowed = _SIGNERS.get(recipient_type, frozenset(WhoMayAnswer))
    for index, signer in enumerate(policy.signers):
        if signer not in allowed:
            yield Fault(f"{place}/signers/{index}", "NOT_TAKEN", f"nobody signs so for a {recipient_type.value}")
    if recipient_type is PartyType.CITIZEN and len(policy.signers) > 1:
        yield Fault(f"{place}/signers", "TOO_MANY", "a citizen signs once")
    if policy.ordered and len(policy.signers) < 2:
        yield Fault(f"{place}/ordered", "CONTRADICTS", "an order needs two signers at least")
