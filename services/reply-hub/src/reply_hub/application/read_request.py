"""Show a request: to the person who may answer it, or to the agency that asks."""

import json
from dataclasses import dataclass, field
from typing import Any

import orjson

from chassis.tenancy import TenantScope
from reply_hub.application.access import Reader, may_read_request
from reply_hub.application.follow_request import prefill_context
from reply_hub.application.ports import Crypt, Replies, Requests
from reply_hub.application.problems import not_found
from reply_hub.domain.pointers import put
from reply_hub.domain.reply import Reply
from reply_hub.domain.request import ReplyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request with what it asks and its answers so far."""

    request: ReplyRequest
    schema: dict[str, Any]
    prefill: dict[str, Any] = field(repr=False)
    prefill_complete: bool
    replies: list[Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """Reads a request."""

    requests: Requests
    replies: Replies
    crypt: Crypt

    async def page(
        self, *, scope: TenantScope, status: str | None, after: str | None, limit: int
    ) -> list[ReplyRequest]:
        """An agency's requests: how they stand, without forms and answers."""
        return await self.requests.page(scope=scope, status=status, after=after, limit=limit)

    async def __call__(self, request_id: str, reader: Reader) -> RequestView:
        """The request. A person gets confidential prefill too, once it is here.

        Raises:
            Problem: NOT_FOUND.
        """
        request = await self.requests.find(request_id, scope=reader.scope)
        asked = await self.requests.asked(request_id, scope=reader.scope) if request else None
        if request is None or asked is None or not may_read_request(reader, request):
            raise not_found()
        prefill: dict[str, Any] = orjson.loads(asked.prefill_json)
        complete = not asked.confidential_pointers or asked.confidential_prefill is not None
        if reader.actor is not None and asked.confidential_prefill is not None:
            values = json.loads(self.crypt.decrypt(asked.confidential_prefill, prefill_context(request.id)))
            for pointer, value in values.items():
                put(prefill, pointer, value)
        return RequestView(
            request=request,
            schema=orjson.loads(asked.schema_json),
            prefill=prefill,
            prefill_complete=complete,
            replies=await self.replies.of_request(request.id, scope=reader.scope),
        )
