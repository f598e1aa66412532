"""The registry's own paths: Document Sender, federation service, and Document Consumer of an own box."""

import hashlib
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import FileResponse

from contracts.identifiers import InvalidIdentifier, parse_kbo
from dev.simulators.ebox import views
from dev.simulators.ebox.faults import EboxFault
from dev.simulators.ebox.intake import read_idempotency_key, take_publication
from dev.simulators.ebox.settings import Caller, Misbehaviours, Verifier
from dev.simulators.ebox.shapes import BoxesToSearch, StatusToSearch
from dev.simulators.ebox.store import Box, Registry, second_id
from dev.simulators.ebox.world import WorldDep


async def authenticated(
    world: WorldDep, authorization: Annotated[str | None, Header(include_in_schema=False)] = None
) -> Caller | None:
    """The caller, or None where tokens are not checked.

    Raises:
        EboxFault: 401 without a good token, 403 without the scope.
    """
    if world.verifier is None:
        return None
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise EboxFault(401, "UNAUTHORIZED", "a bearer token is wanted")
    caller = await _verified(world.verifier, token.strip())
    scope = world.settings.required_scope
    if scope is not None and scope not in caller.scopes:
        raise EboxFault(403, "FORBIDDEN", f"scope {scope} is wanted")
    return caller


async def _verified(verifier: Verifier, token: str) -> Caller:
    try:
        return await verifier.verify(token)
    except Exception as error:
        raise EboxFault(401, "UNAUTHORIZED", "the token is not accepted") from error


CallerDep = Annotated[Caller | None, Depends(authenticated)]


async def own_box(
    world: WorldDep,
    caller: CallerDep,
    on_behalf_of: Annotated[str | None, Header(alias="On-Behalf-Of-Enterprise-Number")] = None,
) -> Box:
    """The enterprise's box that is read: a service provider names it, else it is the token's.

    Raises:
        EboxFault: 403, no enterprise is named.
    """
    organization = on_behalf_of or (caller.organization if caller else None) or ""
    try:
        return world.registry.box_of("enterprise", parse_kbo(organization))
    except InvalidIdentifier:
        raise EboxFault(403, "FORBIDDEN", "no enterprise number is named") from None


OwnBoxDep = Annotated[Box, Depends(own_box)]
router = APIRouter(tags=["Message Registry"], dependencies=[Depends(authenticated)])


@router.post("/publishMessage", status_code=201)
async def publish(
    request: Request,
    world: WorldDep,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> dict[str, Any]:
    """Take a letter: multipart with the JSON part messageToPublish and files, in any order."""
    upload = await world.receive(request, json_name="messageToPublish")
    try:
        key = read_idempotency_key(idempotency_key)
        message = take_publication(world.registry, upload, key=key, senders=world.settings.senders)
    except EboxFault:
        upload.discard()
        raise
    answer = {"messageId": message.message_id, "expirationDate": message.expiration_date.isoformat()}
    if not message.box.active or not message.box.ever_opened:
        answer |= {"code": "NO_DIGITAL_USER", "message": "the recipient never opened an eBox"}
    return answer


@router.post("/searchMessageStatus")
async def search_message_status(queries: list[StatusToSearch], world: WorldDep) -> list[dict[str, Any]]:
    """How letters fare; unknown ones are absent."""
    found = []
    for query in queries:
        box = world.registry.box_of(query.ebox_id.ebox_type, query.ebox_id.number)
        message = box.messages.get(query.message_id)
        if message:
            found.append(
                {
                    "messageId": message.message_id,
                    "eboxId": {"eboxType": box.type, "eboxIdValue": box.number},
                    "expirationDate": message.expiration_date.isoformat(),
                    "readStatus": message.read,
                    "visible": message.visible,
                }
            )
    return found


@router.post("/eboxPreferences/search", tags=["Federation"])
async def search_preferences(query: BoxesToSearch, world: WorldDep) -> list[dict[str, Any]]:
    """Enterprises with a box; others are absent."""
    return [_preference(box) for box in world.registry.known("enterprise", query.ebox_id_value_list)]


@router.post("/citizenEboxConsents/search", tags=["Federation"])
async def search_consents(query: BoxesToSearch, world: WorldDep) -> list[dict[str, Any]]:
    """Citizens who accepted the terms; others are absent. The shape is assumed to be that of preferences."""
    boxes = world.registry.known("citizen", query.ebox_id_value_list)
    return [{"eboxId": {"eboxType": box.type, "eboxIdValue": box.number}} for box in boxes]


def _preference(box: Box) -> dict[str, Any]:
    preference: dict[str, Any] = {
        "eboxId": {"eboxType": box.type, "eboxIdValue": box.number},
        "exclusivelyEbox": box.exclusively,
    }
    if box.last_connection:
        preference["lastConnectionDate"] = box.last_connection.isoformat()
    return preference


@router.get("/ebox/messages")
async def list_messages(
    box: OwnBoxDep,
    world: WorldDep,
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100, alias="pageSize")] = 25,
    received_after: Annotated[datetime | None, Query(alias="receivedAfter")] = None,
) -> dict[str, Any]:
    """An enterprise's messages, most recent first."""
    entries = _listing(box, received_after, world.misbehaviours)
    start = (page - 1) * page_size
    items = entries[start : start + page_size]
    return {"items": items, "total": len(entries), "page": page, "pageSize": page_size}


def _listing(box: Box, received_after: datetime | None, misbehaviours: Misbehaviours) -> list[dict[str, Any]]:
    wanted = (m for m in box.messages.values() if received_after is None or m.receipt_date > received_after)
    newest_first = sorted(wanted, key=lambda m: (m.receipt_date, m.sequence), reverse=True)
    if misbehaviours.active("out_of_order"):
        # One shuffled order for all pages of a walk: by a hash, not by chance.
        newest_first.sort(key=lambda m: hashlib.sha256(m.message_id.encode()).digest())
    same_again = misbehaviours.active("duplicate")
    other_id_again = misbehaviours.active("duplicate_new_id")
    entries = []
    for message in newest_first:
        entries.append(views.listed(message, message.message_id))
        if same_again:
            entries.append(views.listed(message, message.message_id))
        if other_id_again:
            entries.append(views.listed(message, second_id(message.message_id)))
    return entries


@router.get("/ebox/messages/{message_id}/attachments")
async def list_attachments(box: OwnBoxDep, world: WorldDep, message_id: str) -> list[dict[str, Any]]:
    """The files of a message."""
    return [views.attachment(item) for item in world.registry.message(box, message_id).attachments]


@router.get("/ebox/messages/{message_id}/attachments/{attachment_id}/content")
async def attachment_content(box: OwnBoxDep, world: WorldDep, message_id: str, attachment_id: str) -> FileResponse:
    """A file's bytes."""
    return file_response(world.registry, box, message_id, attachment_id)


def file_response(registry: Registry, box: Box, message_id: str, attachment_id: str) -> FileResponse:
    """The bytes of a file in a box; reading the main content makes the message read."""
    message = registry.message(box, message_id)
    item = message.attachment(attachment_id)
    message.read = message.read or item.main_content
    return FileResponse(item.file.path, media_type=item.file.media_type)
