"""`python -m dev.benchmarks`: prints a table and writes build/bench.json. Ends with 0 where a goal is missed, too."""

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from pymongo import AsyncMongoClient

from dev.benchmarks.filing import filings, latency
from dev.benchmarks.ground import Ground
from dev.benchmarks.intake import answers, letters
from dev.benchmarks.memory import memory
from dev.benchmarks.result import OUTPUT, Result, table, write
from dev.demo.cast import Cast
from dev.house.clients import http_of_story
from dev.house.house import house

WORK: Final[dict[str, Callable[[Ground], Awaitable[list[Result]]]]] = {
    "latency": latency,
    "answers": lambda ground: answers(ground, workers=False),
    "letters": letters,
    "memory": memory,
    "everything": lambda ground: answers(ground, workers=True),
    # Last: its filings are of answers that reply-hub never took, which keeps its worker busy afterwards.
    "filings": filings,
}


def main() -> None:
    """Measure all, or what is named."""
    parser = argparse.ArgumentParser(prog="dev.benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="work", help=f"some of: {', '.join(WORK)}")
    asked = parser.parse_args().only or list(WORK)
    if unknown := set(asked) - set(WORK):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    asyncio.run(_measured(asked))


async def _measured(asked: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="antwoordhub-bench-"))
    results: list[Result] = []
    async with house(folder, name=f"bench{uuid4().hex[:6]}") as running, http_of_story() as http:
        print(running.stack.report, flush=True)
        producer = AIOKafkaProducer(bootstrap_servers=running.stack.kafka, linger_ms=5)
        await producer.start()
        mongodb: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(running.stack.mongodb)
        cast = await Cast.gather(running, http)
        await cast.settle_in()
        ground = Ground(house=running, cast=cast, producer=producer, mongodb=mongodb)
        try:
            for name in asked:
                started = time.monotonic()
                results += await WORK[name](ground)
                print(f"{name}: measured in {time.monotonic() - started:.0f} s", flush=True)
        finally:
            await ground.close()
    write(results)
    print(f"\n{table(results)}\n\n{OUTPUT} has it all", flush=True)
    if missed := [each.name for each in results if each.holds is False]:
        print(f"goals missed: {', '.join(missed)}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
