"""JSON that comes in: answers and drafts. How strictly JSON itself is read is `chassis.http.json_body`'s."""

from typing import Annotated, Any

from pydantic import Field

from chassis.http.models import Input

Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class AttachmentRef(Input):
    """A file that was uploaded before."""

    attachment_id: Uuid = Field(description="Id of the uploaded file.")


class SubmitReplyBody(Input):
    """An answer."""

    reply_request_id: Uuid = Field(description="Id of the request it answers.")
    data: dict[str, Any] = Field(description="Data that obey the request's form.")
    attachments: list[AttachmentRef] = Field(
        default_factory=list, max_length=6, description="Files uploaded before, in the order in which they count."
    )


class DraftBody(Input):
    """What somebody has written so far; it need not obey the form yet."""

    data: dict[str, Any] = Field(description="Data so far.")
    attachments: list[AttachmentRef] = Field(default_factory=list, max_length=6, description="Files so far.")
