"""A house on servers of its own, which tests stop, kill and start again."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from dev.demo.cast import Cast
from dev.house.clients import http_of_story
from dev.house.house import House
from dev.house.load import Load
from dev.stack.local import start_local


@pytest.fixture(scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """All services and simulators as processes, with Kafka and MongoDB that nobody else uses."""
    stack, data = await start_local("these tests stop them")
    folder: Path = tmp_path_factory.mktemp("house")
    built = House(stack=stack, folder=folder, name=f"faults{uuid4().hex[:6]}")
    try:
        await built.start()
        yield built
    finally:
        await built.stop()
        await stack.stop()
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
async def load(house: House) -> AsyncIterator[Load]:
    """Clients of that house; what they sent adds up over all tests, and so does what is checked."""
    async with http_of_story() as http:
        cast = await Cast.gather(house, http)
        await cast.settle_in()
        yield Load(cast=cast)
