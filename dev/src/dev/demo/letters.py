"""The letters and answers of the story: a real PDF letter, a form of six fields, an annex of two megabytes."""

import hashlib
from pathlib import Path
from typing import Any, Final

import typst

from dev.house.clients import base64url_sha256

Json = dict[str, Any]

BRON: Final = "https://data.vlaanderen.be/id/bron/studietoelagen"
BRON_PREMIES: Final = "https://data.vlaanderen.be/id/bron/huurpremies"
FILES: Final = Path(__file__).with_name("typst")

FORM: Final[Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Bijkomende gegevens studietoelage",
    "type": "object",
    "additionalProperties": False,
    "required": ["rekeninghouder", "ingangsdatum", "woonsituatie", "huurprijs"],
    "properties": {
        "rekeninghouder": {"type": "string", "title": "Naam van de rekeninghouder", "minLength": 2, "maxLength": 60},
        "ingangsdatum": {
            "type": "string",
            "title": "Datum van ingang van het huurcontract",
            "format": "date",
            "maxLength": 10,
        },
        "woonsituatie": {"type": "string", "title": "Waar woont u?", "enum": ["KOT", "THUIS", "ZELFSTANDIG"]},
        "huurprijs": {
            "type": "number",
            "title": "Maandelijkse huurprijs (euro)",
            "minimum": 0,
            "maximum": 5000,
            "multipleOf": 0.01,
        },
        "aantalHuisgenoten": {"type": "integer", "title": "Aantal huisgenoten", "minimum": 0, "maximum": 50},
        "rekeningnummer": {
            "type": "string",
            "title": "Rekeningnummer",
            "pattern": "^BE[0-9]{14}$",
            "maxLength": 16,
            "x-confidential": True,
        },
    },
}
KEYS: Final = {
    "REKENINGHOUDER": "/rekeninghouder",
    "INGANGSDATUM": "/ingangsdatum",
    "WOONSITUATIE": "/woonsituatie",
    "HUURPRIJS": "/huurprijs",
    "HUISGENOTEN": "/aantalHuisgenoten",
    "REKENING": "/rekeningnummer",
}
ANSWER: Final[Json] = {
    "rekeninghouder": "Lien Peeters",
    "ingangsdatum": "2026-09-01",
    "woonsituatie": "KOT",
    "huurprijs": 412.5,
    "aantalHuisgenoten": 3,
    "rekeningnummer": "BE68539007547034",
}


def letter_pdf(dossier_nummer: str) -> bytes:
    """The letter as a person gets it."""
    return typst.compile(str(FILES / "letter.typ"), sys_inputs={"dossier": dossier_nummer}, pdf_standards=["a-2b"])


def annex_pdf(megabytes: float = 2.0, *, seed: str = "huurcontract") -> bytes:
    """A PDF of about that size: an annex with a scan, which does not compress."""
    size = int(megabytes * 1_000_000)
    blocks = range(size // 32 + 1)
    scan = b"".join(hashlib.sha256(f"{seed}/{block}".encode()).digest() for block in blocks)[:size]
    return one_page_pdf(seed, scan)


def one_page_pdf(title: str, scan: bytes) -> bytes:
    """A one-page PDF that carries the scan as an uncompressed stream."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        ),
        _stream(f"BT /F1 18 Tf 72 760 Td ({title}) Tj ET".encode()),
        _stream(scan),
    ]
    document = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(document))
        document += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(document)
    rows = b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    document += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode() + rows
    document += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(document)


def _stream(content: bytes) -> bytes:
    return f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def letter(
    *,
    citizen: str,
    sender: str,
    dossier_nummer: str,
    pdf: bytes,
    bron: str = BRON,
    response_term: str = "P30D",
    late_replies: str = "ACCEPT_FLAGGED",
    multiplicity: str = "SINGLE",
    due_date: str | None = None,
) -> Json:
    """A letter that asks a citizen for the form and one or two files. `citizen` is a national number."""
    deadline = {"dueDate": due_date} if due_date else {"responseTerm": response_term, "startsAt": "CONSIGNED"}
    return {
        "recipient": {"eboxType": "citizen", "ssin": citizen},
        "subject": {"nl": "Uw studietoelage: wij hebben nog gegevens nodig"},
        "language": "nl",
        "messageTypeId": "STUDIETOELAGE_AANVULLING",
        "senderOrganizationId": sender,
        "senderApplicationId": "studietoelagen",
        "contact": {
            "name": "Dienst Studietoelagen",
            "email": "studietoelagen@example.vlaanderen.be",
            "phone": "1700",
        },
        "attachments": [
            {
                "attachmentTitle": "Brief.pdf",
                "httpPartName": "upfile1",
                "isMainContent": True,
                "isAttachmentSigned": False,
                "mediaType": "application/pdf",
                "digest": {"digestMethod": "sha_256", "digestValue": base64url_sha256(pdf)},
            }
        ],
        "isReplyAuthorized": True,
        "dossierRef": {"bron": bron, "dossierNummer": dossier_nummer, "fase": "Behandeling"},
        "replyRequest": {
            "required": True,
            "purpose": "AANVULLING",
            "form": {"jsonSchema": FORM, "businessDataKeys": KEYS},
            "attachmentSlots": [
                {
                    "slot": "huurcontract",
                    "title": {"nl": "Huurcontract"},
                    "minFiles": 1,
                    "maxFiles": 2,
                    "maxBytes": 5_000_000,
                    "mediaTypes": ["application/pdf"],
                }
            ],
            "deadline": deadline,
            "lateReplies": late_replies,
            "multiplicity": multiplicity,
        },
    }
