"""The whole house, started once, with the story played in it once; its traces are collected."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI, Request, Response

from dev.demo.story import Played, Teller, play
from dev.house.house import House
from dev.simulators.ebox.serving import served
from dev.stack.servers import Stack


@dataclass(slots=True)
class Collector:
    """An OTLP/HTTP collector: keeps what it gets."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    def app(self) -> FastAPI:
        """The app that takes traces in."""
        app = FastAPI()

        @app.post("/v1/traces")
        async def traces(request: Request) -> Response:
            body = await request.body()
            packed = request.headers.get("content-encoding") == "gzip"
            self.bodies.append(gzip.decompress(body) if packed else body)
            return Response(status_code=200, media_type="application/x-protobuf")

        return app


@pytest.fixture(scope="session")
async def collector() -> AsyncIterator[Collector]:
    """A collector of traces."""
    collecting = Collector()
    async with served(collecting.app()) as url:
        collecting.url = url
        yield collecting


@pytest.fixture(scope="session")
async def house(stack: Stack, collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """All services and simulators, as processes."""
    folder: Path = tmp_path_factory.mktemp("house")
    built = House(stack=stack, folder=folder, name=f"e2e{uuid4().hex[:8]}", otlp=collector.url)
    try:
        await built.start()
        yield built
    finally:
        await built.stop()


@pytest.fixture(scope="session")
async def played(house: House) -> Played:
    """The story, as it went."""
    return await play(house, Teller())
