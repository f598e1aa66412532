"""The one place where dossier-router is put together."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import httpx
from fastapi import FastAPI

from chassis.authentication import IntrospectionVerifier, JwksVerifier, TokenVerifier
from chassis.cipher import FieldCipher
from chassis.clock import Clock, SandboxClock, SystemClock
from chassis.consumer import EventConsumer
from chassis.dead_letters import DeadLetters
from chassis.discovery import ClientKey, Discovery
from chassis.doorbell import Doorbell
from chassis.due_work import DueWork
from chassis.http.app import Check, create_app
from chassis.http.sandbox import sandbox_router
from chassis.ids import uuid7
from chassis.lease import Lease
from chassis.mongo import AggregateCollection, connect
from chassis.outbound import guarded_client, http_client
from chassis.outbox import OutboxRelay
from chassis.process import Task
from chassis.producer import make_producer
from contracts.topics import DEAD_LETTERS, REPLIES, TopicNames
from dossier_router.adapters.casesystems.webhook import WebhookCaseSystem
from dossier_router.adapters.mongo.bronnen import MongoBronnen
from dossier_router.adapters.mongo.dossiers import MongoDossiers
from dossier_router.adapters.mongo.feed import MongoFeed
from dossier_router.adapters.mongo.filings import MongoFilingLog
from dossier_router.adapters.mongo.subscriptions import MongoSubscriptions
from dossier_router.application.acknowledge_filing import AcknowledgeFiling
from dossier_router.application.deliver_filing import WEBHOOK, DeliverFiling, RetryLadder
from dossier_router.application.events import SERVICE, SOURCE
from dossier_router.application.file_parked import FINISH, FileParked, LookAgain
from dossier_router.application.file_reply import FileReply
from dossier_router.application.register_bron import RegisterBron
from dossier_router.application.subscribe import Subscribe
from dossier_router.application.tell_phase import LOOK_AGAIN, BindRequest, TellPhase
from dossier_router.entrypoints.events.phases import phase_handlers
from dossier_router.entrypoints.events.replies import reply_handlers
from dossier_router.entrypoints.http.dossiers import bron_routes, dossier_routes
from dossier_router.entrypoints.http.filings import filing_routes, parked_routes
from dossier_router.entrypoints.http.subscriptions import subscription_routes
from dossier_router.settings import RouterSettings


@dataclass(slots=True, kw_only=True)
class House:
    """Everything that api and worker share, open until `close`."""

    settings: RouterSettings
    clock: Clock
    bronnen: MongoBronnen
    dossiers: MongoDossiers
    log: MongoFilingLog
    feed: MongoFeed
    subscriptions: MongoSubscriptions
    case_system: WebhookCaseSystem
    verifier: TokenVerifier
    aggregates: Mapping[str, AggregateCollection]
    leases: AggregateCollection
    opened: AsyncExitStack

    async def ready(self) -> None:
        """Return when MongoDB answers."""
        await self.aggregates["filings"].collection.database.client.admin.command("ping")

    async def close(self) -> None:
        """Close what was opened, last first."""
        await self.opened.aclose()

    @property
    def file_reply(self) -> FileReply:
        """The use case that files answers."""
        return FileReply(
            bronnen=self.bronnen,
            dossiers=self.dossiers,
            log=self.log,
            subscriptions=self.subscriptions,
            clock=self.clock,
        )

    @property
    def file_parked(self) -> FileParked:
        """The use case that files parked answers."""
        return FileParked(log=self.log, dossiers=self.dossiers, subscriptions=self.subscriptions, clock=self.clock)

    @property
    def tell_phase(self) -> TellPhase:
        """The use case that learns phases."""
        return TellPhase(bronnen=self.bronnen, dossiers=self.dossiers, clock=self.clock)


_AGGREGATES = ("bronnen", "dossiers", "filings", "subscriptions", "dead_letters")


def build(settings: RouterSettings) -> House:
    """Make everything; nothing connects yet."""
    opened = AsyncExitStack()
    client = connect(
        settings.mongodb_uri.get_secret_value(), application=SERVICE, timeout_ms=settings.mongodb_timeout_ms
    )
    opened.push_async_callback(client.close)
    database = client[settings.mongodb_database]
    clock: Clock = SandboxClock(database["sandbox_clock"]) if settings.sandbox else SystemClock()
    http = http_client()
    opened.push_async_callback(http.aclose)
    webhooks = guarded_client(
        allow_private=settings.outbound_private_allowed, timeout=httpx.Timeout(settings.webhook_timeout_s, connect=3)
    )
    opened.push_async_callback(webhooks.aclose)
    aggregates = {name: AggregateCollection.of(database, name) for name in _AGGREGATES}
    return House(
        settings=settings,
        clock=clock,
        bronnen=MongoBronnen(aggregates["bronnen"], clock),
        dossiers=MongoDossiers(aggregates["dossiers"], clock),
        log=MongoFilingLog(aggregates["filings"], AggregateCollection.of(database, "delivery_attempts")),
        feed=MongoFeed(aggregates["filings"], database["feed"]),
        subscriptions=MongoSubscriptions(aggregates["subscriptions"], FieldCipher(settings.key_bytes("data_key"))),
        case_system=WebhookCaseSystem(webhooks),
        verifier=_verifier(settings, http),
        aggregates=aggregates,
        leases=AggregateCollection.of(database, "leases"),
        opened=opened,
    )


def _verifier(settings: RouterSettings, http: httpx.AsyncClient) -> TokenVerifier:
    key = ClientKey(Path(settings.client_key_file).read_bytes())
    discovery = Discovery(http, issuer=settings.issuer, client_id=settings.client_id, key=key)
    kind = JwksVerifier if settings.token_check == "jwks" else IntrospectionVerifier  # noqa: S105 - no password
    return kind(discovery=discovery, audience=settings.audience)


async def ensure_indexes(house: House) -> None:
    """Make the indexes; those that are there stay."""
    for aggregate in house.aggregates.values():
        await aggregate.ensure_indexes()
    await house.log.ensure_indexes()
    await house.feed.ensure_indexes()
    await house.subscriptions.ensure_indexes()


def build_api(house: House) -> FastAPI:
    """The HTTP application."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await ensure_indexes(house)
        async with AsyncExitStack() as running:
            if isinstance(house.clock, SandboxClock):
                await running.enter_async_context(house.clock.running())
            try:
                yield
            finally:
                await house.close()

    acknowledge = AcknowledgeFiling(log=house.log)
    subscribe = Subscribe(
        subscriptions=house.subscriptions,
        clock=house.clock,
        plain_http_allowed=house.settings.outbound_private_allowed,
    )
    routers = [
        bron_routes(RegisterBron(bronnen=house.bronnen, clock=house.clock), house.bronnen),
        dossier_routes(house.tell_phase, house.dossiers),
        subscription_routes(subscribe, house.subscriptions),
        filing_routes(house.log, house.feed, acknowledge, house.clock),
        parked_routes(house.log, house.file_parked, house.clock),
    ]
    if isinstance(house.clock, SandboxClock):
        routers.append(sandbox_router(house.clock))
    return create_app(
        title="Antwoordhub dossier-router",
        description="Puts answers into the right dossier, in the right phase, and tells the case system.",
        version=version("antwoordhub-dossier-router"),
        verifier=house.verifier,
        routers=routers,
        readiness={"mongodb": house.ready, "tokens": house.verifier.ready},
        lifespan=lifespan,
    )


