"""Repeated calls: the first answer again for the same body, a refusal for another one.

The id of what a POST makes derives from tenant, operation and key; the first answer is kept in the document that it
made, so key and effect are one write. Bodies are compared by digest.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Header, Request, Response

from chassis.ids import derived_id
from chassis.problems import IDEMPOTENCY_KEY_REUSED, MISSING_IDEMPOTENCY_KEY, REQUEST_IN_FLIGHT, Problem

KEPT_FOR: Final = timedelta(hours=25)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,128}")
_SCHEMA: Final = 1


async def _key_of(
    idempotency_key: Annotated[str | None, Header(description="Same for every repeat of one call.")] = None,
) -> str:
    if idempotency_key is None or not _KEY.fullmatch(idempotency_key):
        raise Problem(MISSING_IDEMPOTENCY_KEY, MISSING_IDEMPOTENCY_KEY.meaning)
    return idempotency_key


IdempotencyKey = Annotated[str, Depends(_key_of)]


@dataclass(frozen=True, slots=True)
class Idempotent:
    """One call as it may be repeated. `actor` is the tenant, or who else owns the key."""

    actor: str
    operation: str
    key: str
    body_sha256: str

    @property
    def resource_id(self) -> str:
        """The id of what the call makes."""
        return derived_id(self.actor, self.operation, self.key)

    @property
    def key_sha256(self) -> str:
        """The key as it is stored: it may hold what should not be."""
        return hashlib.sha256(f"{self.actor}\x1f{self.operation}\x1f{self.key}".encode()).hexdigest()

    def answered(self, status: int, body: Any, at: datetime) -> "StoredAnswer":
        """The first answer, to be kept with the effect."""
        return StoredAnswer(self.operation, self.key_sha256, self.body_sha256, status, orjson.dumps(body), at)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The first answer to a call. `body` is the JSON that was sent, as bytes."""

    operation: str
    key_sha256: str
    body_sha256: str
    status: int
    body: bytes
    at: datetime

    def to_document(self) -> dict[str, Any]:
        """As it is stored in the aggregate's `answers`."""
        return {
            "operation": self.operation,
            "key": self.key_sha256,
            "body_digest": self.body_sha256,
            "status": self.status,
            "body": self.body,
            "at": self.at,
            "schema": _SCHEMA,
        }

    @classmethod
    def from_document(cls, stored: Mapping[str, Any]) -> "StoredAnswer":
        """Read it back."""
        return cls(
            stored["operation"],
            stored["key"],
            stored["body_digest"],
            stored["status"],
            stored["body"],
            stored["at"].astimezone(UTC),
        )


def body_digest(*parts: bytes | str) -> str:
    """A digest of a body in parts: of raw JSON, or of a multipart's JSON and the digests of its files, in order."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8) + content)
    return digest.hexdigest()


async def digest_of(request: Request) -> str:
    """The digest of a JSON body; for `Depends`. FastAPI has read it by then, and keeps it."""
    return body_digest(await request.body())


BodyDigest = Annotated[str, Depends(digest_of)]


def find_answer(answers: Sequence[Mapping[str, Any]], call: Idempotent) -> StoredAnswer | None:
    """The first answer to this call among those an aggregate keeps.

    Raises:
        Problem: IDEMPOTENCY_KEY_REUSED, where the key came with another body.
    """
    for stored in answers:
        if stored["key"] == call.key_sha256:
            answer = StoredAnswer.from_document(stored)
            if answer.body_sha256 != call.body_sha256:
                raise Problem(IDEMPOTENCY_KEY_REUSED, "this idempotency key was used before, for another body")
            return answer
    return None


def replay(answer: StoredAnswer) -> Response:
    """The first answer, once more."""
    body = b"" if answer.status == 204 else answer.body
    headers = {"idempotency-replayed": "true"}
    media_type = None if answer.status == 204 else "application/json"
    return Response(content=body, status_code=answer.status, media_type=media_type, headers=headers)


def with_answer(answers: Sequence[Mapping[str, Any]], answer: StoredAnswer) -> list[dict[str, Any]]:
    """The answers an aggregate keeps from now on: this one, and those not older than a day."""
    return [*prune(answers, answer.at), answer.to_document()]


def prune(answers: Sequence[Mapping[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Without those that need not be kept any more."""
    return [dict(stored) for stored in answers if now - stored["at"] < KEPT_FOR]


@dataclass(slots=True)
class InFlight:
    """Calls that this process is handling. Between processes, the document's id decides."""

    _keys: set[str] = field(default_factory=set)

    @contextmanager
    def hold(self, actor: str, operation: str, key: str) -> Iterator[None]:
        """Handle a call.

        Raises:
            Problem: REQUEST_IN_FLIGHT.
        """
        name = f"{actor}\x1f{operation}\x1f{key}"
        if name in self._keys:
            raise Problem(REQUEST_IN_FLIGHT, "the first call with this key is still being handled", retry_after=1)
        self._keys.add(name)
        try:
            yield
        finally:
            self._keys.discard(name)
