"""The whole house on one machine: servers, simulators, and the three services as six processes."""

import asyncio
import os
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from dev.house.processes import Program, free_port, python_environment
from dev.simulators.identity_provider.people import AGENCY, OTHER_AGENCY
from dev.stack.choice import stack as started_stack
from dev.stack.servers import Stack
from dev.stack.topics import create_topics

SENDER: Final = "0316380841"
OTHER_SENDER: Final = "0406798006"
SERVICES: Final = ("documents", "reply-hub", "dossier-router")
KEY_OF: Final = {"documents": "DOCUMENTS_", "reply-hub": "REPLY_HUB_", "dossier-router": "DOSSIER_ROUTER_"}
MODULE_OF: Final = {"documents": "documents", "reply-hub": "reply_hub", "dossier-router": "dossier_router"}
READY_S: Final = 60


@dataclass(frozen=True, slots=True)
class Address:
    """Where a program answers."""

    port: int

    @property
    def url(self) -> str:
        """Its URL, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(slots=True, kw_only=True)
class House:
    """Addresses, folders and programs. `extra` are settings of all services, without their prefix."""

    stack: Stack
    folder: Path
    name: str
    extra: Mapping[str, str] = field(default_factory=dict)
    clamd: str = ""
    otlp: str = ""
    addresses: dict[str, Address] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)
    pseudonym_key: str = field(default_factory=lambda: b64encode(os.urandom(32)).decode())

    @property
    def prefix(self) -> str:
        """Of every topic: houses may share a broker."""
        return f"{self.name}."

    @property
    def keys(self) -> Path:
        """Where clients' private keys lie."""
        return self.folder / "keys"

    @property
    def logs(self) -> Path:
        """Where programs write to."""
        return self.folder / "logs"

    @property
    def issuer(self) -> str:
        """The identity provider, as tokens name it."""
        return f"{self.url('identity-provider')}/op"

    def url(self, name: str) -> str:
        """Where a service's API or a simulator answers."""
        return self.addresses.setdefault(name, Address(free_port())).url

    def database(self, service: str) -> str:
        """Name of a service's database."""
        return f"{self.name}_{MODULE_OF[service]}"

    async def start(self) -> None:
        """Start everything; returns when all of it is ready.

        Raises:
            ProgramFailed, StackUnavailable: and what was started is still to be stopped.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        await create_topics(self.stack.kafka, prefix=self.prefix, tenants=[AGENCY, OTHER_AGENCY])
        provider = self._simulator("identity-provider", "--keys", str(self.keys))
        await provider.start()
        await provider.wait_until_ready(timeout_s=READY_S)
        trust = self._simulator("trust-services", "--keys", str(self.folder / "pki"))
        await trust.start()
        await trust.wait_until_ready(timeout_s=READY_S)
        await self._keep_roots()
        others = [
            self._simulator("ebox", "--issuer", self.issuer),
            self._simulator(
                "case-system",
                *("--issuer", self.issuer, "--key", str(self.keys / "case-system-a.pem")),
                *("--router-url", self.url("dossier-router")),
            ),
            *(self._process(service, process) for service in SERVICES for process in ("api", "worker")),
        ]
        for program in others:
            await program.start()
        await asyncio.gather(*(program.wait_until_ready(timeout_s=READY_S) for program in others))

    async def _keep_roots(self) -> None:
        """Put the certificates that the hub trusts where it reads them."""
        async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
            for label in ("root", "tsa-ca"):
                answer = await http.get(f"{self.url('trust-services')}/sim/certificates/{label}")
                self.root(label).write_bytes(answer.raise_for_status().content)

    def root(self, label: str) -> Path:
        """The file of a trusted certificate."""
        return self.folder / f"{label}.pem"

    async def stop(self) -> None:
        """Stop the programs: those that take work in first."""
        programs = list(self.programs.values())[::-1]
        await asyncio.gather(*(program.stop(grace_s=10) for program in programs))

    def another_worker(self, service: str) -> Program:
        """A second worker of a service, to be started by the caller."""
        name = f"{service} worker 2"
        health = self.url(name)
        port = {f"{KEY_OF[service]}HEALTH_PORT": str(self.addresses[name].port)}
        argv = ["-m", MODULE_OF[service], "worker"]
        return self._program(name, argv, self.environment(service) | port, f"{health}/health/ready")

    def _simulator(self, name: str, *options: str) -> Program:
        url = self.url(name)
        argv = ["-m", "dev.simulators", name, "--port", str(self.addresses[name].port), *options]
        return self._program(name, argv, python_environment(), f"{url}/health")

    def _process(self, service: str, process: str) -> Program:
        url = self.url(service)
        health = url if process == "api" else self.url(f"{service} worker")
        argv = ["-m", MODULE_OF[service], process]
        return self._program(f"{service} {process}", argv, self.environment(service), f"{health}/health/ready")

    def _program(self, name: str, argv: list[str], env: Mapping[str, str], ready_url: str) -> Program:

        log = self.logs / f"{name.replace(' ', '-')}.log"
        program = Program(name, [sys.executable, *argv], env, ready_url, log)
        self.programs[name] = program
        return program

    def environment(self, service: str) -> dict[str, str]:
        """The settings of a service, as environment variables."""
        self.url(f"{service} worker")
        settings = {**self._shared(service), **_OF_SERVICE[service](self), **self.extra}
        prefix = KEY_OF[service]
        return python_environment() | {f"{prefix}{name.upper()}": value for name, value in settings.items()}

    def _shared(self, service: str) -> dict[str, str]:
        return {
            "environment": "sandbox",
            "public_url": self.url(service),
            "http_host": "127.0.0.1",
            "http_port": str(self.addresses[service].port),
            "health_port": str(self.addresses[f"{service} worker"].port),
            "graceful_timeout_s": "10",
            "mongodb_uri": self.stack.mongodb,
            "mongodb_database": self.database(service),
            "mongodb_timeout_ms": "3000",
            "kafka_bootstrap_servers": self.stack.kafka,
            "kafka_topic_prefix": self.prefix,
            "kafka_session_timeout_ms": "6000",
            "kafka_heartbeat_interval_ms": "500",
            "kafka_rebalance_timeout_ms": "6000",
            "kafka_max_poll_interval_ms": "30000",
            "kafka_metadata_max_age_ms": "2000",
            "relay_lease_s": "3",
            "due_lease_s": "20",
            "issuer": self.issuer,
            "audience": service,
            "client_id": service,
            "client_key_file": str(self.keys / f"{service}.pem"),
            "outbound_private_allowed": "true",
            "pseudonym_key": self.pseudonym_key,
            "data_key": self.pseudonym_key,
            "clamd_address": self.clamd,
            "otlp_endpoint": self.otlp,
        }


def _documents(house: House) -> dict[str, str]:
    return {
        "senders": orjson.dumps({AGENCY: SENDER, OTHER_AGENCY: OTHER_SENDER}).decode(),
        "reply_hub_url": house.url("reply-hub"),
        "reply_hub_audience": "reply-hub",
        "ebox_registry_url": house.url("ebox"),
        "ebox_federation_url": house.url("ebox"),
        "retry_base_s": "0.5",
        "retry_cap_s": "5",
        "follow_base_s": "2",
        "follow_cap_s": "30",
    }


def _reply_hub(house: House) -> dict[str, str]:
    return {
        "documents_url": house.url("documents"),
        "documents_audience": "documents",
        "ebox_registry_url": house.url("ebox"),
        "ebox_federation_url": house.url("ebox"),
        "ebox_poll_s": "0.5",
        "unmatched_after_s": "60",
        "signature_root_files": orjson.dumps([str(house.root("root"))]).decode(),
        "timestamp_root_files": orjson.dumps([str(house.root("tsa-ca"))]).decode(),
        "judging_processes": "1",
        "undecided_base_s": "0.5",
        "undecided_cap_s": "2",
    }


def _dossier_router(_house: House) -> dict[str, str]:
    return {"webhook_retry_base_s": "0.5", "webhook_retry_cap_s": "2"}


_OF_SERVICE: Final[dict[str, Any]] = {
    "documents": _documents,
    "reply-hub": _reply_hub,
    "dossier-router": _dossier_router,
}


@asynccontextmanager
async def house(
    folder: Path, *, name: str, extra: Mapping[str, str] | None = None, clamd: str = "", otlp: str = ""
) -> AsyncIterator[House]:
    """Everything, until the block ends; then all that was started is stopped, and what it kept is dropped."""
    async with AsyncExitStack() as running:
        stack = await running.enter_async_context(started_stack())
        built = House(stack=stack, folder=folder, name=name, extra=extra or {}, clamd=clamd, otlp=otlp)
        running.push_async_callback(built.stop)
        await built.start()
        yield built


async def token(
    house: House, client: str, *, audience: str, person: str | None = None, capacity: str | None = None
) -> str:
    """A token as the identity provider makes it for a client, or for a person who signed in at it."""
    wanted = {"client": client, "audience": audience, "person": person, "capacity": capacity}
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        answer = await http.post(f"{house.url('identity-provider')}/sim/tokens", json=wanted)
    return str(answer.raise_for_status().json()["access_token"])
