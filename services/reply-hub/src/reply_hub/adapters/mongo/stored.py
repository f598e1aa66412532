"""Parts of documents that several collections share, there and back."""

from collections.abc import Mapping
from typing import Any, Final

from reply_hub.domain.faults import Fault
from reply_hub.domain.files import ReplyFile
from reply_hub.domain.request import DossierRef, FormRef

SCHEMA: Final = 1
"""The format of every document this version writes; readers take all formats up to it."""

Document = dict[str, Any]


def dossier_document(dossier: DossierRef) -> Document:
    """The dossier of a document."""
    return {
        "bron": dossier.bron,
        "dossier_nummer": dossier.dossier_nummer,
        "fase": dossier.fase,
        "procedurestap": dossier.procedurestap,
        "phase_version": dossier.phase_version,
        "expected_stuktype": dossier.expected_stuktype,
    }


def dossier_of(stored: Mapping[str, Any]) -> DossierRef:
    """Read it back."""
    return DossierRef(**stored)


def form_document(form: FormRef) -> Document:
    """The form of a document."""
    return {"form_id": form.form_id, "version": form.version, "url": form.url, "sha256": form.sha256}


def form_of(stored: Mapping[str, Any]) -> FormRef:
    """Read it back."""
    return FormRef(**stored)


def file_document(file: ReplyFile) -> Document:
    """A file of a document."""
    return {
        "attachment_id": file.attachment_id,
        "slot": file.slot,
        "file_name": file.file_name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
    }


def file_of(stored: Mapping[str, Any]) -> ReplyFile:
    """Read it back."""
    return ReplyFile(**stored)


def fault_document(fault: Fault) -> Document:
    """A fault of a document."""
    return {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}


def fault_of(stored: Mapping[str, Any]) -> Fault:
    """Read it back."""
    return Fault(**stored)
