"""One command is one write: state, guard, events and due work together."""

from datetime import timedelta

import pytest
from tests.component.chassis_messaging.conftest import NOON, Things, outgoing

from chassis.due_item import DueItem
from chassis.mongo import OUTBOX_LIMIT, DuplicateAggregate, OutboxFull, VersionConflict
from chassis.outbox_record import from_record
from chassis.tenancy import EVERY_TENANT, TenantScope

pytestmark = pytest.mark.servers
OWN = TenantScope("OVO000001")


def item(item_id: str, *, after_s: float = 0) -> DueItem:
    """Something due."""
    return DueItem(id=item_id, kind="k", at=NOON + timedelta(seconds=after_s), destination="d")


async def test_inserted_aggregate_carries_its_events_and_due_work(things: Things) -> None:
    event = outgoing("made")
    await things.add("1", event, due=[item("i")])
    document = await things.aggregates.get("1", scope=OWN)
    assert document is not None
    assert document["version"] == 1
    assert [from_record(record) for record in document["outbox"]] == [event.event]
    assert [DueItem.from_document(stored) for stored in document["due"]] == [item("i")]
    assert {document["schema"], document["outbox"][0]["schema"], document["due"][0]["schema"]} == {1}


async def test_second_insert_of_an_id_changes_nothing(things: Things) -> None:
    await things.add("1", outgoing("made"))
    with pytest.raises(DuplicateAggregate):
        await things.add("1", outgoing("other"))
    document = await things.aggregates.get("1", scope=OWN)
    assert document is not None
    assert [record["type"] for record in document["outbox"]] == ["test.made"]


async def test_save_changes_tells_and_settles_in_one_write(things: Things) -> None:
    await things.add("1", outgoing("made"), due=[item("a"), item("b"), item("c")])
    version = await things.aggregates.save(
        "1",
        scope=OWN,
        version=1,
        set={"state": "$notAFieldPath", "nested.deep": [{"x": "$y"}]},
        unset=["created_at"],
        events=[outgoing("changed")],
        due_done=["a"],
        due_add=[item("b", after_s=60), item("d")],
    )
    document = await things.aggregates.get("1", scope=OWN)
    assert document is not None
    assert version == document["version"] == 2
    assert document["state"] == "$notAFieldPath"
    assert document["nested"] == {"deep": [{"x": "$y"}]}
    assert "created_at" not in document
    assert [record["type"] for record in document["outbox"]] == ["test.made", "test.changed"]
    assert [(due["id"], due["at"]) for due in document["due"]] == [
        ("c", NOON),
        ("b", NOON + timedelta(seconds=60)),
        ("d", NOON),
    ]


async def test_save_at_an_old_version_is_a_conflict_and_changes_nothing(things: Things) -> None:
    await things.add("1")
    await things.aggregates.save("1", scope=OWN, version=1, set={"state": "first"})
    with pytest.raises(VersionConflict):
        await things.aggregates.save("1", scope=OWN, version=1, set={"state": "second"}, events=[outgoing("late")])
    document = await things.aggregates.get("1", scope=OWN)
    assert document is not None
    assert (document["state"], document["version"], document["outbox"]) == ("first", 2, [])


async def test_foreign_tenant_neither_reads_nor_saves(things: Things) -> None:
    await things.add("1")
    foreign = TenantScope("OVO999999")
    assert await things.aggregates.get("1", scope=foreign) is None
    with pytest.raises(VersionConflict):
        await things.aggregates.save("1", scope=foreign, version=1, set={"state": "x"})


async def test_save_is_refused_when_too_many_events_would_wait(things: Things) -> None:
    await things.add("1", *(outgoing("e") for _ in range(OUTBOX_LIMIT - 1)))
    with pytest.raises(OutboxFull):
        await things.aggregates.save("1", scope=OWN, version=1, set={}, events=[outgoing("a"), outgoing("b")])
    assert await things.aggregates.save("1", scope=OWN, version=1, set={}, events=[outgoing("a")]) == 2
    with pytest.raises(OutboxFull):
        await things.aggregates.save("1", scope=OWN, version=2, set={}, events=[outgoing("b")])
    assert await things.aggregates.save("1", scope=OWN, version=2, set={"state": "silent"}) == 3


async def test_indexes_can_be_made_again(things: Things) -> None:
    await things.aggregates.ensure_indexes()
    names = [index["name"] async for index in await things.aggregates.collection.list_indexes()]
    assert sorted(names) == ["_id_", "due_when_where", "outbox_pending"]


async def test_finished_aggregates_are_in_no_index_of_the_chassis(things: Things) -> None:
    await things.add("1")
    waiting = things.aggregates.collection.find({"outbox.0.id": {"$exists": True}})
    plan = await waiting.hint("outbox_pending").explain()
    assert plan["executionStats"]["totalKeysExamined"] == 0


async def test_system_scope_reaches_every_tenant(things: Things) -> None:
    await things.add("1")
    assert await things.aggregates.get("1", scope=EVERY_TENANT) is not None
