"""The states of requests and answers, and which may follow which."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

S = TypeVar("S", bound=StrEnum)


class IllegalTransition(Exception):
    """Something was asked that its state does not allow."""

    def __init__(self, current: StrEnum, wanted: StrEnum) -> None:
        super().__init__(f"{type(current).__name__} can't go from {current.value} to {wanted.value}")
        self.current = current
        self.wanted = wanted


class RequestState(StrEnum):
    """How a request stands."""

    OPEN = "OPEN"
    OVERDUE = "OVERDUE"
    ANSWERED = "ANSWERED"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"


class ReplyState(StrEnum):
    """How far an answer is. INDETERMINATE: its signatures can't be judged (yet)."""

    DRAFT = "DRAFT"
    AWAITING_SIGNATURE = "AWAITING_SIGNATURE"
    SUBMITTED = "SUBMITTED"
    RECEIVED = "RECEIVED"
    VALIDATING = "VALIDATING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    INDETERMINATE = "INDETERMINATE"
    ROUTED = "ROUTED"
    DELIVERED_TO_DOSSIER = "DELIVERED_TO_DOSSIER"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REFUSED = "REFUSED"
    SUPERSEDED = "SUPERSEDED"


_R = RequestState
NEXT_OF_REQUEST: Final[Mapping[RequestState, frozenset[RequestState]]] = {
    _R.OPEN: frozenset({_R.OPEN, _R.OVERDUE, _R.ANSWERED, _R.CLOSED, _R.WITHDRAWN}),
    _R.OVERDUE: frozenset({_R.OVERDUE, _R.ANSWERED, _R.CLOSED, _R.WITHDRAWN}),
    _R.ANSWERED: frozenset({_R.CLOSED}),
    _R.CLOSED: frozenset(),
    _R.WITHDRAWN: frozenset(),
}

_S = ReplyState
_AFTER_ACCEPTED = {_S.ROUTED, _S.DELIVERED_TO_DOSSIER, _S.ACKNOWLEDGED, _S.REFUSED, _S.SUPERSEDED}
NEXT_OF_REPLY: Final[Mapping[ReplyState, frozenset[ReplyState]]] = {
    _S.DRAFT: frozenset({_S.AWAITING_SIGNATURE, _S.SUBMITTED}),
    _S.AWAITING_SIGNATURE: frozenset({_S.DRAFT, _S.SUBMITTED}),
    _S.SUBMITTED: frozenset({_S.RECEIVED}),
    _S.RECEIVED: frozenset({_S.VALIDATING}),
    _S.VALIDATING: frozenset({_S.ACCEPTED, _S.REJECTED, _S.INDETERMINATE}),
    _S.INDETERMINATE: frozenset({_S.VALIDATING}),
    _S.ACCEPTED: frozenset(_AFTER_ACCEPTED),
    # News of a filing comes in any order: a later stage may be heard of first, and an earlier one is then just noted.
    _S.ROUTED: frozenset(_AFTER_ACCEPTED - {_S.ROUTED}),
    _S.DELIVERED_TO_DOSSIER: frozenset({_S.ACKNOWLEDGED, _S.REFUSED, _S.SUPERSEDED}),
    # A refused answer is filed again by a handler.
    _S.REFUSED: frozenset({_S.ACKNOWLEDGED, _S.SUPERSEDED}),
    _S.ACKNOWLEDGED: frozenset({_S.SUPERSEDED}),
    _S.REJECTED: frozenset(),
    _S.SUPERSEDED: frozenset(),
}

UNDECIDED: Final = frozenset({_S.SUBMITTED, _S.RECEIVED, _S.VALIDATING, _S.INDETERMINATE})
"""Received, but nobody knows yet whether it will be accepted."""


def step(current: S, wanted: S, allowed: Mapping[S, frozenset[S]]) -> S:
    """The wanted state, if it may follow.

    Raises:
        IllegalTransition: it may not.
    """
    if wanted not in allowed[current]:
        raise IllegalTransition(current, wanted)
    return wanted
