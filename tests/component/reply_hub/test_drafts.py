"""Drafts: saved over the version that was seen, each person's own, forgotten with the accepted answer."""

from typing import Any

import pytest

PERSON = "person:85073003328"

pytestmark = pytest.mark.servers


async def _save(hub: Any, request_id: str, data: dict[str, Any], **headers: str) -> Any:
    body = {"data": data, "attachments": []}
    return await hub.call("PUT", f"/reply-requests/{request_id}/draft", PERSON, json=body, headers=headers)


async def _read(hub: Any, request_id: str, token: str = PERSON) -> Any:
    return await hub.call("GET", f"/reply-requests/{request_id}/draft", token)


async def test_a_draft_is_read_as_it_was_saved(hub: Any) -> None:
    request_id = await hub.consign()
    saved = await _save(hub, request_id, {"naam": "L", "partner": "85073003328"})
    assert (saved.status_code, saved.headers["etag"]) == (200, '"1"')
    read = await _read(hub, request_id)
    assert read.json()["data"] == {"naam": "L", "partner": "85073003328"}
    assert read.headers["etag"] == '"1"'
    assert "85073003328" not in str(await hub.house.database["drafts"].find_one({}))


async def test_a_draft_that_changed_meanwhile_is_not_overwritten(hub: Any) -> None:
    request_id = await hub.consign()
    await _save(hub, request_id, {"naam": "een"})
    await _save(hub, request_id, {"naam": "twee"}, **{"if-match": '"1"'})
    stale = await _save(hub, request_id, {"naam": "drie"}, **{"if-match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "PRECONDITION_FAILED")
    fresh = await _save(hub, request_id, {"naam": "nieuw"}, **{"if-none-match": "*"})
    assert fresh.status_code == 412
    assert (await _read(hub, request_id)).json()["data"] == {"naam": "twee"}


async def test_a_draft_goes_with_the_accepted_answer_and_stays_with_a_rejected_one(hub: Any) -> None:
    request_id = await hub.consign()
    await _save(hub, request_id, {"naam": "een"})
    attachment = (await hub.upload(request_id, b"%PDF-1.7 EICAR")).json()["attachmentId"]
    await hub.submit(request_id, attachments=[attachment])
    await hub.work()
    assert (await _read(hub, request_id)).status_code == 200
    await hub.submit(request_id)
    await hub.work()
    assert (await _read(hub, request_id)).status_code == 404


async def test_drafts_are_for_those_who_may_answer(hub: Any) -> None:
    request_id = await hub.consign()
    await _save(hub, request_id, {})
    assert (await _read(hub, request_id, "person:17073003384")).status_code == 404
    assert (await _read(hub, request_id, "agency:OVO002949")).status_code == 403


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({}, {}, 400, "INVALID_INPUT"),
        ({}, {"data": [], "attachments": []}, 400, "INVALID_INPUT"),
        ({}, {"data": {}, "vreemd": 1}, 400, "INVALID_INPUT"),
        ({}, {"data": {}, "attachments": [{"attachmentId": "x"}]}, 400, "INVALID_INPUT"),
        ({"if-match": "nonsense"}, {"data": {}}, 400, "INVALID_INPUT"),
        ({"if-none-match": '"1"'}, {"data": {}}, 400, "INVALID_INPUT"),
        ({"if-match": '"7"'}, {"data": {}}, 412, "PRECONDITION_FAILED"),
    ],
)
async def test_bad_drafts_are_refused(
    hub: Any, headers: dict[str, str], body: dict[str, Any], status: int, code: str
) -> None:
    request_id = await hub.consign()
    path = f"/reply-requests/{request_id}/draft"
    response = await hub.call("PUT", path, PERSON, json=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await hub.house.database["drafts"].count_documents({}) == 0
