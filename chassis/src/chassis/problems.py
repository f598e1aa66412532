"""Refusals and faults as RFC 9457 problem+json, each of a type with a stable code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import uuid4

MEDIA_TYPE: Final = "application/problem+json"
_CATALOGUE: dict[str, "ProblemType"] = {}

Location = Literal["body", "query", "header", "path"]


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem. `code` never changes; `meaning` is for the documentation."""

    code: str
    status: int
    title: str
    meaning: str

    @property
    def uri(self) -> str:
        """Its `type` (RFC 9457 section 3.1.1)."""
        return f"urn:problem-type:antwoordhub:{self.code}"


def register(problem_type: ProblemType) -> ProblemType:
    """Put a type into the catalogue.

    Raises:
        ValueError: another type has the code.
    """
    known = _CATALOGUE.setdefault(problem_type.code, problem_type)
    if known != problem_type:
        raise ValueError(f"two problem types have the code {problem_type.code}")
    return problem_type


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, at a place: a JSON Pointer (RFC 6901) within body, query, header or path."""

    pointer: str
    code: str
    detail: str
    location: Location = "body"

    def to_json(self) -> dict[str, str]:
        """As it stands in the answer."""
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail, "in": self.location}


class Problem(Exception):
    """A refusal, told to the caller."""

    def __init__(
        self,
        problem_type: ProblemType,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        retry_after: int | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Say what is wrong. `retry_after` is in seconds; `extra` adds members to the body."""
        super().__init__(f"{problem_type.code}: {detail}")
        self.type = problem_type
        self.detail = detail
        self.faults = tuple(faults)
        self.retry_after = retry_after
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The JSON of the answer; each has an instance of its own, which the log names too."""
        return {
            "type": self.type.uri,
            "code": self.type.code,
            "title": self.type.title,
            "status": self.type.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{uuid4()}",
            **({"issues": [fault.to_json() for fault in self.faults]} if self.faults else {}),
            **self.extra,
        }

    def response_headers(self) -> dict[str, str]:
        """Headers of the answer."""
        retry = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        return {**self.headers, **retry}


def _type(code: str, status: int, title: str, meaning: str) -> ProblemType:
    return register(ProblemType(code, status, title, meaning))


INVALID_INPUT: Final = _type(
    "INVALID_INPUT", 400, "Invalid input", "A field is missing, unknown, or of the wrong form; `issues` names each."
)
MALFORMED_JSON: Final = _type("MALFORMED_JSON", 400, "Malformed JSON", "The body is no JSON.")
MISSING_CORRELATION_ID: Final = _type(
    "MISSING_CORRELATION_ID",
    400,
    "Correlation id missing",
    "Send `x-correlation-id`: 1 to 64 letters, digits, `.`, `_` or `-`, unique per call.",
)
MISSING_IDEMPOTENCY_KEY: Final = _type(
    "MISSING_IDEMPOTENCY_KEY",
    400,
    "Idempotency key missing",
    "Send `Idempotency-Key`: 1 to 128 visible characters, the same one when a call is repeated.",
)
UNAUTHENTICATED: Final = _type(
    "UNAUTHENTICATED", 401, "Not authenticated", "The token is missing, expired, or not one for this service."
)
FORBIDDEN: Final = _type("FORBIDDEN", 403, "Not allowed", "The token has none of the scopes the call needs.")
NO_ORGANIZATION: Final = _type(
    "NO_ORGANIZATION", 403, "No organisation", "The token names no organisation (`vo_orgcode`) to act for."
)
NOT_FOUND: Final = _type("NOT_FOUND", 404, "Not found", "It isn't there, or not for this caller.")
METHOD_NOT_ALLOWED: Final = _type("METHOD_NOT_ALLOWED", 405, "Method not allowed", "The resource has no such method.")
REQUEST_IN_FLIGHT: Final = _type(
    "REQUEST_IN_FLIGHT",
    409,
    "Still under way",
    "A call with this idempotency key is being handled; ask again shortly.",
)
CONFLICT: Final = _type(
    "CONFLICT", 409, "Conflict", "The resource changed meanwhile, or its state does not allow this."
)
PRECONDITION_FAILED: Final = _type(
    "PRECONDITION_FAILED", 412, "Precondition failed", "`If-Match` names another version than the present one."
)
PAYLOAD_TOO_LARGE: Final = _type("PAYLOAD_TOO_LARGE", 413, "Too large", "The body is larger than the call takes.")
UNSUPPORTED_MEDIA_TYPE: Final = _type(
    "UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported media type", "The body's content type is not one the call takes."
)
IDEMPOTENCY_KEY_REUSED: Final = _type(
    "IDEMPOTENCY_KEY_REUSED", 422, "Idempotency key reused", "The key was used before, for another body."
)
MEDIA_TYPE_MISMATCH: Final = _type(
    "MEDIA_TYPE_MISMATCH", 422, "Content is not of its media type", "A file's bytes are not what its media type says."
)
NOT_SCANNED_YET: Final = _type(
    "NOT_SCANNED_YET",
    409,
    "Not scanned yet",
    "The file is still being checked; nobody gets it before. Ask again after `Retry-After`.",
)
FILE_INFECTED: Final = _type(
    "FILE_INFECTED", 410, "File infected", "The scanner found malware; the file is not given to anybody."
)
IDENTIFIER_LOOKS_PERSONAL: Final = _type(
    "IDENTIFIER_LOOKS_PERSONAL",
    422,
    "Identifier looks personal",
    "A bron or dossierNummer holds a valid national number; it would travel in events and addresses.",
)
INTERNAL: Final = _type("INTERNAL", 500, "Internal error", "A fault of the hub; the log has the `instance`.")
DATABASE_UNAVAILABLE: Final = _type(
    "DATABASE_UNAVAILABLE",
    503,
    "Temporarily unavailable",
    "The database does not answer; repeat after `Retry-After`.",
)
TEMPORARILY_UNAVAILABLE: Final = _type(
    "TEMPORARILY_UNAVAILABLE",
    503,
    "Temporarily unavailable",
    "A part is missing for now; repeat after `Retry-After`.",
)


def catalogue() -> list[ProblemType]:
    """Every type that is registered, by status and code."""
    return sorted(_CATALOGUE.values(), key=lambda problem_type: (problem_type.status, problem_type.code))


def catalogue_table() -> str:
    """The catalogue as a Markdown table."""
    rows = [f"| `{kind.code}` | {kind.status} | {kind.title} | {kind.meaning} |" for kind in catalogue()]
    return "\n".join(["| code | status | title | meaning |", "|---|---|---|---|", *rows])
