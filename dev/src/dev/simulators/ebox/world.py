"""What the routes of one simulated eBox share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from dev.simulators.ebox.settings import EboxSimulatorSettings, Misbehaviours, Verifier
from dev.simulators.ebox.store import Registry
from dev.simulators.ebox.upload import Upload, receive_upload


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One simulated eBox. `folder` holds the files."""

    settings: EboxSimulatorSettings
    registry: Registry
    verifier: Verifier | None
    misbehaviours: Misbehaviours
    folder: Path

    async def receive(self, request: Request, *, json_name: str) -> Upload:
        """Take a multipart body to disk; raises what `receive_upload` raises."""
        return await receive_upload(request, self.folder, json_name=json_name)


def world_of(request: Request) -> World:
    """Return the world of the app that serves the request."""
    world = request.app.state.world
    assert isinstance(world, World)
    return world


WorldDep = Annotated[World, Depends(world_of)]
