"""Kafka and MongoDB as processes of this machine, on loopback ports and folders of their own."""

import asyncio
import contextlib
import shutil
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from dev.house.processes import die_with_parent, free_port
from dev.stack.artifacts import kafka_libraries, mongod, run
from dev.stack.servers import Stack, StackUnavailable

_START_S: Final = 60
_STOP_S: Final = 20
_ALREADY_INITIALIZED: Final = 23

_KAFKA_PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
"""


@dataclass(slots=True)
class _Process:
    """A server's process and its log."""

    log: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self, *argv: str) -> None:
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    async def until(self, what: str, answers: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + _START_S
        while not await answers():
            ended = self.process is None or self.process.returncode is not None
            if ended or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-1500:]
                raise StackUnavailable(f"{what} did not start; the end of {self.log}:\n{tail}")
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)


@dataclass(slots=True)
class LocalKafka:
    """One broker that is its own controller (KRaft)."""

    folder: Path
    libraries: Path
    port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)
    _process: _Process = field(init=False)

    def __post_init__(self) -> None:
        """Keep the log beside the data."""
        self._process = _Process(self.folder / "kafka.log")

    @property
    def address(self) -> str:
        """Its bootstrap address."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """See Server."""
        properties = self.folder / "server.properties"
        classpath = f"{self.libraries}/*"
        if not properties.exists():
            text = _KAFKA_PROPERTIES.format(
                broker=self.port, controller=self.controller_port, data=self.folder / "kafka-data"
            )
            properties.write_text(text)
            identity = "QW50d29vcmRodWJTdGFjaw"
            storage = ("java", "-XX:TieredStopAtLevel=1", "-cp", classpath, "kafka.tools.StorageTool")
            await run(*storage, "format", "-t", identity, "-c", str(properties), "--ignore-formatted")
        heap = ("-Xmx512m", "-XX:TieredStopAtLevel=1")
        await self._process.start("java", *heap, "-cp", classpath, "kafka.Kafka", str(properties))
        await self._process.until("Kafka", self._answers)

    async def stop(self) -> None:
        """See Server."""
        await self._process.stop()

    def pause(self) -> None:
        """Let it hang: connections stay, nothing answers."""
        self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._process.signal(signal.SIGCONT)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address, request_timeout_ms=2000)
        try:
            await admin.start()
            await admin.describe_cluster()
        except (KafkaError, OSError):
            return False
        finally:
            with contextlib.suppress(KafkaError, OSError):
                await admin.close()
        return True


@dataclass(slots=True)
class LocalMongo:
    """One mongod that is a replica set by itself."""

    folder: Path
    program: Path
    port: int = field(default_factory=free_port)
    _process: _Process = field(init=False)

    def __post_init__(self) -> None:
        """Keep the log beside the data."""
        self._process = _Process(self.folder / "mongodb.log")

    @property
    def address(self) -> str:
        """Its URI, without a database."""
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet=rs0"

    async def start(self) -> None:
        """See Server."""
        data = self.folder / "mongodb-data"
        data.mkdir(exist_ok=True)
        options = ("--dbpath", str(data), "--port", str(self.port), "--bind_ip", "127.0.0.1", "--replSet", "rs0")
        small = ("--wiredTigerCacheSizeGB", "0.5", "--setParameter", "diagnosticDataCollectionEnabled=false")
        await self._process.start(str(self.program), *options, *small)
        await self._process.until("MongoDB", self._is_primary)

    async def stop(self) -> None:
        """See Server."""
        await self._process.stop()

    def pause(self) -> None:
        """Let it hang: connections stay, nothing answers."""
        self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._process.signal(signal.SIGCONT)

    async def _is_primary(self) -> bool:
        member = f"127.0.0.1:{self.port}"
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            f"mongodb://{member}/?directConnection=true", serverSelectionTimeoutMS=500
        )
        try:
            await initiate(client, member)
            hello = await client.admin.command("hello")
        except PyMongoError:
            return False
        finally:
            await client.close()
        return bool(hello.get("isWritablePrimary"))


async def initiate(client: AsyncMongoClient[dict[str, Any]], member: str) -> None:
    """Make a server a replica set of one, if it isn't yet."""
    try:
        await client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": member}]})
    except OperationFailure as error:
        if error.code != _ALREADY_INITIALIZED:
            raise


async def local_kafka(folder: Path) -> LocalKafka:
    """A started broker with its data in `folder`."""
    server = LocalKafka(folder, await kafka_libraries())
    await server.start()
    return server


async def local_mongo(folder: Path) -> LocalMongo:
    """A started replica set of one with its data in `folder`."""
    server = LocalMongo(folder, await mongod())
    await server.start()
    return server


async def start_local(why: str) -> tuple[Stack, Path]:
    """Both servers, side by side; returns the stack and the folder of its data, to be removed after the stop."""
    folder = Path(tempfile.mkdtemp(prefix="antwoordhub-"))
    try:
        async with asyncio.TaskGroup() as starting:
            kafka = starting.create_task(local_kafka(folder))
            mongo = starting.create_task(local_mongo(folder))
    except BaseException as group:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(group, BaseExceptionGroup):
            raise group.exceptions[0] from None
        raise
    stack = Stack(
        kafka.result().address, mongo.result().address, "local processes", why, kafka.result(), mongo.result()
    )
    return stack, folder
