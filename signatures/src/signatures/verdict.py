"""What is said of a signature, in the words of ETSI EN 319 102-1 and of the European Commission's DSS.

Standard library only: whoever keeps or tells a verdict needs no signature library for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class Indication(StrEnum):
    """The outcome of a validation (ETSI EN 319 102-1, 5.1.3). INDETERMINATE is no refusal."""

    TOTAL_PASSED = "TOTAL_PASSED"
    TOTAL_FAILED = "TOTAL_FAILED"
    INDETERMINATE = "INDETERMINATE"


class SubIndication(StrEnum):
    """Why an outcome is not TOTAL_PASSED (ETSI EN 319 102-1, 5.1.3, table 6).

    Stored beside the indication and never derived from it: editions of the standard differ on the side.
    """

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    SIGNATURE_POLICY_NOT_AVAILABLE = "SIGNATURE_POLICY_NOT_AVAILABLE"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    NO_POE = "NO_POE"
    TRY_LATER = "TRY_LATER"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"


class Qualification(StrEnum):
    """What a signature is worth (DSS SignatureQualification). Not a property of its format."""

    QESIG = "QESig"
    QESEAL = "QESeal"
    ADESIG_QC = "AdESig-QC"
    ADESEAL_QC = "AdESeal-QC"
    ADESIG = "AdESig"
    ADESEAL = "AdESeal"
    NOT_APPLICABLE = "N/A"


class Profile(StrEnum):
    """The PAdES baseline format (ETSI EN 319 142-1), from the least to the most durable."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    def reaches(self, wanted: "Profile") -> bool:
        """Whether it is at least as durable as another."""
        order = list(Profile)
        return order.index(self) >= order.index(wanted)


class Kind(StrEnum):
    """A natural person signs, a legal person seals (Regulation (EU) 910/2014, articles 25 and 35)."""

    SIGNATURE = "SIGNATURE"
    SEAL = "SEAL"


class Refusal(StrEnum):
    """Why a file is not judged at all."""

    NO_PDF = "NO_PDF"
    ENCRYPTED = "ENCRYPTED"
    ACTIVE_CONTENT = "ACTIVE_CONTENT"
    TOO_COMPLEX = "TOO_COMPLEX"
    TOO_MANY_SIGNATURES = "TOO_MANY_SIGNATURES"
    NOT_THE_SUMMARY = "NOT_THE_SUMMARY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who a certificate says signed. Stays inside the service that judged: the number is a person's.

    Attributes:
        national_number: eleven digits, where the certificate has one that holds.
        organisation_number: ten digits of an enterprise number, where it has one.
        certificate_sha256: hexadecimal, of the certificate's DER.
    """

    national_number: str | None = field(default=None, repr=False)
    organisation_number: str | None = None
    certificate_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerdict:
    """What was found of one signature of a file.

    Attributes:
        detail: the finding in words, without anything of the certificate's.
        claimed_at: when the signer says that it was made.
        best_at: the earliest moment at which it is proved to have existed.
        proved_by: `SIGNATURE_TIMESTAMP`, `DOCUMENT_TIMESTAMP` or `RECEIPT`, whichever proves `best_at`.
    """

    indication: Indication
    sub_indication: SubIndication | None = None
    detail: str = ""
    qualification: Qualification = Qualification.NOT_APPLICABLE
    profile: Profile = Profile.B_B
    kind: Kind = Kind.SIGNATURE
    signer: Signer = field(default_factory=Signer)
    claimed_at: datetime | None = None
    best_at: datetime | None = None
    proved_by: str = "RECEIPT"
    algorithm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationQuery:
    """What has to be asked to judge one certificate that chains to a trusted authority.

    Attributes:
        ocsp: pairs of address and DER request.
        crls: addresses of revocation lists, asked where no responder answered.
    """

    ocsp: tuple[tuple[str, bytes], ...]
    crls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Revocation data that were fetched, as DER."""

    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """What was found of one file.

    Attributes:
        refusal: why it was not judged; then there are no signatures.
        detail: the refusal in words.
        signatures: in the order in which they were made.
        wanted: revocation data without which a signature stays undecided.
        judged_at: the moment for which it holds.
    """

    refusal: Refusal | None = None
    detail: str = ""
    signatures: tuple[SignatureVerdict, ...] = ()
    wanted: tuple[RevocationQuery, ...] = ()
    judged_at: datetime | None = None
    policy: str = ""
    validator: Mapping[str, str] = field(default_factory=dict)
    trusted_lists: str = ""


POLICY: Final = "urn:antwoordhub:signature-policy:1"
"""Id of the rules by which this version judges."""
