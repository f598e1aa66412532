"""Kafka and MongoDB in Docker, through testcontainers."""

import asyncio
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any, Final

from pymongo import AsyncMongoClient

from dev.house.processes import free_port
from dev.stack.local import initiate
from dev.stack.servers import Stack

KAFKA_IMAGE: Final = "apache/kafka:4.3.0"
MONGODB_IMAGE: Final = "mongo:8"


def images() -> tuple[str, str]:
    """The images of Kafka and MongoDB: settings KAFKA_IMAGE and MONGODB_IMAGE, or the published ones."""
    return os.environ.get("KAFKA_IMAGE", KAFKA_IMAGE), os.environ.get("MONGODB_IMAGE", MONGODB_IMAGE)


def why_not() -> str | None:
    """Why Docker can't be used, or None where it can: its daemon answers and has or gets both images."""
    if shutil.which("docker") is None:
        return "no docker program"
    if _docker("info").returncode != 0:
        return "no Docker daemon answers"
    for image in images():
        if (
            _docker("image", "inspect", image).returncode != 0
            and _docker("pull", "-q", image, timeout=300).returncode != 0
        ):
            return f"Docker has no image {image} and can't get it"
    return None


def _docker(*arguments: str, timeout: int = 10) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(["docker", *arguments], capture_output=True, check=False, timeout=timeout)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(arguments, 1)


@dataclass(slots=True)
class ContainerServer:
    """A container behind a fixed port of this machine."""

    container: Any
    address: str

    async def start(self) -> None:
        """See Server."""
        await asyncio.to_thread(self.container.get_wrapped_container().start)

    async def stop(self) -> None:
        """See Server."""
        await asyncio.to_thread(self.container.stop)


async def start_docker(why: str) -> Stack:
    """Both servers in containers."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - imports Docker's client, often unused

    kafka_image, mongo_image = images()
    kafka_port, mongo_port = free_port(), free_port()
    kafka = DockerContainer(kafka_image).with_bind_ports(kafka_port, kafka_port)
    for name, value in kafka_environment(kafka_port).items():
        kafka = kafka.with_env(name, value)
    mongo = DockerContainer(mongo_image).with_bind_ports(mongo_port, mongo_port)
    mongo = mongo.with_command(f"--replSet rs0 --bind_ip_all --port {mongo_port}")
    await asyncio.gather(asyncio.to_thread(kafka.start), asyncio.to_thread(mongo.start))
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        f"mongodb://127.0.0.1:{mongo_port}/?directConnection=true"
    )
    async with client:
        await initiate(client, f"127.0.0.1:{mongo_port}")
    kafka_address, uri = f"127.0.0.1:{kafka_port}", f"mongodb://127.0.0.1:{mongo_port}/?replicaSet=rs0"
    return Stack(
        kafka_address, uri, "Docker", why, ContainerServer(kafka, kafka_address), ContainerServer(mongo, uri)
    )


def kafka_environment(port: int) -> dict[str, str]:
    """Settings of the official image for one broker that is its own controller."""
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:29093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:29093",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }
