"""Whether processes grow with what goes through them."""

from typing import Final

import psutil

from dev.benchmarks.filing import UNTOLD, register_untold
from dev.benchmarks.ground import Ground
from dev.benchmarks.intake import answer_requests
from dev.benchmarks.raw_http import rate
from dev.benchmarks.result import Result
from dev.house.clients import eventually
from dev.house.house import SERVICES, token

FIRST: Final = 2_000
ALL: Final = 10_000
_STEP: Final = 1_000
_MB: Final = 1_000_000


async def memory(ground: Ground) -> list[Result]:
    """Resident memory of each process after 10,000 answers, to that after 2,000."""
    await ground.settled()
    await register_untold(ground)
    await _through(ground, FIRST)
    after_first = _resident(ground)
    await _through(ground, ALL - FIRST)
    after_all = _resident(ground)
    return [
        Result.of(
            f"memory of {name}, 10,000 answers to 2,000", after_all[name], after_first[name], unit="MB", most=1.1
        )
        for name in after_first
    ]


def _resident(ground: Ground) -> dict[str, float]:
    return {
        f"{service} {process}": psutil.Process(ground.house.programs[f"{service} {process}"].pid).memory_info().rss
        / _MB
        for service in SERVICES
        for process in ("api", "worker")
    }


async def _through(ground: Ground, number: int) -> None:
    url = f"{ground.house.url('reply-hub')}/api/v1/replies"
    replies = ground.database("reply-hub")["replies"]
    for _ in range(number // _STEP):
        bearer = await token(ground.house, "mijn-burgerprofiel", audience="reply-hub", person="an-peeters")
        await rate(url, answer_requests(url, await ground.open_requests(_STEP, bron=UNTOLD), bearer))

        async def look() -> bool | None:
            return (
                True if await replies.count_documents({"status": {"$in": ["RECEIVED", "VALIDATING"]}}) < 100 else None
            )

        await eventually("the workers keep up", look, timeout_s=120)

    async def done() -> bool | None:
        return (
            True
            if await replies.count_documents({"status": {"$in": ["RECEIVED", "VALIDATING", "ACCEPTED"]}}) == 0
            else None
        )

    await eventually("every answer is filed", done, timeout_s=300)
