"""Document timestamps of a PDF. pyHanko's validation of signatures never looks at them: here each is judged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import extract_signer_info
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, async_validate_pdf_timestamp
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signatures.dss import with_dss
from signatures.revisions import OnlySignaturesFollow
from signatures.revocation import queries_for
from signatures.validation import SKEW, Ground
from signatures.verdict import RevocationQuery


@dataclass(frozen=True, slots=True)
class DocumentTimestamp:
    """One, with its revision. `sound`: its imprint and signature hold; `trusted`: its authority is trusted too."""

    revision: int
    at: datetime
    sound: bool
    trusted: bool


@dataclass(frozen=True, slots=True)
class DocumentTimestamps:
    """All of a file, oldest first, and what had to be asked to trust them."""

    found: tuple[DocumentTimestamp, ...]
    wanted: tuple[RevocationQuery, ...]

    @classmethod
    async def judged(
        cls, reader: PdfFileReader, embedded: Iterable[EmbeddedPdfSignature], ground: Ground
    ) -> "DocumentTimestamps":
        """Judge each."""
        found: list[DocumentTimestamp] = []
        wanted: list[RevocationQuery] = []
        grounded = with_dss(ground, reader)
        for stamp in embedded:
            if stamp.sig_object_type != "/DocTimeStamp":
                continue
            one = await _judged(stamp, grounded)
            found.append(one)
            if one.sound and not one.trusted:
                wanted += await queries_for(stamp.signed_data, grounded, is_timestamp=True)
        return cls(tuple(found), tuple(wanted))

    @property
    def forged(self) -> bool:
        """Whether one of them does not fit the bytes that it is said to prove."""
        return any(not stamp.sound for stamp in self.found)

    def after(self, revision: int) -> Iterator[DocumentTimestamp]:
        """Those that prove a revision, and hold."""
        return (stamp for stamp in self.found if stamp.revision > revision and stamp.trusted)


async def _judged(stamp: EmbeddedPdfSignature, ground: Ground) -> DocumentTimestamp:
    status = await async_validate_pdf_timestamp(
        stamp, validation_context=ground.context(for_timestamps=True), diff_policy=OnlySignaturesFollow()
    )
    info = stamp.signed_data["encap_content_info"]["content"].parsed
    at: datetime = info["gen_time"].native
    unchanged = status.docmdp_ok is not False and status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
    sound = bool(status.intact and status.valid and unchanged) and is_possible(stamp.signed_data, at, ground)
    return DocumentTimestamp(stamp.signed_revision, at, sound, sound and bool(status.trusted))


def signature_timestamps(signed: cms.SignedData) -> list[cms.SignedData]:
    """Timestamps over a signature, inside it."""
    return list(extract_tst_data_iter(extract_signer_info(signed), signed=False))


def time_of(stamp: cms.SignedData) -> datetime:
    """The moment that a timestamp states."""
    moment: datetime = stamp["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def is_possible(stamp: cms.SignedData, at: datetime, ground: Ground) -> bool:
    """Whether a timestamp's moment lies in its unit's certificate's span, and not ahead of our own clock."""
    units = [choice.chosen for choice in stamp["certificates"] if choice.name == "certificate"]
    spans = [(unit.not_valid_before, unit.not_valid_after) for unit in units]
    return at <= ground.now + SKEW and any(start <= at <= end for start, end in spans)
