"""What is kept of an answer's data: open values as they are, confidential ones encrypted."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from reply_hub.application.ports import Crypt, Form
from reply_hub.domain.digest import content_digest
from reply_hub.domain.files import ReplyFile
from reply_hub.domain.pointers import restored, without
from reply_hub.domain.reply import Content
from reply_hub.domain.signing import SummaryRef


def sealed_content(
    data: Mapping[str, Any],
    files: Sequence[ReplyFile],
    *,
    reply_id: str,
    form: Form,
    crypt: Crypt,
    summary: SummaryRef | None = None,
) -> Content:
    """Content without its confidential values in the open. The digest is over all of it."""
    pointers = form.confidential(data)
    rest, cut = without(data, pointers) if pointers else (data, {})
    return Content(
        data=orjson.dumps(rest),
        pointers=tuple(pointers),
        confidential=crypt.encrypt(json.dumps(cut), content_context(reply_id)) if pointers else None,
        files=tuple(files),
        digest=content_digest(data, (file.sha256 for file in files)),
        summary=summary,
    )


def confidential_values(content: Content, *, reply_id: str, crypt: Crypt) -> dict[str, Any]:
    """The confidential values by pointer."""
    if content.confidential is None:
        return {}
    values: dict[str, Any] = json.loads(crypt.decrypt(content.confidential, content_context(reply_id)))
    return values


def whole_data(content: Content, *, reply_id: str, crypt: Crypt) -> dict[str, Any]:
    """The data as they were given."""
    rest: dict[str, Any] = orjson.loads(content.data)
    return restored(rest, confidential_values(content, reply_id=reply_id, crypt=crypt))


def content_context(reply_id: str) -> str:
    """Where the encrypted values of an answer belong."""
    return f"replies/{reply_id}/confidential"
