"""Ids in paths. Whatever is no id of ours is simply not there."""

import re
from typing import Annotated, Final

from fastapi import Depends, Path

from reply_hub.application.problems import not_found

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _checked(value: str) -> str:
    if not _UUID.fullmatch(value):
        raise not_found()
    return value


async def _request_id(request_id: Annotated[str, Path(description="Id of the request.")]) -> str:
    return _checked(request_id)


async def _reply_id(reply_id: Annotated[str, Path(description="Id of the answer.")]) -> str:
    return _checked(reply_id)


async def _attachment_id(attachment_id: Annotated[str, Path(description="Id of the file.")]) -> str:
    return _checked(attachment_id)


RequestId = Annotated[str, Depends(_request_id)]
ReplyId = Annotated[str, Depends(_reply_id)]
AttachmentId = Annotated[str, Depends(_attachment_id)]
