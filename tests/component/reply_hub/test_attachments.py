"""Files of answers: taken in streamed, scanned before anybody gets them, swept where they were never finished."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.files import Sweeper
from chassis.tenancy import EVERY_TENANT

AGENCY = "agency:OVO002949"
PDF = b"%PDF-1.7 a page"

pytestmark = pytest.mark.servers


async def _answered_with_file(hub: Any, content: bytes = PDF) -> tuple[str, str]:
    request_id = await hub.consign()
    attachment_id = (await hub.upload(request_id, content)).json()["attachmentId"]
    response = await hub.submit(request_id, attachments=[attachment_id])
    assert response.status_code == 201, response.text
    assert response.json()["receipt"]["files"][0]["size"] == len(content)
    return response.json()["replyId"], attachment_id


async def test_a_clean_file_is_fetched_by_the_agency_and_nobody_else(hub: Any) -> None:
    reply_id, attachment_id = await _answered_with_file(hub)
    path = f"/replies/{reply_id}/attachments/{attachment_id}/content"
    early = await hub.call("GET", path, AGENCY)
    assert (early.status_code, early.json()["code"]) == (409, "NOT_SCANNED_YET")
    assert early.headers["retry-after"]
    await hub.work()
    fetched = await hub.call("GET", path, AGENCY)
    assert (fetched.status_code, fetched.content) == (200, PDF)
    assert fetched.headers["content-type"] == "application/pdf"
    assert (await hub.call("GET", path, "agency:OVO000001")).status_code == 404
    assert (await hub.call("GET", path, "person:85073003328")).status_code == 403
    [accepted] = await hub.told_of("accepted")
    assert accepted.data["attachments"][0]["url"].endswith(path)


async def test_while_the_scanner_is_away_the_receipt_is_there_and_the_verdict_waits(hub: Any) -> None:
    hub.scanner.away = True
    reply_id, _ = await _answered_with_file(hub)
    await hub.work()
    shown = await hub.reply(reply_id)
    assert (shown["status"], shown["attachments"][0]["scan"]) == ("VALIDATING", "WAITING")
    assert len(await hub.told_of("received")) == 1
    hub.scanner.away = False
    for _ in ("the scan", "the look after it"):
        hub.clock.advance(timedelta(minutes=10))
        await hub.work()
    assert (await hub.reply(reply_id))["status"] == "ACCEPTED"


async def test_an_infected_file_rejects_the_answer_and_is_given_to_nobody(hub: Any) -> None:
    reply_id, attachment_id = await _answered_with_file(hub, b"%PDF-1.7 EICAR")
    await hub.work()
    shown = await hub.reply(reply_id)
    assert (shown["status"], shown["rejection"]["reason"]) == ("REJECTED", "INFECTED_FILE")
    assert shown["rejection"]["faults"][0]["pointer"] == "/attachments/0"
    fetched = await hub.call("GET", f"/replies/{reply_id}/attachments/{attachment_id}/content", AGENCY)
    assert (fetched.status_code, fetched.json()["code"]) == (410, "FILE_INFECTED")


async def test_a_repeated_upload_is_one_file_and_another_one_is_refused(hub: Any) -> None:
    request_id = await hub.consign()
    first = await hub.upload(request_id, PDF, key="u1")
    again = await hub.upload(request_id, PDF, key="u1")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await hub.upload(request_id, b"%PDF-1.7 b", key="u1")
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await hub.house.database["attachments"].count_documents({}) == 1


async def test_a_file_that_was_never_sent_is_removed_after_its_time(hub: Any) -> None:
    request_id = await hub.consign()
    await hub.upload(request_id)
    hub.clock.advance(timedelta(days=31))
    await hub.work()
    assert await hub.house.database["attachments"].count_documents({}) == 0
    assert await hub.house.database["files.files"].count_documents({}) == 0


async def test_a_file_that_was_sent_stays(hub: Any) -> None:
    _, attachment_id = await _answered_with_file(hub)
    hub.clock.advance(timedelta(days=31))
    await hub.work()
    assert b"".join([block async for block in hub.house.files.read(attachment_id)]) == PDF


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"content": b""}, 422, "FILE_REFUSED"),
        ({"content": b"PK\x03\x04 zip"}, 422, "MEDIA_TYPE_MISMATCH"),
        ({"content": b"%PD"}, 422, "MEDIA_TYPE_MISMATCH"),
        ({"content": b"%PDF-" + b"x" * 2_000}, 413, "PAYLOAD_TOO_LARGE"),
        ({"slot": "geen"}, 422, "FILE_REFUSED"),
        ({"slot": "x" * 41}, 400, "INVALID_INPUT"),
        ({"headers": {"content-type": "image/png"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"headers": {"content-type": "nonsense"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"headers": {"x-file-name": "n" * 81}}, 400, "INVALID_INPUT"),
        ({"headers": {"x-file-name": "../../etc/passwd"}}, 400, "INVALID_INPUT"),
        ({"headers": {"x-file-name": "a%0Ab.pdf"}}, 400, "INVALID_INPUT"),
        ({"headers": {"x-file-name": ""}}, 400, "INVALID_INPUT"),
        ({"headers": {"idempotency-key": ""}}, 400, "MISSING_IDEMPOTENCY_KEY"),
        ({"token": "person:17073003384"}, 404, "NOT_FOUND"),
        ({"token": AGENCY}, 403, "FORBIDDEN"),
        ({"token": "forged"}, 401, "UNAUTHENTICATED"),
    ],
)
async def test_bad_uploads_are_refused_and_leave_nothing(
    hub: Any, change: dict[str, Any], status: int, code: str
) -> None:
    slots = [{"slot": "bewijs", "title": {"nl": "B"}, "maxBytes": 1000, "mediaTypes": ["application/pdf"]}]
    request_id = await hub.consign(attachmentSlots=slots)
    response = await hub.upload(request_id, change.pop("content", PDF), **change)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await _orphans(hub) == []
    assert await hub.house.database["uploads"].count_documents({}) == 0


async def test_an_upload_of_thirty_one_megabytes_is_refused_by_its_announcement(hub: Any) -> None:
    request_id = await hub.consign()
    response = await hub.upload(request_id, b"%PDF-", headers={"content-length": "31000000"})
    assert (response.status_code, response.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        (["unknown"], {"UNKNOWN_ATTACHMENT"}),
        (["mine", "mine"], {"FILE_TWICE"}),
        (["mine", "mine2", "mine3"], {"TOO_MANY_FILES"}),
        (["others"], {"UNKNOWN_ATTACHMENT"}),
        ([], {"FILE_MISSING"}),
    ],
)
async def test_files_that_do_not_fit_the_request_are_faults(hub: Any, files: list[str], codes: set[str]) -> None:
    slots = [
        {"slot": "bewijs", "title": {"nl": "B"}, "minFiles": 1, "maxFiles": 2, "mediaTypes": ["application/pdf"]}
    ]
    request_id = await hub.consign(attachmentSlots=slots)
    other = await hub.consign()
    ids = {
        "unknown": "0b5e7f2a-56e1-5ad3-9e3c-0d3b7a6d8a11",
        "others": (await hub.upload(other)).json()["attachmentId"],
        **{name: (await hub.upload(request_id)).json()["attachmentId"] for name in ("mine", "mine2", "mine3")},
    }
    response = await hub.submit(request_id, attachments=[ids[name] for name in files])
    assert response.status_code == 422
    assert codes <= {issue["code"] for issue in response.json()["issues"]}
    assert all(issue["pointer"].startswith("/attachments") for issue in response.json()["issues"])


async def _orphans(hub: Any) -> list[str]:
    async def in_use(file_id: str) -> bool:
        return await hub.house.store.attachments.find(file_id, scope=EVERY_TENANT) is not None

    found: list[str] = await Sweeper(database=hub.house.database, store=hub.house.files, in_use=in_use).orphans()
    return found
