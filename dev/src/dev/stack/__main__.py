"""`python -m dev.stack`: Kafka and MongoDB for as long as it runs; prints how to use them."""

import argparse
import asyncio
import signal
import sys

from dev.stack.choice import stack
from dev.stack.servers import StackUnavailable


async def _until_told() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with stack() as running:
        print(running.report)
        print(f"export KAFKA_BOOTSTRAP_SERVERS={running.kafka} MONGODB_URI='{running.mongodb}'", flush=True)
        await stop.wait()


def main() -> int:
    """Start them, and stop them at a signal."""
    argparse.ArgumentParser(
        prog="dev.stack",
        description="Starts Kafka and MongoDB and keeps them until Ctrl-C: those named in KAFKA_BOOTSTRAP_SERVERS "
        "and MONGODB_URI, or Docker's, or local processes, in this order.",
    ).parse_args()
    try:
        asyncio.run(_until_told())
    except StackUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
