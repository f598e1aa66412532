"""The simulated registry as its neighbours meet it: without our client between."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from dev.simulators.ebox import EboxSimulatorSettings, Person, create_app
from dev.simulators.ebox.clock import parse_duration
from dev.simulators.ebox.serving import served

INSZ = "85073003328"
AGENCY = "0316380841"
PDF = b"%PDF-1.7 simulated"


def message(**changes: Any) -> dict[str, Any]:
    """A valid messageToPublish with one file."""
    given: dict[str, Any] = {
        "recipient": {"eboxType": "citizen", "eboxIdValue": INSZ},
        "subject": {"nl": "Brief"},
        "messageTypeId": "brief",
        "senderOrganizationId": AGENCY,
        "senderApplicationId": "app",
        "attachments": [{"attachmentTitle": "Brief", "httpPartName": "f1", "mainContent": True}],
        "replyAuthorized": True,
    }
    return {**given, **changes}


def parts(body: Any, *files: tuple[str, bytes, str]) -> list[tuple[str, Any]]:
    """The JSON part first, then files."""
    listed: list[tuple[str, Any]] = [("messageToPublish", (None, json.dumps(body).encode(), "application/json"))]
    return listed + [(name, (f"{name}.pdf", content, kind)) for name, content, kind in files]


def kept(folder: Path) -> int:
    """How many files are in the folder; -1 where there is no folder."""
    return len(list(folder.iterdir())) if folder.exists() else -1


async def until_kept(folder: Path, count: int) -> None:
    for _ in range(500):
        if kept(folder) == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{kept(folder)} files after five seconds, not {count}")


async def publish(
    registry: httpx.AsyncClient, body: Any = None, *, content: bytes = PDF, key: str | None = None
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    files = parts(body or message(), ("f1", content, "application/pdf"))
    return await registry.post("/publishMessage", files=files, headers=headers)


async def box(registry: httpx.AsyncClient, box_type: str = "citizen", number: str = INSZ) -> str:
    found = await registry.post("/sim/boxes/lookup", json={"eboxType": box_type, "eboxIdValue": number})
    return f"/sim/eboxes/{box_type}/{found.json()['boxId']}"


async def inbox(registry: httpx.AsyncClient, *whose: str) -> list[dict[str, Any]]:
    return list((await registry.get(f"{await box(registry, *whose)}/messages")).json())


def code(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) >= {"id", "code", "message"}
    return answer.status_code, body["code"]


async def test_the_json_part_may_come_last(registry: httpx.AsyncClient) -> None:
    files = parts(message(), ("f1", PDF, "application/pdf"))
    answer = await registry.post("/publishMessage", files=files[::-1])
    assert answer.status_code == 201
    [shown] = await inbox(registry)
    got = await registry.get(shown["attachments"][0]["contentUrl"])
    assert got.content == PDF


async def test_both_generations_of_names_are_read(registry: httpx.AsyncClient) -> None:
    body = message(
        recipient={"eboxType": "citizen", "ssin": INSZ},
        isReplyAuthorized=True,
        attachments=[{"attachmentTitle": "t", "httpPartName": "f1", "isMainContent": True}],
    )
    del body["replyAuthorized"]
    assert (await publish(registry, body)).status_code == 201
    [shown] = await inbox(registry)
    assert shown["isReplyAuthorized"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"recipient": {"eboxType": "citizen", "eboxIdValue": "85073003329"}},
        {"recipient": {"eboxType": "martian", "eboxIdValue": INSZ}},
        {"subject": {}},
        {"subject": {"nl": "a", "fr": "b"}},
        {"subject": {"nl": "x" * 256}},
        {"senderOrganizationId": "OVO002949"},
        {"attachments": []},
        {"attachments": [{"attachmentTitle": "t", "httpPartName": "other", "mainContent": True}]},
        {"attachments": [{"attachmentTitle": "t", "httpPartName": "f1"}]},
        {"attachments": [{"attachmentTitle": "t", "httpPartName": f"f{n}", "mainContent": not n} for n in range(7)]},
        {"businessDataList": [{"key": "k", "values": [{"nl": "é" * 129}]}]},
        {"businessDataList": [{"key": "k", "values": [{"nl": "a", "fr": "b"}]}]},
    ],
)
async def test_invalid_input(registry: httpx.AsyncClient, folder: Path, change: dict[str, Any]) -> None:
    answer = await publish(registry, message(**change))
    assert code(answer) == (400, "INVALID_INPUT")
    assert INSZ not in answer.text
    assert "85073003329" not in answer.text
    assert kept(folder) == 0


async def test_other_refusals(registry: httpx.AsyncClient, folder: Path) -> None:
    digest = {"digestMethod": "sha_256", "digestValue": "A" * 43}
    wrong = [{"attachmentTitle": "t", "httpPartName": "f1", "mainContent": True, "digest": digest}]
    assert code(await publish(registry, message(attachments=wrong))) == (400, "DIGEST_DO_NOT_MATCH")
    png = await registry.post("/publishMessage", files=parts(message(), ("f1", b"PNG", "image/png")))
    assert code(png) == (400, "INVALID_INPUT")
    assert code(await registry.post("/publishMessage", json={})) == (415, "INVALID_INPUT")
    no_json = await registry.post("/publishMessage", files={"f1": ("a.pdf", PDF, "application/pdf")})
    assert code(no_json) == (400, "INVALID_INPUT")
    assert code(await publish(registry, content=b"x" * (32 * 1024 * 1024))) == (413, "INVALID_INPUT")
    assert code(await registry.get("/nowhere")) == (404, "NOT_FOUND")
    assert kept(folder) == 0


async def test_an_upload_cut_off_leaves_nothing(registry: httpx.AsyncClient, folder: Path) -> None:
    head = (
        b"POST /publishMessage HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\n"
        b"content-length: 100000\r\n\r\n--b\r\ncontent-disposition: form-data; name=f1\r\n\r\nhalf a file"
    )
    with socket.create_connection((registry.base_url.host, registry.base_url.port or 0)) as line:
        line.sendall(head)
        await until_kept(folder, 1)
    await until_kept(folder, 0)


async def test_a_key_used_twice_is_a_conflict_that_names_the_message(registry: httpx.AsyncClient) -> None:
    first = await publish(registry, key='"k-1"')
    again = await publish(registry, message(subject={"nl": "Anders"}), key="k-1")
    assert code(again) == (409, "DUPLICATE_IDEMPOTENCY_KEY")
    assert again.json()["messageId"] == first.json()["messageId"]
    [seen] = (await registry.get("/sim/published")).json()
    assert (seen["idempotencyKey"], seen["attempts"]) == ("k-1", 2)
    assert INSZ not in json.dumps(seen)


async def test_twenty_at_once_under_one_key_are_delivered_once(registry: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(publish(registry, key="k") for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert len(await inbox(registry)) == 1


async def test_without_consent_absent_and_never_opened_no_digital_user(registry: httpx.AsyncClient) -> None:
    query = {"eboxType": "CITIZEN", "eboxIdType": "SSIN", "eboxIdValueList": [INSZ, "17073003384"]}
    found = (await registry.post("/citizenEboxConsents/search", json=query)).json()
    assert [entry["eboxId"]["eboxIdValue"] for entry in found] == [INSZ]
    recipient = (await box(registry)).replace("/eboxes/", "/recipients/")
    await registry.put(recipient, json={"active": False})
    assert (await registry.post("/citizenEboxConsents/search", json=query)).json() == []
    assert (await publish(registry)).json()["code"] == "NO_DIGITAL_USER"
    await registry.put(recipient, json={"active": True, "everOpened": False})
    assert (await publish(registry)).json()["code"] == "NO_DIGITAL_USER"


async def test_preferences_of_enterprises(registry: httpx.AsyncClient) -> None:
    recipient = (await box(registry, "enterprise", "0206731645")).replace("/eboxes/", "/recipients/")
    await registry.put(recipient, json={"active": True, "exclusivelyEbox": True, "everOpened": True})
    query = {"eboxType": "ENTERPRISE", "eboxIdType": "EnterpriseNumber", "eboxIdValueList": ["0206731645", AGENCY]}
    [found] = (await registry.post("/eboxPreferences/search", json=query)).json()
    assert found["exclusivelyEbox"] is True
    assert "lastConnectionDate" in found


async def test_opening_or_fetching_the_main_content_makes_a_message_read(registry: httpx.AsyncClient) -> None:
    for _ in range(2):
        await publish(registry)
    first, second = await inbox(registry)
    await registry.post(f"{await box(registry)}/messages/{first['messageId']}/open")
    await registry.get(second["attachments"][0]["contentUrl"])
    assert [shown["readStatus"] for shown in await inbox(registry)] == [True, True]


async def answer(registry: httpx.AsyncClient, data: Any, *files: tuple[str, bytes, str]) -> httpx.Response:
    message_id = (await publish(registry)).json()["messageId"]
    body = [("businessData", (None, json.dumps(data).encode(), "application/json")), *parts(None, *files)[1:]]
    return await registry.post(f"{await box(registry)}/messages/{message_id}/replies", files=body)


async def test_an_answer_goes_to_the_senders_own_box(registry: httpx.AsyncClient) -> None:
    data = {"businessDataList": [{"key": "a", "values": ["1", {"fr": "2"}]}], "subject": "Antwoord"}
    sent = await answer(registry, data, ("f1", PDF, "application/pdf"), ("f2", b"x", "text/plain"))
    assert sent.status_code == 201
    own = {"On-Behalf-Of-Enterprise-Number": AGENCY}
    [listed] = (await registry.get("/ebox/messages", headers=own)).json()["items"]
    assert listed["messageId"] == sent.json()["messageId"]
    assert listed["sender"] == {"eboxType": "citizen", "ssin": INSZ}
    assert listed["businessDataList"] == [{"key": "a", "values": [{"nl": "1"}, {"fr": "2"}]}]
    files = (await registry.get(f"/ebox/messages/{listed['messageId']}/attachments", headers=own)).json()
    assert [file["size"] for file in files] == [len(PDF), 1]
    nobody = await registry.get("/ebox/messages")
    assert code(nobody) == (403, "FORBIDDEN")


@pytest.mark.parametrize("data", [[{"key": "a", "values": ["é" * 129]}], [{"values": []}], "text"])
async def test_an_answer_that_ebox_cannot_carry(registry: httpx.AsyncClient, data: Any) -> None:
    assert code(await answer(registry, data)) == (400, "INVALID_INPUT")


async def test_too_many_files_or_of_another_type(registry: httpx.AsyncClient) -> None:
    seven = [(f"f{n}", b"x", "text/plain") for n in range(7)]
    assert code(await answer(registry, [], *seven)) == (400, "INVALID_INPUT")
    assert code(await answer(registry, [], ("f", b"x", "image/png"))) == (400, "INVALID_INPUT")


async def test_a_message_that_wants_no_answer_gets_none(registry: httpx.AsyncClient) -> None:
    message_id = (await publish(registry, message(replyAuthorized=False))).json()["messageId"]
    refused = await registry.post(
        f"{await box(registry)}/messages/{message_id}/replies",
        files={"businessData": (None, b"[]", "application/json")},
    )
    assert code(refused) == (403, "REPLY_NOT_AUTHORIZED")


async def test_the_clock_goes_forward_and_stamps_messages(registry: httpx.AsyncClient) -> None:
    before = (await registry.get("/sim/clock")).json()["now"]
    after = (await registry.post("/sim/clock", json={"advance": "P2DT1H"})).json()["now"]
    assert before[:10] < after[:10]
    await publish(registry)
    [shown] = await inbox(registry)
    assert shown["receiptDate"] >= after
    assert code(await registry.post("/sim/clock", json={"advance": "-P1D"})) == (400, "INVALID_INPUT")


@pytest.mark.parametrize("text", ["", "P", "PT", "2D", "P1Y", "P-1D"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_duration(text)


async def test_pages(registry: httpx.AsyncClient) -> None:
    for _ in range(5):
        await publish(registry, message(recipient={"eboxType": "enterprise", "eboxIdValue": AGENCY}))
    own = {"On-Behalf-Of-Enterprise-Number": AGENCY}
    pages = [
        (await registry.get("/ebox/messages", headers=own, params={"page": n, "pageSize": 2})).json()
        for n in (1, 2, 3, 4)
    ]
    assert [len(page["items"]) for page in pages] == [2, 2, 1, 0]
    assert {page["total"] for page in pages} == {5}
    newest_first = [item["sequenceNbr"] for page in pages for item in page["items"]]
    assert newest_first == [5, 4, 3, 2, 1]
    too_many = await registry.get("/ebox/messages", headers=own, params={"pageSize": 101})
    assert code(too_many) == (400, "INVALID_INPUT")


async def test_tokens_are_looked_at_where_asked(guarded: httpx.AsyncClient) -> None:
    async def ask(authorization: str | None) -> httpx.Response:
        headers = {"authorization": authorization} if authorization else {}
        return await guarded.get("/ebox/messages", headers=headers)

    assert code(await ask(None)) == (401, "UNAUTHORIZED")
    assert code(await ask("Basic Z29vZA==")) == (401, "UNAUTHORIZED")
    assert code(await ask("Bearer bad")) == (401, "UNAUTHORIZED")
    assert code(await ask("Bearer scopeless")) == (403, "FORBIDDEN")
    assert (await ask("Bearer good")).json()["items"] == []
    assert (await guarded.get("/sim/published")).status_code == 200


async def test_only_opaque_ids_stand_in_paths(registry: httpx.AsyncClient) -> None:
    message_id = (await publish(registry)).json()["messageId"]
    [shown] = await inbox(registry)
    assert INSZ not in json.dumps(shown)
    assert INSZ not in await box(registry)
    status = [{"messageId": message_id, "eboxId": {"eboxType": "citizen", "eboxIdValue": INSZ}}]
    assert len((await registry.post("/searchMessageStatus", json=status)).json()) == 1
    assert code(await registry.get(f"/sim/eboxes/citizen/{INSZ}/messages")) == (404, "NOT_FOUND")


async def test_files_go_when_the_simulator_stops() -> None:
    app = create_app(EboxSimulatorSettings(people=(Person("citizen", INSZ),)))
    folder: Path = app.state.world.folder
    async with served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as http:
        await publish(http)
        assert kept(folder) == 1
    assert kept(folder) == -1