async def build_worker(house: House) -> tuple[Sequence[Task], Mapping[str, Check]]:
    """The worker's tasks and checks."""
    await ensure_indexes(house)
    settings, clock = house.settings, house.clock
    kafka = settings.kafka(f"{SERVICE}-worker")
    database = house.aggregates["filings"].collection.database
    doorbell = Doorbell(database, list(_AGGREGATES))
    names = TopicNames(settings.kafka_topic_prefix)
    consumer = EventConsumer(
        settings=kafka,
        group=f"{settings.kafka_topic_prefix}{SERVICE}",
        dead_letters=DeadLetters(
            collection=house.aggregates["dead_letters"], clock=clock, source=SOURCE, topic=DEAD_LETTERS[SERVICE]
        ),
        graceful_timeout=settings.graceful_timeout,
    )
    consumer.subscribe(reply_handlers(house.file_reply, BindRequest(dossiers=house.dossiers)), topics=(REPLIES.name,))
    consumer.subscribe(phase_handlers(house.tell_phase, names), pattern=names.phases_pattern())
    owner, ttl = uuid7(), timedelta(seconds=settings.relay_lease_s)

    def lease(name: str) -> Lease:
        return Lease(house.leases.collection, name=name, owner=owner, ttl=ttl)

    tasks = [
        Task("events", consumer.run),
        Task("doorbell", doorbell.run),
        Task("feed", lambda: house.feed.run(lease("feed"), doorbell, ttl=ttl)),
        Task("due filings", _due_filings(house, doorbell).run),
        Task("due dossiers", _due_dossiers(house, doorbell).run),
    ]
    for name in ("bronnen", "filings", "dead_letters"):
        relay = OutboxRelay(
            collection=house.aggregates[name],
            make_producer=lambda: make_producer(kafka),
            lease=lease(f"outbox:{name}"),
            lease_ttl=ttl,
            doorbell=doorbell,
            topic_prefix=settings.kafka_topic_prefix,
        )
        tasks.append(Task(f"relay {name}", relay.run))
    if isinstance(clock, SandboxClock):
        tasks.append(Task("sandbox clock", clock.run))

    async def joined() -> None:
        if not consumer.joined:
            raise RuntimeError("not in its consumer groups yet")

    return tasks, {"mongodb": house.ready, "kafka": joined}


def _due_filings(house: House, doorbell: Doorbell) -> DueWork:
    settings = house.settings
    ladder = RetryLadder(
        base=timedelta(seconds=settings.webhook_retry_base_s),
        cap=timedelta(seconds=settings.webhook_retry_cap_s),
        give_up_after=timedelta(seconds=settings.webhook_give_up_after_s),
    )
    deliver = DeliverFiling(
        log=house.log,
        subscriptions=house.subscriptions,
        case_system=house.case_system,
        clock=house.clock,
        ladder=ladder,
    )
    return DueWork(
        collection=house.aggregates["filings"],
        handlers={WEBHOOK: deliver, FINISH: house.file_parked.finish},
        clock=house.clock,
        doorbell=doorbell,
        lease=timedelta(seconds=settings.due_lease_s),
        limit_per_destination=settings.due_limit_per_destination,
    )


def _due_dossiers(house: House, doorbell: Doorbell) -> DueWork:
    look_again = LookAgain(
        dossiers=house.dossiers, log=house.log, file_reply=house.file_reply, file_parked=house.file_parked
    )
    return DueWork(
        collection=house.aggregates["dossiers"],
        handlers={LOOK_AGAIN: look_again},
        clock=house.clock,
        doorbell=doorbell,
        lease=timedelta(seconds=house.settings.due_lease_s),
    )
