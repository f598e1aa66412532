"""The verdict on one signature: what it covers, what followed it, its certificate, its times, its worth."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESPassed, AdESSubIndic
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation.ades import (
    AdESBasicValidationResult,
    ades_basic_validation,
    ades_lta_validation,
    ades_with_time_validation,
)
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, async_validate_pdf_signature
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec
from pyhanko.sign.validation.qualified.assess import QualificationAssessor
from pyhanko.sign.validation.qualified.tsp import QcCertType
from pyhanko.sign.validation.status import (
    PdfSignatureStatus,
    SignatureCoverageLevel,
    StandardCMSSignatureStatus,
)
from pyhanko_certvalidator.path import ValidationPath

from signatures.certificates import kind_of, signer_of
from signatures.dss import has_validation_data, with_dss
from signatures.revisions import OnlySignaturesFollow, ends_with_its_last_revision
from signatures.revocation import queries_for
from signatures.timestamps import DocumentTimestamps, is_possible, signature_timestamps, time_of
from signatures.trust import Trust
from signatures.validation import SKEW, Ground
from signatures.verdict import (
    Indication,
    Kind,
    Profile,
    Qualification,
    RevocationQuery,
    SignatureVerdict,
    SubIndication,
)

_Result = AdESBasicValidationResult[StandardCMSSignatureStatus]
_UNSURE: Final = frozenset({
    AdESIndeterminate.TRY_LATER,
    AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE,
    AdESIndeterminate.REVOCATION_OUT_OF_BOUNDS_NO_POE,
    AdESIndeterminate.NO_POE,
})  # fmt: skip
"""Outcomes that fresh revocation data may change."""


@dataclass(frozen=True, slots=True)
class _Finding:
    indication: Indication
    sub: SubIndication | None
    detail: str = ""


_PASSED: Final = _Finding(Indication.TOTAL_PASSED, None)


async def judge_signature(
    signature: EmbeddedPdfSignature, ground: Ground, stamps: DocumentTimestamps
) -> tuple[SignatureVerdict, list[RevocationQuery]]:
    """Judge it, and say which revocation data might change an undecided verdict.

    Raises:
        Exception: whatever a broken signature breaks in the parser.
    """
    grounded = with_dss(ground, signature.reader)
    profile = _profile(signature, stamps)
    about = SignatureVerdict(
        indication=Indication.INDETERMINATE,
        profile=profile,
        kind=kind_of(signature.signer_cert),
        signer=signer_of(signature.signer_cert),
        claimed_at=signature.self_reported_timestamp,
        best_at=ground.at,
        algorithm=_algorithm(signature),
    )
    try:
        status = await async_validate_pdf_signature(
            signature,
            signer_validation_context=grounded.context(),
            ts_validation_context=grounded.context(for_timestamps=True),
            diff_policy=OnlySignaturesFollow(),
            key_usage_settings=grounded.spec.key_usage_settings,
            algorithm_policy=grounded.spec.signature_algorithm_policy,
        )
    except SignatureValidationError as error:
        return _with(about, _of_subindication(error.ades_subindication)), []
    broken = _broken(signature, status, stamps)
    if broken is not None:
        return _with(about, broken), []
    result = await _ades(signature, grounded, profile)
    finding, queries = await _concluded(signature, status, result, grounded)
    best, proved_by = _best_time(signature, ground, stamps, result)
    verdict = _with(replace(about, best_at=best, proved_by=proved_by), finding)
    path = (result.api_status or status).validation_path
    return replace(verdict, qualification=_qualification(path, verdict, ground.trust)), queries


def _broken(
    signature: EmbeddedPdfSignature, status: PdfSignatureStatus, stamps: DocumentTimestamps
) -> _Finding | None:
    """What no further evidence can mend."""
    if not status.intact:
        return _failed(SubIndication.HASH_FAILURE, "the signed bytes were changed")
    if not status.valid:
        return _failed(SubIndication.SIG_CRYPTO_FAILURE, "the signature value does not fit")
    if status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return _failed(SubIndication.FORMAT_FAILURE, "the signature does not cover a whole revision of the file")
    level = status.modification_level
    if level is None or level >= ModificationLevel.ANNOTATIONS or status.docmdp_ok is False:
        return _failed(SubIndication.FORMAT_FAILURE, "the file was changed after signing")
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    if not whole and not ends_with_its_last_revision(signature.reader):
        return _failed(SubIndication.FORMAT_FAILURE, "bytes follow the end of the file's last revision")
    if stamps.forged:
        return _failed(SubIndication.FORMAT_FAILURE, "a document timestamp does not fit the file")
    return None


async def _ades(signature: EmbeddedPdfSignature, ground: Ground, profile: Profile) -> _Result:
    """Validation by the process that fits what the signature brings (ETSI EN 319 102-1, 5.3, 5.5 and 5.6.3)."""
    process = ades_basic_validation if profile is Profile.B_B else ades_with_time_validation
    result = await process(
        signature.signed_data,
        validation_spec=ground.spec,
        timing_info=ground.timing,
        raw_digest=signature.compute_digest(),
    )
    if result.ades_subindic is AdESPassed.OK or not profile.reaches(Profile.B_LT):
        return result
    # What the present can't prove, the file's own evidence of the past may.
    spec = PdfSignatureValidationSpec(ground.spec, diff_policy=OnlySignaturesFollow())
    return await ades_lta_validation(signature, spec, timing_info=ground.timing)


async def _concluded(
    signature: EmbeddedPdfSignature,
    status: PdfSignatureStatus,
    result: _Result,
    ground: Ground,
) -> tuple[_Finding, list[RevocationQuery]]:
    outcome = result.ades_subindic
    if outcome is AdESPassed.OK:
        # The processes for B-B and B-T look at the signature alone; that for B-LTA knows the file and its past.
        settled = result.api_status if isinstance(result.api_status, PdfSignatureStatus) else status
        if not settled.bottom_line:
            return _undecided(SubIndication.POLICY_PROCESSING_ERROR, "two ways of judging do not agree"), []
        return _impossible_times(signature, ground) or _PASSED, []
    finding = _of_subindication(outcome)
    if outcome not in _UNSURE:
        return finding, []
    queries = await queries_for(signature.signed_data, ground, is_timestamp=False)
    for stamp in signature_timestamps(signature.signed_data):
        queries += await queries_for(stamp, ground, is_timestamp=True)
    if queries and outcome is AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE:
        # The chain itself leads to a trusted authority: what lacks is only whether something in it was revoked.
        return _undecided(SubIndication.TRY_LATER, "revocation data are missing"), queries
    return finding, queries


def _impossible_times(signature: EmbeddedPdfSignature, ground: Ground) -> _Finding | None:
    certificate = signature.signer_cert
    for stamp in signature_timestamps(signature.signed_data):
        at = time_of(stamp)
        if not is_possible(stamp, at, ground):
            return _undecided(SubIndication.TIMESTAMP_ORDER_FAILURE, "a timestamp's moment can't be")
        if not certificate.not_valid_before <= at + SKEW or at > certificate.not_valid_after:
            return _undecided(
                SubIndication.TIMESTAMP_ORDER_FAILURE, "a timestamp lies outside the certificate's span"
            )
    return None


def _best_time(
    signature: EmbeddedPdfSignature,
    ground: Ground,
    stamps: DocumentTimestamps,
    result: _Result,
) -> tuple[datetime, str]:
    """The earliest moment at which the signature is proved to have existed, and by what."""
    proofs = [(ground.at, "RECEIPT")]
    status = result.api_status
    stamped = status.timestamp_validity if status is not None else None
    if stamped is not None and stamped.valid and stamped.trusted:
        proofs.append((stamped.timestamp, "SIGNATURE_TIMESTAMP"))
    proofs += [(stamp.at, "DOCUMENT_TIMESTAMP") for stamp in stamps.after(signature.signed_revision)]
    return min(proofs)


def _profile(signature: EmbeddedPdfSignature, stamps: DocumentTimestamps) -> Profile:
    """How durable the signature is made (ETSI EN 319 142-1, 6)."""
    if not signature_timestamps(signature.signed_data):
        return Profile.B_B
    if not has_validation_data(signature.reader):
        return Profile.B_T
    archived = any(stamps.after(signature.signed_revision))
    return Profile.B_LTA if archived else Profile.B_LT


def _qualification(path: ValidationPath | None, verdict: SignatureVerdict, trust: Trust) -> Qualification:
    """What it is worth by the trusted lists at its best time; nothing where it did not pass."""
    if verdict.indication is not Indication.TOTAL_PASSED or path is None:
        return Qualification.NOT_APPLICABLE
    seal = verdict.kind is Kind.SEAL
    advanced = Qualification.ADESEAL if seal else Qualification.ADESIG
    if trust.registry is None:
        return advanced
    status = QualificationAssessor(trust.registry).check_entity_cert_qualified(path, moment=verdict.best_at).status
    if not status.qualified or status.qc_type is QcCertType.QC_WEB:
        return advanced
    if not status.qc_key_security.is_qscd:
        return Qualification.ADESEAL_QC if seal else Qualification.ADESIG_QC
    return Qualification.QESEAL if seal else Qualification.QESIG


def _algorithm(signature: EmbeddedPdfSignature) -> str:
    info = signature.signer_info
    public = signature.signer_cert.public_key
    size = public.curve[1] if public.algorithm == "ec" else public.bit_size if public.algorithm == "rsa" else ""
    used = info["signature_algorithm"]["algorithm"].native
    return f"{used} {info['digest_algorithm']['algorithm'].native} {size}".strip()


def _with(verdict: SignatureVerdict, finding: _Finding) -> SignatureVerdict:
    return replace(verdict, indication=finding.indication, sub_indication=finding.sub, detail=finding.detail)


def _failed(sub: SubIndication, detail: str) -> _Finding:
    return _Finding(Indication.TOTAL_FAILED, sub, detail)


def _undecided(sub: SubIndication, detail: str) -> _Finding:
    return _Finding(Indication.INDETERMINATE, sub, detail)


_WORDS: Final = {
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: "the certificate chains to no authority that is trusted",
    SubIndication.REVOKED_NO_POE: "the certificate was revoked before the signature is proved to have existed",
    SubIndication.REVOKED_CA_NO_POE: "an authority's certificate was revoked before the signature is proved",
    SubIndication.OUT_OF_BOUNDS_NO_POE: "the signature is not proved to lie in the certificate's span",
    SubIndication.TRY_LATER: "revocation data are missing or stale",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: "an algorithm or key is too weak",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: "an algorithm or key is too weak by now",
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: "the certificate may not be used for signing",
}


def _of_subindication(outcome: AdESSubIndic | None) -> _Finding:
    """pyHanko's finding in our words: its own may name the certificate's holder."""
    if not isinstance(outcome, AdESFailure | AdESIndeterminate):
        return _failed(SubIndication.FORMAT_FAILURE, "the signature breaks its format")
    name = outcome.standard_name
    sub = SubIndication(name) if name in SubIndication.__members__ else SubIndication.POLICY_PROCESSING_ERROR
    failed = isinstance(outcome, AdESFailure)
    detail = _WORDS.get(sub, "")
    return _failed(sub, detail) if failed else _undecided(sub, detail)
