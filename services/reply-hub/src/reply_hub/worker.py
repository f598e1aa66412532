"""What the worker process does: takes events in, tells events, does due work, sweeps."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from pymongo.errors import PyMongoError

from chassis import logs
from chassis.consumer import EventConsumer
from chassis.dead_letters import DeadLetters
from chassis.doorbell import Doorbell
from chassis.due_work import DueHandler, DueWork
from chassis.http.app import Check
from chassis.lease import Lease
from chassis.mongo import AggregateCollection
from chassis.outbox import OutboxRelay
from chassis.process import Task
from chassis.producer import make_producer
from chassis.scanning import scanner_at
from chassis.sweeping import Sweeper
from chassis.tenancy import EVERY_TENANT
from contracts.topics import DEAD_LETTERS, FILINGS, MESSAGES
from reply_hub.adapters.calendar.belgian_holidays import BelgianHolidays
from reply_hub.adapters.signatures.judge import PooledJudge
from reply_hub.adapters.signatures.revocation import RevocationClient
from reply_hub.application.announcements import SOURCE
from reply_hub.application.collect_box import CollectBox
from reply_hub.application.due_kinds import DueKind
from reply_hub.application.follow_request import FetchPrefill, PassDeadline
from reply_hub.application.judge_reply import JudgeReply, SupersedeReply
from reply_hub.application.judge_signatures import JudgeSignatures, TryAgain
from reply_hub.application.note_filing import NoteFiling
from reply_hub.application.open_request import OpenRequest
from reply_hub.application.take_incoming import TakeIncoming
from reply_hub.application.upload_attachment import AbandonAttachment, ScanAttachment
from reply_hub.entrypoints.events.handlers import event_handlers
from reply_hub.house import House

GROUP: Final = "reply-hub"


def worker_tasks(house: House) -> tuple[list[Task], EventConsumer]:
    """Everything the worker runs, and its consumer, whose membership is its readiness."""
    store = house.store
    telling = [store.requests.aggregates, store.replies.aggregates, store.dead_letters]
    working = due_handlers(house)
    doorbell = Doorbell(house.database, sorted({part.name for part in (*telling, *working)}))
    consumer = _consumer(house)
    tasks = [
        Task("doorbell", doorbell.run),
        Task("consumer", consumer.run),
        *(Task(f"relay {part.name}", _relay(house, part, doorbell).run) for part in telling),
        *(
            Task(f"due work {part.name}", _due_work(house, part, handlers, doorbell).run)
            for part, handlers in working.items()
        ),
        Task("sweeper", lambda: _sweep(house)),
    ]
    if house.sandbox_clock is not None:
        tasks.append(Task("sandbox clock", house.sandbox_clock.run))
    return tasks, consumer


def readiness_of(house: House, consumer: EventConsumer) -> Mapping[str, Check]:
    """The worker is ready when MongoDB answers and it is in its group, with or without partitions."""

    async def joined() -> None:
        if not consumer.joined:
            raise RuntimeError("not in the consumer group yet")

    return {"mongodb": house.database_answers, "group": joined}


def _consumer(house: House) -> EventConsumer:
    store, settings = house.store, house.settings
    consumer = EventConsumer(
        settings=settings.kafka("reply-hub-consumer"),
        group=f"{settings.kafka_topic_prefix}{GROUP}",
        dead_letters=DeadLetters(
            collection=store.dead_letters, clock=house.clock, source=SOURCE, topic=DEAD_LETTERS["reply-hub"]
        ),
        graceful_timeout=settings.graceful_timeout,
    )
    handlers = event_handlers(
        OpenRequest(
            requests=store.requests,
            boxes=store.boxes,
            announcer=house.announcer,
            is_holiday=BelgianHolidays(),
            collected_mailboxes=frozenset(house.mailboxes),
        ),
        NoteFiling(replies=store.replies, announcer=house.announcer),
    )
    consumer.subscribe(handlers, topics=(MESSAGES.name, FILINGS.name))
    return consumer


def due_handlers(house: House) -> dict[AggregateCollection, Mapping[str, DueHandler]]:
    """The due work of each collection, by kind."""
    store, clock, announcer = house.store, house.clock, house.announcer
    return {
        store.requests.aggregates: {
            DueKind.OVERDUE.value: PassDeadline(requests=store.requests, announcer=announcer, clock=clock),
            DueKind.FETCH_PREFILL.value: FetchPrefill(
                requests=store.requests, source=house.prefill, crypt=house.cipher
            ),
        },
        store.replies.aggregates: {
            DueKind.JUDGE.value: JudgeReply(
                requests=store.requests,
                replies=store.replies,
                attachments=store.attachments,
                drafts=store.drafts,
                forms=house.forms,
                crypt=house.cipher,
                signatures=JudgeSignatures(judge=_signature_judge(house), clock=clock),
                again=_try_again(house),
                announcer=announcer,
                clock=clock,
            ),
            DueKind.SUPERSEDE.value: SupersedeReply(replies=store.replies),
        },
        store.attachments.aggregates: {
            DueKind.SCAN.value: ScanAttachment(
                attachments=store.attachments,
                files=house.files,
                scanner=scanner_at(house.settings.clamd_address),
            ),
            DueKind.ABANDON.value: AbandonAttachment(
                attachments=store.attachments, replies=store.replies, files=house.files
            ),
        },
        **_mailbox_handlers(house),
    }


def _signature_judge(house: House) -> PooledJudge:
    return PooledJudge(
        files=house.files,
        pool=house.pool,
        revocation=RevocationClient(house.responders),
        pseudonymiser=house.pseudonymiser,
        clock=house.clock,
        refuse_active=house.settings.active_content_refused,
    )


def _try_again(house: House) -> TryAgain:
    settings = house.settings
    return TryAgain(
        base=timedelta(seconds=settings.undecided_base_s),
        cap=timedelta(seconds=settings.undecided_cap_s),
        limit=timedelta(seconds=settings.undecided_limit_s),
    )


def _mailbox_handlers(house: House) -> dict[AggregateCollection, Mapping[str, DueHandler]]:
    if not house.mailboxes:
        return {}
    store, clock, settings = house.store, house.clock, house.settings
    collect = CollectBox(
        boxes=store.boxes,
        incomings=store.incomings,
        mailboxes=house.mailboxes,
        pseudonymiser=house.pseudonymiser,
        crypt=house.cipher,
        clock=clock,
        poll=timedelta(seconds=settings.ebox_poll_s),
    )
    take = TakeIncoming(
        incomings=store.incomings,
        requests=store.requests,
        replies=store.replies,
        attachments=store.attachments,
        files=house.files,
        mailboxes=house.mailboxes,
        forms=house.forms,
        crypt=house.cipher,
        announcer=house.announcer,
        clock=clock,
        unmatched_after=timedelta(seconds=settings.unmatched_after_s),
        unmatched_retry=timedelta(seconds=settings.unmatched_retry_s),
    )
    return {
        store.boxes.aggregates: {DueKind.COLLECT.value: collect},
        store.incomings.aggregates: {DueKind.TAKE.value: take},
    }


def _relay(house: House, part: AggregateCollection, doorbell: Doorbell) -> OutboxRelay:
    settings = house.settings
    ttl = timedelta(seconds=settings.relay_lease_s)
    kafka = settings.kafka(f"reply-hub-relay-{part.name}")
    return OutboxRelay(
        collection=part,
        make_producer=lambda: make_producer(kafka),
        lease=Lease(house.database["leases"], name=f"relay {part.name}", owner=house.instance, ttl=ttl),
        lease_ttl=ttl,
        doorbell=doorbell,
        topic_prefix=settings.kafka_topic_prefix,
    )


def _due_work(
    house: House, part: AggregateCollection, handlers: Mapping[str, DueHandler], doorbell: Doorbell
) -> DueWork:
    settings = house.settings
    return DueWork(
        collection=part,
        handlers=handlers,
        clock=house.clock,
        doorbell=doorbell,
        lease=timedelta(seconds=settings.due_lease_s),
        limit_per_destination=settings.due_limit_per_destination,
        stop_grace=settings.graceful_timeout,
    )


async def _sweep(house: House) -> None:
    """Look for uploads that nobody finished, again and again."""

    async def in_use(file_id: str) -> bool:
        return await house.store.attachments.find(file_id, scope=EVERY_TENANT) is not None

    sweeper = Sweeper(
        database=house.database,
        store=house.files,
        in_use=in_use,
        older_than=timedelta(seconds=house.settings.sweep_after_s),
    )
    while True:
        try:
            await sweeper.sweep()
        except PyMongoError as error:
            logs.get().warning("sweep_failed", error=type(error).__name__)
        await asyncio.sleep(house.settings.sweep_interval_s)
