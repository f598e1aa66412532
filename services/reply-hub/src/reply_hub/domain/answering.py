"""Who may answer a request, and in which capacity."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Capacity(StrEnum):
    """In which capacity a person answers."""

    ADDRESSEE = "ADDRESSEE"
    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE"
    MANDATE_HOLDER = "MANDATE_HOLDER"
    EMPLOYEE = "EMPLOYEE"


CITIZEN: Final = "citizen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person who signed in, under pseudonyms.

    Attributes:
        pseudonym: of the person.
        represents: capacity to pseudonym of the organisation for which the person may act in it.
        acr: level at which the person signed in, where known.
    """

    pseudonym: str
    represents: tuple[tuple[Capacity, str], ...] = field(default=())
    acr: str | None = None


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who answered, as it is told to others."""

    pseudonym: str
    capacity: Capacity
    acr: str | None = None


def capacity_of(
    actor: Actor, *, recipient: str, recipient_type: str, who_may_answer: Collection[str]
) -> Capacity | None:
    """The capacity in which this person may answer, or None.

    A citizen answers as addressee. An organisation acts through people: its legal representatives are the addressee
    where the request names nobody else; mandate holders and employees only where the request names them.
    """
    if recipient_type == CITIZEN:
        mine = actor.pseudonym == recipient and Capacity.ADDRESSEE in who_may_answer
        return Capacity.ADDRESSEE if mine else None
    allowed = set(who_may_answer)
    if Capacity.ADDRESSEE in allowed:
        allowed.add(Capacity.LEGAL_REPRESENTATIVE)
    for capacity, organisation in actor.represents:
        if organisation == recipient and capacity in allowed:
            return capacity
    return None
