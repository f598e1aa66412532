"""The story, played from its first letter to its last line."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from dev.demo.cases import AFTER_THE_DEADLINE, AT_ONCE, Case, Outcome, StoryBroken
from dev.demo.cast import Cast, SentLetter
from dev.demo.summary import Count, count, table
from dev.house.clients import eventually, http_of_story
from dev.house.house import House


@dataclass(slots=True)
class Teller:
    """Prints each step with its time. `step` is the last one told: where a story broke."""

    started: float = field(default_factory=time.monotonic)
    step: str = "start"

    def __call__(self, text: str) -> None:
        """Tell."""
        self.step = text
        print(f"{time.monotonic() - self.started:6.1f} s  {text}", flush=True)


@dataclass(frozen=True, slots=True)
class Played:
    """The story as it went. The clients of the cast are closed by then."""

    cast: Cast
    outcomes: Sequence[Outcome]
    count: Count


async def play(house: House, say: Teller) -> Played:
    """Play it.

    Raises:
        StoryBroken, NotInTime, UnexpectedAnswer: it turned out otherwise.
    """
    async with http_of_story() as http:
        cast = await Cast.gather(house, http)
        await cast.settle_in()
        say("an operator registered two bronnen, and the case system subscribed to their filings")
        now, later = await _sent(cast, AT_ONCE), await _sent(cast, AFTER_THE_DEADLINE)
        say(f"agency OVO002949 pushed {len(cast.letters)} letters for dossiers in phase Behandeling")
        outcomes = await _played(cast, now, say)
        for _, letter in later:
            await cast.opened(letter)
        await cast.advance("P3D")
        say("the sandbox clock is moved three days on")
        await asyncio.sleep(0.6)
        outcomes += await _played(cast, later, say)
        counted = await eventually("everything is told", lambda: _settled(cast))
        print(f"\n{table(outcomes)}\n\n{counted.line()}", flush=True)
        if counted.lost or counted.twice:
            raise StoryBroken(counted.line())
        return Played(cast, outcomes, counted)


async def _sent(cast: Cast, cases: tuple[tuple[str, Case, dict[str, str]], ...]) -> list[tuple[Case, SentLetter]]:
    first, *others = cases

    async def one(dossier: str, case: Case, options: dict[str, str]) -> tuple[Case, SentLetter]:
        return case, await cast.send(dossier, **options)

    async def look() -> tuple[Case, SentLetter] | None:
        # documents learns of a bron from an event: until then it refuses letters for it.
        try:
            return await one(*first)
        except RuntimeError as error:
            if "UNKNOWN_BRON" not in str(error):
                raise
            return None

    return [await eventually("documents knows the bron", look), *[await one(*other) for other in others]]


async def _played(cast: Cast, cases: list[tuple[Case, SentLetter]], say: Teller) -> list[Outcome]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(case(cast, letter, say)) for case, letter in cases]
    return [task.result() for task in tasks]


async def _settled(cast: Cast) -> Count | None:
    """The count, once nothing is under way any more."""
    counted = await count(cast)
    return counted if counted.lost == 0 else None
