"""Who may see what: a person what was asked of him, an agency what is its own."""

from dataclasses import dataclass

from chassis.tenancy import EVERY_TENANT, Scope, TenantScope
from contracts.identifiers import Tenant
from reply_hub.application.problems import not_found
from reply_hub.domain.answering import Actor, Capacity, capacity_of
from reply_hub.domain.reply import Reply
from reply_hub.domain.request import ReplyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads: a person, an agency, or one of the hub's own services."""

    actor: Actor | None = None
    tenant: Tenant | None = None
    is_service: bool = False

    @property
    def scope(self) -> Scope:
        """Which documents are looked at; what a person may see of them is asked afterwards."""
        if self.tenant is not None and self.actor is None and not self.is_service:
            return TenantScope(self.tenant)
        return EVERY_TENANT


def capacity_for(actor: Actor, request: ReplyRequest) -> Capacity | None:
    """The capacity in which a person may answer a request, or None."""
    return capacity_of(
        actor,
        recipient=request.recipient,
        recipient_type=request.recipient_type,
        who_may_answer=request.who_may_answer,
    )


def answerable(request: ReplyRequest | None, actor: Actor) -> tuple[ReplyRequest, Capacity]:
    """The request, and the capacity in which this person may answer it.

    Raises:
        Problem: NOT_FOUND, whether it isn't there or isn't his.
    """
    capacity = capacity_for(actor, request) if request else None
    if request is None or capacity is None:
        raise not_found()
    return request, capacity


def may_read_request(reader: Reader, request: ReplyRequest) -> bool:
    """Whether a request is this reader's."""
    if reader.actor is not None:
        return capacity_for(reader.actor, request) is not None
    return reader.is_service or reader.tenant == request.tenant


def may_read_reply(reader: Reader, reply: Reply) -> bool:
    """Whether an answer is this reader's: its agency's, its author's, or of the party that was asked."""
    if reader.actor is None:
        return reader.is_service or reader.tenant == reply.tenant
    actor = reader.actor
    if actor.pseudonym in {reply.submitter.pseudonym, reply.recipient}:
        return True
    return any(organisation == reply.recipient for _, organisation in actor.represents)
