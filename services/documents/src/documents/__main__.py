"""`python -m documents api | worker | setup`."""

import argparse
import asyncio

from chassis.logs import configure_logs
from chassis.process import run_api, run_worker
from chassis.settings import load_settings
from chassis.tracing import configure_tracing
from documents.application.events import SERVICE
from documents.bootstrap import build, build_api
from documents.house import House
from documents.settings import DocumentsSettings
from documents.worker import build_worker


def main() -> None:
    """Run one process of documents."""
    parser = argparse.ArgumentParser(
        prog="documents", description="Takes letters in and puts them into the recipient's mailbox."
    )
    parser.add_argument(
        "process",
        choices=["api", "worker", "setup"],
        help="api serves HTTP; worker scans, delivers and follows letters; setup makes the indexes and ends",
    )
    process = parser.parse_args().process
    settings = load_settings(DocumentsSettings)
    configure_logs(SERVICE, process, level=settings.log_level)
    configure_tracing(f"{SERVICE}-{process}", otlp_endpoint=settings.otlp_endpoint)
    house = build(settings)
    if process == "api":
        run_api(build_api(house), settings)
    elif process == "worker":
        run_worker(settings, start=lambda: build_worker(house), close=house.close)
    else:
        asyncio.run(_set_up(house))


async def _set_up(house: House) -> None:
    try:
        await house.set_up()
    finally:
        await house.close()


if __name__ == "__main__":
    main()
