"""A caller is known, and a size refused, before a byte of the body is read; what is cut off leaves nothing."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from pymongo import AsyncMongoClient

from chassis.files import GridFsFileStore, Sweeper
from dev.demo.story import Played
from dev.house.clients import eventually
from dev.house.house import House, token

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

POSTS = [
    ("documents", "/api/v1/messages"),
    ("reply-hub", "/api/v1/replies"),
    ("dossier-router", "/api/v1/subscriptions"),
]
WRONG: list[tuple[str, Mapping[str, Any] | None]] = [
    ("missing", None),
    ("expired", {"expiresIn": -60}),
    ("other issuer", {"issuer": "https://elders.example"}),
    ("other audience", {"audience": "elders"}),
    ("alg none", {"signature": "none"}),
    ("HS256 with the public key", {"signature": "hs256_public"}),
    ("other key", {"signature": "other_key"}),
    ("unknown key", {"signature": "unknown_kid"}),
    ("broken signature", {"signature": "broken"}),
    ("no expiry", {"claims": {"exp": None}}),
    ("not yet", {"claims": {"nbf": 4_000_000_000}}),
]


async def _answer_to_headers(url: str, path: str, headers: Mapping[str, str], *, announced: int) -> tuple[int, bytes]:
    """Send the head of a POST that announces a body, and none of the body; the status and head of the answer."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = {"host": host, "content-length": str(announced), "content-type": "application/json", **headers}
    try:
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        writer.write("\r\n".join(lines).encode())
        await writer.drain()
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        return int(answer.split()[1]), answer
    finally:
        writer.close()


async def _minted(house: House, service: str, wanted: Mapping[str, Any]) -> str:
    body = {"client": "agency-a", "audience": service, **wanted}
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{house.url('identity-provider')}/sim/tokens", json=body)
    return str(answer.raise_for_status().json()["access_token"])


@pytest.mark.parametrize(("service", "path"), POSTS)
@pytest.mark.parametrize(("fault", "wanted"), WRONG, ids=[fault for fault, _ in WRONG])
async def test_a_wrong_token_is_refused_before_the_body_is_read(
    house: House, service: str, path: str, fault: str, wanted: Mapping[str, Any] | None
) -> None:
    headers = {"x-correlation-id": "c", "idempotency-key": "k"}
    if wanted is not None:
        headers["authorization"] = f"Bearer {await _minted(house, service, wanted)}"
    status, _ = await _answer_to_headers(house.url(service), path, headers, announced=10_000)
    assert status == 401


@pytest.mark.parametrize(("service", "path"), POSTS)
async def test_a_size_that_is_too_large_is_refused_before_the_body_is_read(
    house: House, service: str, path: str
) -> None:
    bearer = await _minted(house, service, {"scope": "msg_msg_v1_P rply_reply_v1_P dssr_filing_v1_P"})
    headers = {"authorization": f"Bearer {bearer}", "x-correlation-id": "c", "idempotency-key": "k"}
    status, _ = await _answer_to_headers(house.url(service), path, headers, announced=100_000_000)
    assert status == 413


async def test_keys_rotate_without_a_restart(house: House, played: Played) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        old = await token(house, "agency-a", audience="documents")
        headers = {"x-correlation-id": "c", "authorization": f"Bearer {old}"}
        assert (await http.get(f"{house.url('documents')}/api/v1/messages", headers=headers)).status_code == 200
        await http.post(f"{house.url('identity-provider')}/sim/keys/rotate", json={"keepOld": True})
        new = await token(house, "agency-a", audience="documents")

        async def look() -> bool | None:
            answers = [
                await http.get(
                    f"{house.url('documents')}/api/v1/messages",
                    headers={"x-correlation-id": "c", "authorization": f"Bearer {bearer}"},
                )
                for bearer in (old, new)
            ]
            return True if [answer.status_code for answer in answers] == [200, 200] else None

        await eventually("both tokens are taken", look, timeout_s=15)


LETTER_CUT_OFF = (
    b'--b\r\ncontent-disposition: form-data; name="messageToPublish"\r\n\r\n{}\r\n'
    b'--b\r\ncontent-disposition: form-data; name="upfile1"; filename="a.pdf"\r\n'
    b"content-type: application/pdf\r\n\r\n%PDF-1.7 "
) + bytes(600_000)


async def _cut_off(url: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
    """Announce five megabytes, send fewer, and go away."""
    host, port = url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = {"host": host, "x-correlation-id": "c", "idempotency-key": "cut-off", "content-length": "5000000"}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**head, **headers}.items()), "", ""]
    writer.write("\r\n".join(lines).encode() + body)
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.transport.abort()


async def _nothing_is_left(house: House, database: str, collection: str, field: str) -> None:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(house.stack.mongodb)
    try:
        stored = client[f"{house.name}_{database}"]

        async def in_use(file_id: str) -> bool:
            return await stored[collection].find_one({field: file_id}) is not None

        async def look() -> bool | None:
            return True if await stored["uploads"].count_documents({}) == 0 else None

        await eventually("nothing of it is left", look, timeout_s=15)
        assert await Sweeper(database=stored, store=GridFsFileStore(stored), in_use=in_use).orphans() == []
    finally:
        await client.close()


async def test_a_letter_that_is_cut_off_leaves_no_file(house: House, played: Played) -> None:
    bearer = await _minted(house, "documents", {})
    headers = {"authorization": f"Bearer {bearer}", "content-type": "multipart/form-data; boundary=b"}
    await _cut_off(house.url("documents"), "/api/v1/messages", headers, LETTER_CUT_OFF)
    await _nothing_is_left(house, "documents", "messages", "attachments.attachment_id")


async def test_an_answers_file_that_is_cut_off_leaves_no_file(house: House, played: Played) -> None:
    # The letter whose answer broke the form: its request is open still.
    request_id = played.cast.letters[2].request_id
    bearer = await token(house, "mijn-burgerprofiel", audience="reply-hub", person="an-peeters")
    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/pdf", "x-file-name": "a.pdf"}
    path = f"/api/v1/reply-requests/{request_id}/attachments?slot=huurcontract"
    await _cut_off(house.url("reply-hub"), path, headers, b"%PDF-1.7 " + bytes(600_000))
    await _nothing_is_left(house, "reply_hub", "attachments", "_id")
