"""How an answer has to be signed, and whether what was found of its signatures satisfies that."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import permutations
from typing import Final

from reply_hub.domain.answering import CITIZEN, Capacity
from reply_hub.domain.faults import Fault
from signatures.verdict import Indication, Kind, Profile, Qualification, Refusal, SubIndication


class Level(StrEnum):
    """What a signature has to be worth (Regulation (EU) 910/2014). No matter of its format.

    SES is an explicit confirmation by a person who signed in; the others are signatures in a PDF.
    """

    NONE = "NONE"
    SES = "SES"
    AES = "AES"
    AES_QC = "AES_QC"
    QES = "QES"


class WhenUndecided(StrEnum):
    """What becomes of an answer whose signature can't be judged yet: it waits for some days, or a handler decides."""

    WAIT = "WAIT"
    HANDLER = "HANDLER"


class SignerMatch(StrEnum):
    """Whether the signer is who was asked."""

    MATCH = "MATCH"
    MISMATCH = "MISMATCH"
    UNKNOWN = "UNKNOWN"


DANGEROUS: Final = frozenset({Refusal.ACTIVE_CONTENT, Refusal.TOO_COMPLEX})
"""Refusals of files that nobody should open."""
_QUALIFIED: Final = frozenset({Qualification.QESIG, Qualification.QESEAL})
_WITH_QC: Final = _QUALIFIED | {Qualification.ADESIG_QC, Qualification.ADESEAL_QC}
_WORTH: Final[Mapping[Level, frozenset[Qualification]]] = {
    Level.AES: _WITH_QC | {Qualification.ADESIG, Qualification.ADESEAL},
    Level.AES_QC: _WITH_QC,
    Level.QES: _QUALIFIED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePolicy:
    """How an answer, or the files of a slot, have to be signed.

    Attributes:
        format: the least durable format that suffices.
        signers: one entry per signature that is owed, each by somebody else; empty: one, by any who may answer.
        ordered: they sign in that order.
        acr: levels of signing in at which a confirmation counts; empty: any.
    """

    level: Level = Level.NONE
    format: Profile = Profile.B_B
    kind: Kind = Kind.SIGNATURE
    signers: tuple[Capacity, ...] = ()
    ordered: bool = False
    when_undecided: WhenUndecided = WhenUndecided.WAIT
    acr: tuple[str, ...] = ()

    @property
    def wants_pdf(self) -> bool:
        """Whether a signature in a PDF is owed."""
        return self.level in _WORTH


NO_SIGNATURE: Final = SignaturePolicy()
SUMMARY_SLOT: Final = "summary"
"""Where the signed summary of an answer travels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRef:
    """The very bytes of a summary that was made to be signed; digests are SHA-256, hexadecimal.

    Attributes:
        size: bytes of the PDF.
        attached_sha256: of the JSON that is attached to it.
    """

    size: int
    sha256: str
    attached_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFinding:
    """What was found of one signature; people appear under pseudonyms.

    Attributes:
        signer: pseudonym of the person or organisation that the certificate names, where it names one.
        match: whether that is who was asked.
    """

    indication: Indication
    sub_indication: SubIndication | None
    detail: str
    qualification: Qualification
    format: Profile
    kind: Kind
    signer: str | None
    match: SignerMatch
    claimed_at: datetime | None
    best_at: datetime | None
    proved_by: str
    algorithm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFinding:
    """What was found of one file, and by which rules.

    Attributes:
        refusal: why it was not judged.
        validator: versions of what judged.
        trusted_lists: which trusted lists were used.
    """

    attachment_id: str
    refusal: Refusal | None = None
    detail: str = ""
    signatures: tuple[SignatureFinding, ...] = ()
    judged_at: datetime
    policy: str
    validator: Mapping[str, str] = field(default_factory=dict)
    trusted_lists: str = ""


class Standing(StrEnum):
    """What becomes of an answer by its signatures."""

    SATISFIED = "SATISFIED"
    REFUSED = "REFUSED"
    TRY_LATER = "TRY_LATER"
    HANDLER = "HANDLER"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A standing, and what speaks against the files."""

    standing: Standing
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSigners:
    """Who was asked to sign, under pseudonyms: the party, and who is known to act for it in which capacity."""

    recipient: str
    recipient_type: str
    may_answer: tuple[Capacity, ...]
    acting: Mapping[str, Capacity]

    def match(self, signer: str | None, capacity: Capacity, kind: Kind) -> SignerMatch:
        """Whether a signer is the one asked in a capacity.

        Nobody but the person asked can be a citizen's addressee. Who else represents an enterprise is not known here,
        so that a stranger's signature for it is UNKNOWN, unless the stranger is known in another capacity.
        """
        if signer is None:
            return SignerMatch.UNKNOWN
        if kind is Kind.SEAL or (capacity is Capacity.ADDRESSEE and self.recipient_type == CITIZEN):
            return SignerMatch.MATCH if signer == self.recipient else SignerMatch.MISMATCH
        known = self.acting.get(signer)
        if known is None:
            return SignerMatch.UNKNOWN
        represents = capacity is Capacity.ADDRESSEE and known is Capacity.LEGAL_REPRESENTATIVE
        return SignerMatch.MATCH if known is capacity or represents else SignerMatch.MISMATCH

    def best_match(self, signer: str | None, capacities: Collection[Capacity], kind: Kind) -> SignerMatch:
        """The best match in any of these capacities."""
        found = {self.match(signer, capacity, kind) for capacity in capacities}
        order = (SignerMatch.MATCH, SignerMatch.UNKNOWN, SignerMatch.MISMATCH)
        return next((match for match in order if match in found), SignerMatch.UNKNOWN)


def assess(policy: SignaturePolicy, finding: FileFinding, asked: AskedSigners, *, pointer: str) -> Assessment:
    """Whether a file satisfies the policy; `pointer` is its place in the answer.

    What failed for good refuses the answer. What is undecided waits or goes to a handler, and so does everything
    that is sound but not by whom it was asked of.
    """
    # Where no signature is asked for, a file that can't be read is the agency's to look at, as any other file.
    if finding.refusal is not None and (policy.wants_pdf or finding.refusal in DANGEROUS):
        return _refused(pointer, f"FILE_{finding.refusal.value}", finding.detail)
    if not policy.wants_pdf:
        return Assessment(Standing.SATISFIED)
    if not finding.signatures:
        return _refused(pointer, "SIGNATURE_MISSING", "the file bears no signature")
    for signature in finding.signatures:
        if signature.indication is Indication.TOTAL_FAILED:
            return _refused(pointer, "SIGNATURE_INVALID", f"{signature.sub_indication}: {signature.detail}")
    undecided = [each for each in finding.signatures if each.indication is Indication.INDETERMINATE]
    if undecided:
        return _undecided(policy, undecided, pointer)
    return _of_sound_signatures(policy, finding.signatures, asked, pointer)


def _undecided(policy: SignaturePolicy, found: Sequence[SignatureFinding], pointer: str) -> Assessment:
    faults = tuple(Fault(pointer, "SIGNATURE_UNDECIDED", f"{each.sub_indication}: {each.detail}") for each in found)
    may_change = all(each.sub_indication is SubIndication.TRY_LATER for each in found)
    waits = may_change and policy.when_undecided is WhenUndecided.WAIT
    return Assessment(Standing.TRY_LATER if waits else Standing.HANDLER, faults)


def _of_sound_signatures(
    policy: SignaturePolicy, found: Sequence[SignatureFinding], asked: AskedSigners, pointer: str
) -> Assessment:
    right = [each for each in found if each.kind is policy.kind]
    if not right:
        return _refused(pointer, "WRONG_KIND", f"a {policy.kind.value.lower()} was asked for")
    worth = [each for each in right if each.qualification in _WORTH[policy.level]]
    if not worth:
        return _refused(pointer, "LEVEL_TOO_LOW", f"{policy.level.value} was asked for")
    durable = [each for each in worth if each.format.reaches(policy.format)]
    if not durable:
        return _refused(pointer, "FORMAT_TOO_LOW", f"{policy.format.value} was asked for")
    each_owed: list[tuple[Capacity, ...]] = [(capacity,) for capacity in policy.signers]
    owed = each_owed or [asked.may_answer]
    if len(durable) < len(owed):
        return _refused(pointer, "SIGNATURES_MISSING", f"{len(owed)} signatures were asked for")
    if _all_matched(policy, durable, owed, asked):
        return Assessment(Standing.SATISFIED)
    detail = "it is not certain that the signatures are of those who were asked"
    return Assessment(Standing.HANDLER, (Fault(pointer, "SIGNER_NOT_MATCHED", detail),))


def _all_matched(
    policy: SignaturePolicy,
    found: Sequence[SignatureFinding],
    owed: Sequence[tuple[Capacity, ...]],
    asked: AskedSigners,
) -> bool:
    """Whether each signature that is owed is there, by somebody of its own. Signatures come in order of signing."""
    for chosen in permutations(found, len(owed)):
        signers = {each.signer for each in chosen}
        if len(signers) < len(owed) or (policy.ordered and [*chosen] != [each for each in found if each in chosen]):
            continue
        pairs = zip(chosen, owed, strict=True)
        if all(asked.best_match(each.signer, who, each.kind) is SignerMatch.MATCH for each, who in pairs):
            return True
    return False


def _refused(pointer: str, code: str, detail: str) -> Assessment:
    return Assessment(Standing.REFUSED, (Fault(pointer, code, detail),))


_GRAVITY: Final = (Standing.REFUSED, Standing.HANDLER, Standing.TRY_LATER, Standing.SATISFIED)


def gravest(assessments: Sequence[Assessment]) -> Assessment:
    """All files' together: the gravest standing, and every fault."""
    standings = {each.standing for each in assessments} or {Standing.SATISFIED}
    standing = next(each for each in _GRAVITY if each in standings)
    return Assessment(standing, tuple(fault for each in assessments for fault in each.faults))


class Awaiting(StrEnum):
    """For what an undecided answer waits."""

    REVOCATION_DATA = "REVOCATION_DATA"
    HANDLER = "HANDLER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """An answer whose signatures are undecided. `tries` counts how often they were judged."""

    awaiting: Awaiting
    since: datetime
    tries: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A handler's decision, on record. `by` names the organisation and client that made it."""

    accept: bool
    reason: str
    by: str
    at: datetime
