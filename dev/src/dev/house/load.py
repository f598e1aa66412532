"""Many letters and answers at once, from clients that ask again when a part of the hub is away."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import uuid4

import httpx

from dev.demo.cast import CITIZEN, Cast, SentLetter
from dev.demo.letters import ANSWER, letter, letter_pdf
from dev.demo.summary import Count, count, feed_of
from dev.house.clients import Json, NotInTime, UnexpectedAnswer, eventually
from dev.house.house import SENDER

T = TypeVar("T")
_PATIENCE_S: Final = 60.0
_PAUSE_S: Final = 0.2
AWAY: Final = ("503", "REQUEST_IN_FLIGHT", "UNKNOWN_BRON")
"""What is said by a hub that is not able to answer yet; the client asks again with the same key."""


@dataclass(slots=True, kw_only=True)
class Load:
    """Sends for one cast. `pdf` is the letter's one file."""

    cast: Cast
    concurrency: int = 8
    pdf: bytes = field(default_factory=lambda: letter_pdf("belasting"))
    asked_again: int = 0

    async def letters(self, number: int) -> list[SentLetter]:
        """Push so many letters that ask for a form without files; returns them in order."""
        return await self._all([self._letter for _ in range(number)])

    async def opened(self, letters: Sequence[SentLetter], *, timeout_s: float = 90) -> None:
        """Wait until every one of them can be answered."""
        deadline = time.monotonic() + timeout_s
        for sent in letters:
            left = max(1.0, deadline - time.monotonic())

            async def look(sent: SentLetter = sent) -> Json | None:
                return await self._request(sent)

            await eventually("the request opens", look, timeout_s=left)

    async def answers(self, letters: Sequence[SentLetter]) -> list[str]:
        """Answer each of them once; returns the answers' ids."""

        def one(sent: SentLetter) -> Callable[[], Awaitable[str]]:
            return lambda: self._answer(sent)

        return await self._all([one(sent) for sent in letters])

    async def filed(self, replies: Sequence[str], *, timeout_s: float = 90) -> None:
        """Wait until the case system was told of every one of them, and said so."""
        wanted = set(replies)

        async def look() -> bool | None:
            acknowledged = {item["replyId"] for item in await feed_of(self.cast) if item["acknowledgement"]}
            return True if wanted <= acknowledged else None

        await eventually(f"{len(wanted)} answers are filed and acknowledged", look, timeout_s=timeout_s)

    async def settled(self, *, timeout_s: float = 60) -> Count:
        """Compare simulators and services, once nothing is under way any more; what stays lost is returned."""
        latest: list[Count] = []

        async def look() -> Count | None:
            latest[:] = [await count(self.cast)]
            return latest[0] if latest[0].lost == 0 else None

        try:
            return await eventually("nothing is under way", look, timeout_s=timeout_s)
        except NotInTime:
            return latest[0]

    async def _letter(self) -> SentLetter:
        number = f"B-{uuid4().hex[:10]}"
        body = letter(citizen=CITIZEN, sender=SENDER, dossier_nummer=number, pdf=self.pdf)
        body["replyRequest"]["attachmentSlots"] = []
        key = uuid4().hex
        await self._patiently(lambda: self.cast.tell_phase(number, "Behandeling", 1))
        pushed = await self._patiently(lambda: self.cast.agency.push(body, {"upfile1": self.pdf}, key=key))
        sent = SentLetter(number, pushed["messageId"], pushed["replyRequestId"])
        self.cast.letters.append(sent)
        return sent

    async def _answer(self, sent: SentLetter) -> str:
        key = uuid4().hex
        response = await self._patiently(lambda: self.cast.person.answer(sent.request_id, ANSWER, key=key))
        reply_id = str(response.json()["replyId"])
        self.cast.answered.add(reply_id)
        return reply_id

    async def _request(self, sent: SentLetter) -> Json | None:
        path = f"/api/v1/reply-requests/{sent.request_id}"
        try:
            answer = await self.cast.person.reply_hub.call("GET", path, expect=[200, 404])
        except (httpx.TransportError, UnexpectedAnswer):
            return None
        return dict(answer.json()) if answer.status_code == httpx.codes.OK else None

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return await call()
            except (httpx.TransportError, UnexpectedAnswer) as error:
                refused = isinstance(error, UnexpectedAnswer) and not any(word in str(error) for word in AWAY)
                if refused or time.monotonic() > deadline:
                    raise
                self.asked_again += 1
                await asyncio.sleep(_PAUSE_S)

    async def _all(self, calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
        slots = asyncio.Semaphore(self.concurrency)

        async def one(call: Callable[[], Awaitable[T]]) -> T:
            async with slots:
                return await call()

        return list(await asyncio.gather(*(one(call) for call in calls)))
