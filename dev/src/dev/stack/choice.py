"""Which servers are used: existing ones, Docker's, or processes of this machine, in this order."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dev.stack import docker
from dev.stack.local import start_local
from dev.stack.servers import Stack


@asynccontextmanager
async def stack() -> AsyncIterator[Stack]:
    """Servers, until the block ends.

    Raises:
        StackUnavailable: none can be had; the message says what to install.
    """
    kafka, mongodb = os.environ.get("KAFKA_BOOTSTRAP_SERVERS"), os.environ.get("MONGODB_URI")
    if kafka and mongodb:
        yield Stack(kafka, mongodb, "servers that exist", "KAFKA_BOOTSTRAP_SERVERS and MONGODB_URI are set")
        return
    reason = docker.why_not()
    if reason is None:
        started = await docker.start_docker("Docker answers and has the images")
        try:
            yield started
        finally:
            await started.stop()
        return
    started, folder = await start_local(f"{reason}, and KAFKA_BOOTSTRAP_SERVERS and MONGODB_URI are not both set")
    try:
        yield started
    finally:
        await started.stop()
        shutil.rmtree(folder, ignore_errors=True)
