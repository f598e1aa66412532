"""What an eBox client is told at start."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


class TokenProvider(Protocol):
    """Gives bearer tokens for the registry."""

    async def __call__(self) -> str:
        """Return a valid token, from a cache as a rule. Whatever it raises counts as mailbox unavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EboxConfig:
    """Where the registry is and how it is used.

    Attributes:
        registry_url: base of the Message Registry, e.g. https://services.socialsecurity.be/REST/ebox/enterprise/messageRegistry/v2
        federation_url: base of the federation service (preferences and consents).
        page_size: messages per listing, 1 to 100.
        overlap: how far before the newest answer seen a new walk over the listing begins, so that an answer that
            becomes visible late, or while pages are being read, is not missed.
        max_answer_bytes: of a JSON answer; longer ones are garbage.
    """

    registry_url: str
    federation_url: str
    page_size: int = 100
    overlap: timedelta = timedelta(minutes=2)
    max_answer_bytes: int = 8 * 1024 * 1024

    def __post_init__(self) -> None:
        if not 1 <= self.page_size <= 100:
            raise ValueError("eBox lists 1 to 100 messages a page")
