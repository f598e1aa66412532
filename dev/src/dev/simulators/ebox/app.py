"""The app that plays the NSSO/BOSA message registry and federation service."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from dev.simulators.ebox import registry_api, sim_api
from dev.simulators.ebox.clock import MovableClock
from dev.simulators.ebox.faults import answer_in_ebox_shape
from dev.simulators.ebox.settings import EboxSimulatorSettings, Misbehaviours, Verifier, WellBehaved
from dev.simulators.ebox.store import Registry
from dev.simulators.ebox.world import World


def create_app(
    settings: EboxSimulatorSettings | None = None,
    *,
    verifier: Verifier | None = None,
    misbehaviours: Misbehaviours | None = None,
) -> FastAPI:
    """Build a simulated eBox with nothing in it but the people of the settings.

    Registry and federation paths are at the root, the human side under /sim. Without a verifier nobody's token is
    looked at. Slowness, errors and drops come from a middleware around the app; duplicates and disorder are asked of
    `misbehaviours` on each listing.
    """
    settings = settings or EboxSimulatorSettings()
    folder = settings.folder or Path(tempfile.mkdtemp(prefix="ebox-"))
    folder.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if settings.folder is None:
            shutil.rmtree(folder, ignore_errors=True)

    app = FastAPI(title="eBox simulator", version="2.1", lifespan=lifespan)
    app.state.world = World(
        settings=settings,
        registry=Registry(settings, MovableClock()),
        verifier=verifier,
        misbehaviours=misbehaviours or WellBehaved(),
        folder=folder,
    )
    answer_in_ebox_shape(app)
    app.include_router(registry_api.router)
    app.include_router(sim_api.router)
    return app
