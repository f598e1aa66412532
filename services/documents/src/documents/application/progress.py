"""How a message moves on: one state after the other, each remembered with its moment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from chassis.outbox import OutgoingEvent
from documents.application.records import Attempt, Message, Step
from documents.domain.message import Kind, Status, moved
from mailboxes.models import Consent


def in_state(message: Message, status: Status, *, at: datetime, code: str | None = None, **changed: Any) -> Message:
    """The message in its next state.

    Raises:
        IllegalTransition: it does not go there from where it is.
    """
    step = Step(status=moved(message.status, status), at=at, code=code)
    return replace(message, status=status, code=code, history=(*message.history, step), **changed)


def with_attempt(
    message: Message, outcome: str, *, at: datetime, consent: Consent | None, code: str | None = None
) -> Message:
    """The message after one more try to deliver it."""
    attempt = Attempt(
        at=at,
        mailbox=message.mailbox,
        outcome=outcome,
        code=code,
        consent_active=consent.active if consent else None,
        consent_exclusively=consent.exclusively if consent else None,
        consent_source=consent.source if consent else None,
    )
    return replace(message, attempts=(*message.attempts, attempt))


def told(message: Message, event: Callable[[Message], OutgoingEvent]) -> list[OutgoingEvent]:
    """The event, where others are told: of the agency's letters, not of the hub's own receipts."""
    return [event(message)] if message.kind is Kind.LETTER else []
