"""Judge a PDF: is it fit to be looked at, what is each of its signatures worth, and what is still to be asked.

Nothing here reaches the network: a verdict that needs revocation data says which, and is asked for again with them.
An exception in the parser is a verdict about the file, never a crash of whoever judges.
"""

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pyhanko.pdf_utils.misc import PdfError, PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

import signatures.quiet  # noqa: F401 - silences what would name people in the log
from signatures.active_content import TooDeep, active_content
from signatures.one_signature import judge_signature
from signatures.timestamps import DocumentTimestamps
from signatures.trust import Trust
from signatures.validation import Ground, knowledge_of
from signatures.verdict import (
    POLICY,
    Evidence,
    FileVerdict,
    Indication,
    Refusal,
    RevocationQuery,
    SignatureVerdict,
    SubIndication,
)

MOST_SIGNATURES: Final = 20
"""Thousands of fields that share one signature would cost seconds each."""
MOST_REVISIONS: Final = 100
VALIDATOR: Final = {name: version(name) for name in ("pyhanko", "pyhanko-certvalidator", "cryptography")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be judged.

    Attributes:
        path: the file.
        at: the moment at which the file is proved to have existed; certificates are judged for it.
        now: our own clock.
        with_signatures: whether signatures are judged, or only what the file might do by itself.
        known_files: SHA-256 digests (hexadecimal) of embedded files that are expected.
        begins_with: size and SHA-256 (hexadecimal) of bytes that the file has to begin with.
        refuse_active: whether content that does something by itself is refused.
    """

    path: str
    at: datetime
    now: datetime
    with_signatures: bool = True
    known_files: frozenset[str] = field(default_factory=frozenset)
    begins_with: tuple[int, str] | None = None
    evidence: Evidence = field(default_factory=Evidence)
    refuse_active: bool = True


def judge_file(question: Question, trust: Trust) -> FileVerdict:
    """Judge one file. Blocks for as long as it takes; never raises for what is in the file."""
    try:
        verdict = asyncio.run(_judged(question, trust))
    except (MemoryError, RecursionError, TooDeep):
        verdict = FileVerdict(refusal=Refusal.TOO_COMPLEX, detail="the file takes more than a document needs")
    except (PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, OSError) as error:
        # Broken structures surface in the parser as whatever they break.
        verdict = FileVerdict(refusal=Refusal.NO_PDF, detail=f"the file can't be read as a PDF ({_name(error)})")
    return replace(verdict, judged_at=question.at, policy=POLICY, validator=VALIDATOR, trusted_lists=trust.version)


async def _judged(question: Question, trust: Trust) -> FileVerdict:
    if question.begins_with is not None and not _begins_with(question.path, *question.begins_with):
        detail = "the file does not begin with the bytes that were to be signed"
        return FileVerdict(refusal=Refusal.NOT_THE_SUMMARY, detail=detail)
    with Path(question.path).open("rb") as stream:  # noqa: ASYNC230 - this loop runs nothing else
        reader = PdfFileReader(stream, strict=question.with_signatures)
        refused = _refused(reader, question.known_files, refuse_active=question.refuse_active)
        if refused is not None or not question.with_signatures:
            return refused or FileVerdict()
        embedded = [*_embedded(reader)]
        if len(embedded) > MOST_SIGNATURES:
            detail = f"more than {MOST_SIGNATURES} signatures"
            return FileVerdict(refusal=Refusal.TOO_MANY_SIGNATURES, detail=detail)
        ground = Ground(
            trust=trust, at=question.at, now=question.now, knowledge=knowledge_of(trust, question.evidence)
        )
        stamps = await DocumentTimestamps.judged(reader, embedded, ground)
        found: list[SignatureVerdict] = []
        wanted = list(stamps.wanted)
        for signature in embedded:
            if signature.sig_object_type == "/DocTimeStamp":
                continue
            verdict, queries = await _verdict(signature, ground, stamps)
            found.append(verdict)
            wanted += queries
        return FileVerdict(signatures=tuple(found), wanted=tuple(dict.fromkeys(wanted)))


async def _verdict(
    signature: EmbeddedPdfSignature, ground: Ground, stamps: DocumentTimestamps
) -> tuple[SignatureVerdict, list[RevocationQuery]]:
    try:
        return await judge_signature(signature, ground, stamps)
    except Exception as error:  # noqa: BLE001 - a signature that can't be read is a verdict, whatever it broke
        detail = f"the signature can't be read ({_name(error)})"
        failed = SignatureVerdict(
            indication=Indication.TOTAL_FAILED, sub_indication=SubIndication.FORMAT_FAILURE, detail=detail
        )
        return failed, []


def _refused(reader: PdfFileReader, known_files: Collection[str], *, refuse_active: bool) -> FileVerdict | None:
    if reader.encrypted:
        return FileVerdict(refusal=Refusal.ENCRYPTED, detail="the file is encrypted")
    if reader.xrefs.total_revisions > MOST_REVISIONS:
        return FileVerdict(refusal=Refusal.TOO_COMPLEX, detail=f"more than {MOST_REVISIONS} revisions")
    found = active_content(reader, known_files=known_files) if refuse_active else None
    if found is not None:
        return FileVerdict(refusal=Refusal.ACTIVE_CONTENT, detail=f"the file has {found}")
    return None


def _embedded(reader: PdfFileReader) -> list[EmbeddedPdfSignature]:
    """Every filled signature field, oldest first; also those whose format is unknown.

    Raises:
        PdfReadError: a field is no signature field.
    """
    fields = enumerate_sig_fields(reader, filled_status=True)
    found = [EmbeddedPdfSignature(reader, field, name) for name, _, field in fields]
    return sorted(found, key=lambda signature: signature.signed_revision)


def _begins_with(path: str, size: int, sha256: str) -> bool:
    digest, left = hashlib.sha256(), size
    with Path(path).open("rb") as stream:
        while left and (block := stream.read(min(left, 1 << 20))):
            digest.update(block)
            left -= len(block)
    return left == 0 and digest.hexdigest() == sha256


def _name(error: Exception) -> str:
    return "PdfReadError" if isinstance(error, PdfReadError) else type(error).__name__
