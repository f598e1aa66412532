"""The human side, for tests and demonstrations: people who read and answer, and hands on the simulator's dials.

Boxes are named by an opaque id here, found by a POST: a person's number must not stand in a path.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import FileResponse

from dev.simulators.ebox import views
from dev.simulators.ebox.clock import parse_duration
from dev.simulators.ebox.faults import EboxFault, invalid_input
from dev.simulators.ebox.intake import read_idempotency_key, take_reply
from dev.simulators.ebox.registry_api import file_response
from dev.simulators.ebox.settings import BoxType
from dev.simulators.ebox.shapes import BoxName, ClockChange, RecipientChange
from dev.simulators.ebox.store import Box
from dev.simulators.ebox.world import WorldDep

router = APIRouter(prefix="/sim", tags=["Simulator"])


def _described(box: Box) -> dict[str, Any]:
    return {
        "boxId": box.box_id,
        "eboxType": box.type,
        "active": box.active,
        "everOpened": box.ever_opened,
        "exclusivelyEbox": box.exclusively,
    }


@router.post("/boxes/lookup")
async def look_up(name: BoxName, world: WorldDep) -> dict[str, Any]:
    """The opaque id of a party's box; the box is made where there was none."""
    return _described(world.registry.box_of(name.ebox_type, name.number))


@router.put("/recipients/{box_type}/{box_id}")
async def change_recipient(
    box_type: BoxType, box_id: str, change: RecipientChange, world: WorldDep
) -> dict[str, Any]:
    """Give or withdraw consent, open the box for the first time or never."""
    box = world.registry.box(box_type, box_id)
    if change.active is not None:
        box.active = change.active
    if change.exclusively_ebox is not None:
        box.exclusively = change.exclusively_ebox
    if change.ever_opened is not None:
        box.ever_opened = change.ever_opened
        box.last_connection = world.registry.clock.now() if change.ever_opened else None
    return _described(box)


@router.get("/eboxes/{box_type}/{box_id}/messages")
async def inbox(box_type: BoxType, box_id: str, world: WorldDep) -> list[dict[str, Any]]:
    """What the owner sees, most recent first."""
    box = world.registry.box(box_type, box_id)
    newest_first = sorted(box.messages.values(), key=lambda m: (m.receipt_date, m.sequence), reverse=True)
    return [views.shown(message, base=f"/sim/eboxes/{box_type}/{box_id}") for message in newest_first]


@router.post("/eboxes/{box_type}/{box_id}/messages/{message_id}/open")
async def open_message(box_type: BoxType, box_id: str, message_id: str, world: WorldDep) -> dict[str, Any]:
    """The owner opens the main content: readStatus becomes true, and the box has been opened."""
    box = world.registry.box(box_type, box_id)
    message = world.registry.message(box, message_id)
    message.read = box.ever_opened = True
    box.last_connection = world.registry.clock.now()
    return views.shown(message, base=f"/sim/eboxes/{box_type}/{box_id}")


@router.post("/eboxes/{box_type}/{box_id}/messages/{message_id}/replies", status_code=201)
async def reply(
    request: Request,
    box_type: BoxType,
    box_id: str,
    message_id: str,
    world: WorldDep,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> dict[str, Any]:
    """The owner answers: multipart with the JSON part businessData and files.

    businessData is {"businessDataList": [{"key", "values"}], "subject"?} or the bare list; a value is a text or
    {"nl": text}. The answer goes to the box of the organisation that sent the letter.
    """
    box = world.registry.box(box_type, box_id)
    original = world.registry.message(box, message_id)
    upload = await world.receive(request, json_name="businessData")
    try:
        answer = take_reply(world.registry, box, original, upload, key=read_idempotency_key(idempotency_key))
    except EboxFault:
        upload.discard()
        raise
    return {"messageId": answer.message_id, "receiptDate": answer.receipt_date.isoformat()}


@router.get("/eboxes/{box_type}/{box_id}/messages/{message_id}/attachments/{attachment_id}/content")
async def content(
    box_type: BoxType, box_id: str, message_id: str, attachment_id: str, world: WorldDep
) -> FileResponse:
    """A file's bytes. The main content's make the message read."""
    return file_response(world.registry, world.registry.box(box_type, box_id), message_id, attachment_id)


@router.get("/published")
async def published(world: WorldDep) -> list[dict[str, Any]]:
    """Every letter delivered, in order, with its idempotency key and how often it was attempted."""
    return [views.published(message) for message in world.registry.published]


@router.get("/clock")
async def clock(world: WorldDep) -> dict[str, str]:
    """The simulated now."""
    return {"now": world.registry.clock.now().isoformat()}


@router.post("/clock")
async def advance_clock(change: ClockChange, world: WorldDep) -> dict[str, str]:
    """Move the clock forward by an ISO 8601 duration."""
    try:
        world.registry.clock.advance(parse_duration(change.advance))
    except ValueError as error:
        raise invalid_input(str(error)) from None
    return await clock(world)


@router.post("/sequence/reset", status_code=204)
async def reset_sequence(world: WorldDep) -> None:
    """Number messages (sequenceNbr) from 1 again."""
    world.registry.reset_sequence()
