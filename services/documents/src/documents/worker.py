"""What documents' worker does: takes events in, does what messages have due, tells what happened, sweeps."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from pymongo.errors import PyMongoError

from chassis import logs
from chassis.clock import SandboxClock
from chassis.consumer import EventConsumer
from chassis.dead_letters import DeadLetters
from chassis.doorbell import Doorbell
from chassis.due_work import DueHandler, DueWork
from chassis.files import Sweeper
from chassis.http.app import Check
from chassis.ids import uuid7
from chassis.lease import Lease
from chassis.mongo import AggregateCollection
from chassis.outbox import OutboxRelay
from chassis.process import Task
from chassis.producer import make_producer
from chassis.scanning import scanner_at
from contracts.topics import BRONNEN, DEAD_LETTERS, REPLIES
from documents.application.announce import Announce
from documents.application.deliver_message import DeliverMessage
from documents.application.due_kinds import DELIVER, FETCH, FOLLOW, SCAN, Patience
from documents.application.events import SERVICE, SOURCE
from documents.application.fetch_document import FetchDocument
from documents.application.follow_message import FollowMessage
from documents.application.scan_files import ScanFiles
from documents.entrypoints.events.bronnen import bron_handlers
from documents.entrypoints.events.replies import reply_handlers
from documents.house import AGGREGATES, EBOX, House


async def build_worker(house: House) -> tuple[Sequence[Task], Mapping[str, Check]]:
    """The worker's tasks and checks."""
    await house.set_up()
    doorbell = Doorbell(house.database, list(AGGREGATES))
    consumer = _consumer(house)
    tasks = [
        Task("events", consumer.run),
        Task("doorbell", doorbell.run),
        Task("due messages", _due_messages(house, doorbell).run),
        Task("sweeper", _Sweeping(house).run),
        *_relays(house, doorbell),
    ]
    if isinstance(house.clock, SandboxClock):
        await house.clock.refresh()
        tasks.append(Task("sandbox clock", house.clock.run))

    async def joined() -> None:
        if not consumer.joined:
            raise RuntimeError("not in its consumer group yet")

    return tasks, {"mongodb": house.database_answers, "kafka": joined}


def _consumer(house: House) -> EventConsumer:
    settings = house.settings
    consumer = EventConsumer(
        settings=settings.kafka(f"{SERVICE}-worker"),
        group=f"{settings.kafka_topic_prefix}{SERVICE}",
        dead_letters=DeadLetters(
            collection=house.aggregates["dead_letters"],
            clock=house.clock,
            source=SOURCE,
            topic=DEAD_LETTERS[SERVICE],
        ),
        graceful_timeout=settings.graceful_timeout,
    )
    announce = Announce(messages=house.messages, message_type_id=settings.notice_message_type_id, clock=house.clock)
    handlers = {**bron_handlers(house.bronnen), **reply_handlers(announce)}
    consumer.subscribe(handlers, topics=(REPLIES.name, BRONNEN.name))
    return consumer


def _due_messages(house: House, doorbell: Doorbell) -> DueWork:
    settings, messages, files, clock = house.settings, house.messages, house.files, house.clock
    mailbox = house.mailboxes[EBOX]
    patience = Patience(
        base=timedelta(seconds=settings.retry_base_s),
        cap=timedelta(seconds=settings.retry_cap_s),
        attempts=settings.delivery_attempts,
    )
    following = Patience(
        base=timedelta(seconds=settings.follow_base_s), cap=timedelta(seconds=settings.follow_cap_s), attempts=1
    )
    handlers: dict[str, DueHandler] = {
        SCAN: ScanFiles(
            messages=messages,
            files=files,
            scanner=scanner_at(settings.clamd_address),
            patience=patience,
            clock=clock,
        ),
        FETCH: FetchDocument(messages=messages, files=files, source=house.source, patience=patience, clock=clock),
        DELIVER: DeliverMessage(
            messages=messages,
            files=files,
            mailbox=mailbox,
            patience=patience,
            first_look=following.base,
            clock=clock,
        ),
        FOLLOW: FollowMessage(
            messages=messages,
            mailbox=mailbox,
            patience=following,
            longest=timedelta(days=settings.follow_days),
            clock=clock,
        ),
    }
    return DueWork(
        collection=house.aggregates["messages"],
        handlers=handlers,
        clock=clock,
        doorbell=doorbell,
        lease=timedelta(seconds=settings.due_lease_s),
        limit_per_destination=settings.due_limit_per_destination,
    )


def _relays(house: House, doorbell: Doorbell) -> list[Task]:
    settings = house.settings
    kafka = settings.kafka(f"{SERVICE}-worker")
    leases = AggregateCollection.of(house.database, "leases").collection
    owner, ttl = uuid7(), timedelta(seconds=settings.relay_lease_s)
    return [
        Task(
            f"relay {name}",
            OutboxRelay(
                collection=house.aggregates[name],
                make_producer=lambda: make_producer(kafka),
                lease=Lease(leases, name=f"outbox:{name}", owner=owner, ttl=ttl),
                lease_ttl=ttl,
                doorbell=doorbell,
                topic_prefix=settings.kafka_topic_prefix,
            ).run,
        )
        for name in AGGREGATES
    ]


class _Sweeping:
    """Removes, now and then, what uploads left behind."""

    def __init__(self, house: House) -> None:
        self._interval_s = house.settings.sweep_interval_s
        self._sweeper = Sweeper(
            database=house.database,
            store=house.files,
            in_use=house.messages.uses_file,
            older_than=timedelta(seconds=house.settings.sweep_after_s),
        )

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._interval_s)
            try:
                await self._sweeper.sweep()
            except PyMongoError as error:
                logs.get().warning("sweep_failed", error=repr(error)[:200])
