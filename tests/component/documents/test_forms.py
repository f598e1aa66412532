"""Forms that are registered once and referred to by letters."""

from typing import Any

import pytest

from dev.demo.letters import FORM, KEYS

pytestmark = pytest.mark.servers
LABELS = {"nl": "Gegevens", "fr": "Données", "de": "Daten", "en": "Data"}
BODY = {"labels": LABELS, "jsonSchema": FORM, "businessDataKeys": KEYS}


async def _register(documents: Any, version: int = 1, body: Any = BODY, **arguments: Any) -> Any:
    return await documents.call("PUT", f"/forms/toelage/versions/{version}", json=body, **arguments)


async def test_a_version_is_registered_once_and_never_changes(documents: Any) -> None:
    assert (await _register(documents)).status_code == 201
    assert (await _register(documents)).status_code == 200
    other = await _register(documents, body={**BODY, "labels": {"nl": "Anders"}})
    assert (other.status_code, other.json()["code"]) == (409, "FORM_VERSION_TAKEN")
    shown = (await documents.call("GET", "/forms/toelage/versions/1")).json()
    assert (shown["labels"], shown["jsonSchema"], shown["businessDataKeys"]) == (LABELS, FORM, KEYS)


async def test_each_organisation_has_names_of_its_own(documents: Any) -> None:
    await _register(documents)
    other = {**BODY, "labels": {"nl": "Anders"}}
    assert (await _register(documents, body=other, tenant="OVO001835")).status_code == 201
    assert (await documents.call("GET", "/forms/toelage/versions/1")).json()["labels"] == LABELS
    assert (await documents.call("GET", "/forms/toelage/versions/2", tenant="OVO001835")).status_code == 404


async def test_a_letter_refers_to_a_registered_form(documents: Any) -> None:
    await _register(documents)
    body = documents.letter()
    body["replyRequest"]["form"] = {"formId": "toelage", "version": 1}
    assert (await documents.push(body)).status_code == 201
    await documents.work()
    [event] = await documents.told()
    form = event.data["replyRequest"]["form"]
    assert (form["formId"], form["version"], form["jsonSchema"]) == ("toelage", 1, FORM)
    assert form["url"] == "http://documents.test/api/v1/forms/toelage/versions/1"


async def test_a_form_that_came_with_a_letter_can_be_read_under_its_url(documents: Any) -> None:
    await documents.accepted()
    await documents.accepted(dossier="D-2")
    await documents.work()
    urls = {event.data["replyRequest"]["form"]["url"] for event in await documents.told()}
    assert len(urls) == 1, "equal content is the same form"
    path = urls.pop().removeprefix("http://documents.test/api/v1")
    assert (await documents.call("GET", path)).json()["jsonSchema"] == FORM


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/forms/toelage/versions/1", {**BODY, "labels": {"fr": "Données"}}, 400, "INVALID_INPUT"),
        ("/forms/toelage/versions/1", {**BODY, "labels": {"nl": ""}}, 400, "INVALID_INPUT"),
        ("/forms/toelage/versions/1", {"labels": LABELS}, 400, "INVALID_INPUT"),
        ("/forms/toelage/versions/1", {**BODY, "jsonSchema": {"type": "array"}}, 422, "INVALID_FORM"),
        ("/forms/toelage/versions/1", {**BODY, "extra": 1}, 400, "INVALID_INPUT"),
        ("/forms/toelage/versions/0", BODY, 400, "INVALID_INPUT"),
        ("/forms/toelage/versions/x", BODY, 400, "INVALID_INPUT"),
        ("/forms/inline-abc/versions/1", BODY, 400, "INVALID_INPUT"),
        (f"/forms/{'x' * 101}/versions/1", BODY, 400, "INVALID_INPUT"),
    ],
)
async def test_wrong_forms_are_refused(documents: Any, path: str, body: Any, status: int, code: str) -> None:
    response = await documents.call("PUT", path, json=body)
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert await documents.house.database["forms"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("method", "path", "arguments", "status"),
    [
        ("GET", "/messages", {"params": {"limit": 0}}, 400),
        ("GET", "/messages", {"params": {"limit": 201}}, 400),
        ("GET", "/messages", {"params": {"status": "LOST"}}, 400),
        ("GET", "/messages", {"params": {"after": "x" * 65}}, 400),
        ("GET", "/messages/none", {}, 404),
        ("GET", f"/messages/{'x' * 65}", {}, 400),
        ("GET", "/messages/none/attachments/none/content", {}, 404),
        ("GET", "/messages/none/confidential-prefill", {}, 404),
        ("POST", "/searchMessageStatus", {"json": []}, 400),
        ("POST", "/searchMessageStatus", {"json": {}}, 400),
        ("POST", "/searchMessageStatus", {"json": [{"messageId": "a"}] * 101}, 400),
        ("POST", "/searchMessageStatus", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ("DELETE", "/messages", {}, 405),
        ("GET", "/nothing", {}, 404),
    ],
)
async def test_wrong_questions_are_refused_as_problems(
    documents: Any, method: str, path: str, arguments: dict[str, Any], status: int
) -> None:
    response = await documents.call(method, path, **arguments)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"]
