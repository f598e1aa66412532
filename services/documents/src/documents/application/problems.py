"""Codes of refusals that only this service tells."""

from typing import Final

from chassis.problems import ProblemType, register


def _type(code: str, status: int, title: str, meaning: str) -> ProblemType:
    return register(ProblemType(code, status, title, meaning))


DIGEST_DO_NOT_MATCH: Final = _type(
    "DIGEST_DO_NOT_MATCH", 422, "Digest does not match", "A file has another SHA-256 than `digest.digestValue` says."
)
TOO_MANY_FILES: Final = _type("TOO_MANY_FILES", 422, "Too many files", "A letter has six files at most.")
MEDIA_TYPE_NOT_TAKEN: Final = _type(
    "MEDIA_TYPE_NOT_TAKEN", 422, "Media type not taken", "The mailbox takes no files of this media type."
)
FILES_DO_NOT_MATCH: Final = _type(
    "FILES_DO_NOT_MATCH",
    422,
    "Files do not match",
    "`attachments` and the file parts have to name each other, with one main content.",
)
UNKNOWN_BRON: Final = _type(
    "UNKNOWN_BRON", 422, "Unknown bron", "The bron is not registered for your organisation; ask an operator."
)
INVALID_IDENTIFIER: Final = _type(
    "INVALID_IDENTIFIER", 422, "Invalid identifier", "A number breaks its register's rule (length, checksum)."
)
INVALID_SENDER: Final = _type(
    "INVALID_SENDER",
    422,
    "Invalid sender",
    "`senderOrganizationId` is not the enterprise number of your organisation.",
)
INVALID_FORM: Final = _type(
    "INVALID_FORM", 422, "Invalid form", "The form is no usable JSON Schema 2020-12; `issues` points into it."
)
INVALID_PREFILL: Final = _type(
    "INVALID_PREFILL", 422, "Invalid prefill", "A value to be shown beforehand breaks the form."
)
UNKNOWN_FORM: Final = _type("UNKNOWN_FORM", 422, "Unknown form", "There is no such version of a form of yours.")
FORM_NOT_EXPRESSIBLE: Final = _type(
    "FORM_NOT_EXPRESSIBLE",
    422,
    "Form not expressible",
    "The mailbox carries answers as business data of 256 bytes a value; this form does not fit, `issues` says why.",
)
NOT_OFFERED: Final = _type(
    "NOT_OFFERED", 422, "Not offered", "The mailbox does not offer this (registered mail, a language, ...)."
)
FORM_VERSION_TAKEN: Final = _type(
    "FORM_VERSION_TAKEN", 409, "Form version taken", "This version has another content; register the next version."
)
INVALID_REPLY_REQUEST: Final = _type(
    "INVALID_REPLY_REQUEST",
    422,
    "Invalid reply request",
    "The reply request contradicts itself or the letter; `issues` names each fault.",
)
