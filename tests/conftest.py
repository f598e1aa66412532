"""Real Kafka and MongoDB for tests, started once per run in one of the ways of `dev.stack`."""

import gc
import warnings
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from chassis.ids import uuid7
from chassis.mongo import connect
from dev.stack.choice import stack as started_stack
from dev.stack.clamd import clamd
from dev.stack.servers import Stack, StackUnavailable


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    """The servers of this run."""
    async with AsyncExitStack() as opened:
        with warnings.catch_warnings():
            # aiokafka's admin client drops its first connection unclosed where the broker isn't up yet.
            warnings.simplefilter("ignore", ResourceWarning)
            running = await opened.enter_async_context(started_stack())
            gc.collect()
        yield running


@pytest.fixture(scope="session")
def kafka_bootstrap(stack: Stack) -> str:
    """host:port of the broker."""
    return stack.kafka


@pytest.fixture(scope="session")
def mongodb_uri(stack: Stack) -> str:
    """URI of the replica set."""
    return stack.mongodb


@pytest.fixture
async def mongodb(mongodb_uri: str) -> AsyncIterator[AsyncDatabase[dict[str, Any]]]:
    """A database of the test's own."""
    client = connect(mongodb_uri, application="tests")
    name = f"test_{uuid7()[-12:]}"
    yield client[name]
    await client.drop_database(name)
    await client.close()


@pytest.fixture(scope="session")
async def clamd_address() -> AsyncIterator[str]:
    """host:port of a real clamd that knows EICAR."""
    try:
        async with clamd() as address:
            yield address
    except StackUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def topic_prefix() -> str:
    """A prefix of topics of the test's own."""
    return f"t{uuid7()[-10:]}."
