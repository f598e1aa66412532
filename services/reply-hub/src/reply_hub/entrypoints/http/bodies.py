"""JSON that comes in: answers and drafts. How strictly JSON itself is read is `chassis.http.json_body`'s."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

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
    confirmed: bool = Field(
        default=False, description="The person confirms the answer explicitly; needed where SES is asked for."
    )


class DecisionBody(Input):
    """What a handler decides about an answer whose signatures can't be judged for certain."""

    accept: bool = Field(description="Whether the answer is accepted.")
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)] = Field(
        description="Why; it goes on record, without anything of the signer's certificate."
    )


class DraftBody(Input):
    """What somebody has written so far; it need not obey the form yet."""

    data: dict[str, Any] = Field(description="Data so far.")
    attachments: list[AttachmentRef] = Field(default_factory=list, max_length=6, description="Files so far.")
