"""`python -m reply_hub api`, `worker` or `setup`."""

import asyncio
import sys

from chassis.logs import configure_logs
from chassis.process import run_api, run_worker
from chassis.settings import load_settings
from chassis.tracing import configure_tracing
from reply_hub.bootstrap import build_api, build_house, worker_start
from reply_hub.house import House
from reply_hub.settings import ReplyHubSettings

SERVICE = "reply-hub"


def main(arguments: list[str]) -> int:
    """Run one process; returns its exit status."""
    match arguments:
        case ["api" | "worker" | "setup" as process]:
            settings = load_settings(ReplyHubSettings)
            configure_logs(SERVICE, process, level=settings.log_level)
            configure_tracing(SERVICE, otlp_endpoint=settings.otlp_endpoint)
            _run(process, settings)
            return 0
        case _:
            sys.stderr.write("usage: python -m reply_hub api|worker|setup\n")
            return 64


def _run(process: str, settings: ReplyHubSettings) -> None:
    house = build_house(settings)
    match process:
        case "api":
            run_api(build_api(house), settings)
        case "worker":
            run_worker(settings, start=worker_start(house), close=house.close)
        case _:
            asyncio.run(_set_up(house))


async def _set_up(house: House) -> None:
    """Make the indexes."""
    try:
        await house.set_up()
    finally:
        await house.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
