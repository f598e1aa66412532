"""The kinds of work that aggregates have due here, and where each goes."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from chassis.due_item import DueItem

HERE: Final = "reply-hub"
"""Destination of work that calls on nobody else."""


class DueKind(StrEnum):
    """What is done. The value is also the item's id: an aggregate has one item of a kind."""

    OVERDUE = "overdue"
    FETCH_PREFILL = "fetch_prefill"
    JUDGE = "judge"
    SUPERSEDE = "supersede"
    SCAN = "scan"
    ABANDON = "abandon"
    COLLECT = "collect"
    TAKE = "take"


def due(kind: DueKind, at: datetime, *, destination: str = HERE, payload: Mapping[str, Any] | None = None) -> DueItem:
    """An item of a kind; adding it again replaces it."""
    return DueItem(id=kind.value, kind=kind.value, at=at, destination=destination, payload=payload or {})
