"""`python -m dossier_router api | worker | setup`."""

import argparse
import asyncio

from chassis.logs import configure_logs
from chassis.process import run_api, run_worker
from chassis.settings import load_settings
from chassis.tracing import configure_tracing
from dossier_router.application.events import SERVICE
from dossier_router.bootstrap import build, build_api, build_worker, ensure_indexes
from dossier_router.settings import RouterSettings


def main() -> None:
    """Run one process of dossier-router."""
    parser = argparse.ArgumentParser(
        prog="dossier_router", description="Puts answers into the right dossier and phase."
    )
    parser.add_argument(
        "process",
        choices=["api", "worker", "setup"],
        help="api serves HTTP; worker files answers and tells case systems; setup makes the indexes and ends",
    )
    process = parser.parse_args().process
    settings = load_settings(RouterSettings)
    configure_logs(SERVICE, process, level=settings.log_level)
    configure_tracing(f"{SERVICE}-{process}", otlp_endpoint=settings.otlp_endpoint)
    house = build(settings)
    if process == "api":
        run_api(build_api(house), settings)
    elif process == "worker":
        run_worker(settings, start=lambda: build_worker(house), close=house.close)
    else:
        asyncio.run(ensure_indexes(house))


if __name__ == "__main__":
    main()
