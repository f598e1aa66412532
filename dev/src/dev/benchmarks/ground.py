"""The ground measurements stand on: a house, many open requests, and baselines as processes beside it."""

import asyncio
import sys
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaProducer
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from contracts.documents.v1 import MessageConsigned
from contracts.dossier_router.v1 import DossierPhaseChanged
from contracts.envelope import to_headers
from contracts.event import EventData
from contracts.identifiers import PartyType, Pseudonymiser, Scheme, dossier_key, parse_party
from contracts.outgoing import cloud_event
from contracts.topics import MESSAGES, TopicNames
from dev.demo.cast import CITIZEN, Cast
from dev.demo.letters import BRON, FORM, KEYS
from dev.house.clients import eventually
from dev.house.house import SENDER, House
from dev.house.processes import Program, free_port, python_environment
from dev.simulators.identity_provider.people import AGENCY

START: Final = datetime(2026, 11, 24, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that can be answered, and its dossier."""

    request_id: str
    message_id: str
    dossier_nummer: str


@dataclass(slots=True, kw_only=True)
class Ground:
    """A house that runs, with a cast that knows it."""

    house: House
    cast: Cast
    producer: AIOKafkaProducer
    mongodb: AsyncMongoClient[dict[str, Any]]
    baselines: dict[str, Program] = field(default_factory=dict)

    def database(self, service: str) -> AsyncDatabase[dict[str, Any]]:
        """A service's database."""
        return self.mongodb[self.house.database(service)]

    @property
    def names(self) -> TopicNames:
        """Topics of the house."""
        return TopicNames(self.house.prefix)

    async def workers(self, *, running: bool, but: str = "") -> None:
        """Start or stop all workers, but that of one service."""
        programs = [
            program
            for name, program in self.house.programs.items()
            if name.endswith(" worker") and name != f"{but} worker"
        ]
        for program in programs:
            if running and not program.running:
                await program.start()
            elif not running:
                await program.stop()
        if running:
            await asyncio.gather(*(program.wait_until_ready(timeout_s=60) for program in programs))

    async def settled(self) -> None:
        """Start the workers, and wait until nothing of an earlier measurement is under way."""
        await self.workers(running=True)
        replies, messages = self.database("reply-hub")["replies"], self.database("documents")["messages"]
        filings = self.database("dossier-router")["filings"]

        async def look() -> bool | None:
            waiting = [
                await replies.count_documents({"status": {"$in": ["RECEIVED", "VALIDATING", "ACCEPTED"]}}, limit=1),
                await messages.count_documents({"status": {"$in": ["ACCEPTED", "ROUTING"]}}, limit=1),
                await filings.count_documents({"due.0": {"$exists": True}}, limit=1),
            ]
            return None if any(waiting) else True

        await eventually("nothing is under way", look, timeout_s=240)

    async def baseline(self, what: str, environment: Mapping[str, str]) -> str:
        """Start a baseline; its URL."""
        port = free_port()
        argv = [sys.executable, "-m", "dev.benchmarks.baselines", what, "--port", str(port)]
        shared = {
            "ISSUER": self.house.issuer,
            "MONGODB_URI": self.house.stack.mongodb,
            "DATABASE": f"{self.house.name}_baseline",
            "BOOTSTRAP": self.house.stack.kafka,
        }
        program = Program(
            what,
            argv,
            {**python_environment(), **shared, **environment},
            f"http://127.0.0.1:{port}/health",
            self.house.logs / f"baseline-{what}.log",
        )
        self.baselines[what] = program
        await program.start()
        await program.wait_until_ready()
        return f"http://127.0.0.1:{port}"

    async def close(self) -> None:
        """Stop baselines and clients."""
        await asyncio.gather(*(program.stop() for program in self.baselines.values()))
        await self.producer.stop()
        await self.mongodb.close()

    async def open_requests(self, number: int, *, bron: str = BRON) -> list[OpenRequest]:
        """Open so many requests, each in a dossier of its own, by the events that open them in life.

        Comes back when the work this makes is done in every service, so that it isn't measured with what follows.
        """
        wanted = [_new_request() for _ in range(number)]
        for each in wanted:
            await self._send(self.names.phases_of(AGENCY), _phase(each, bron), dossier_key(bron, each.dossier_nummer))
            await self._send(self.names.of(MESSAGES), self._consigned(each, bron), each.message_id)
        await self.producer.flush()
        opened = self.database("reply-hub")["reply_requests"]
        bound = self.database("dossier-router")["dossiers"]
        ids = [each.request_id for each in wanted]
        keys = [dossier_key(bron, each.dossier_nummer) for each in wanted]

        async def look() -> bool | None:
            there = await opened.count_documents({"_id": {"$in": ids}})
            known = await bound.count_documents(
                {"_id": {"$in": keys}, "bindings.0": {"$exists": True}, "due.0": {"$exists": False}}
            )
            return True if there == known == number else None

        await eventually(f"{number} requests are open", look, timeout_s=240)
        return wanted

    async def _send(self, topic: str, data: EventData, key: str) -> None:
        event = cloud_event(
            data,
            event_id=uuid4().hex,
            source="urn:bench",
            subject=key,
            time=START,
            partition_key=key,
            correlation_id="bench",
        )
        await self.producer.send(topic, orjson.dumps(event.data), key=key.encode(), headers=to_headers(event))

    def _consigned(self, wanted: OpenRequest, bron: str) -> MessageConsigned:
        party = parse_party(PartyType.CITIZEN, Scheme.INSZ, CITIZEN)
        pseudonymiser = Pseudonymiser(b64decode(self.house.pseudonym_key))
        now = datetime.now(UTC).isoformat()
        return MessageConsigned.from_data(
            {
                "messageId": wanted.message_id,
                "tenant": AGENCY,
                "recipient": pseudonymiser.of(party),
                "mailbox": "bench",
                "mailboxMessageId": wanted.message_id,
                "senderEnterpriseNumber": SENDER,
                "sentAt": now,
                "consignedAt": now,
                "recipientType": "citizen",
                "language": "nl",
                "dossier": {"bron": bron, "dossierNummer": wanted.dossier_nummer, "fase": "Behandeling"},
                "replyRequest": {
                    "replyRequestId": wanted.request_id,
                    "required": True,
                    "purpose": "AANVULLING",
                    "form": {
                        "formId": "bench",
                        "version": 1,
                        "url": "http://documents/forms/bench",
                        "jsonSchema": FORM,
                        "businessDataKeys": KEYS,
                    },
                    "deadline": {"responseTerm": "P30D"},
                    "lateReplies": "ACCEPT_FLAGGED",
                    "multiplicity": "SINGLE",
                    "whoMayAnswer": ["ADDRESSEE"],
                },
            }
        )


def _new_request() -> OpenRequest:
    return OpenRequest(str(uuid4()), str(uuid4()), f"B-{uuid4().hex[:12]}")


def _phase(wanted: OpenRequest, bron: str) -> DossierPhaseChanged:
    return DossierPhaseChanged(
        bron=bron, dossier_nummer=wanted.dossier_nummer, version=1, fase="Behandeling", datum_modificatie=START
    )


def spread(items: Sequence[OpenRequest], parts: int) -> list[Sequence[OpenRequest]]:
    """Equal parts."""
    size = len(items) // parts
    return [items[index * size : (index + 1) * size] for index in range(parts)]
