"""A simulated eBox over the wire, with a wrapper that can spoil answers, and the client that talks to it.

HTTP clients load no certificates (0.1 s each, and everything is plain http here).
"""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.identifiers import Party, PartyType, Scheme
from dev.simulators.ebox import EboxSimulatorSettings, Person, create_app
from dev.simulators.ebox.serving import served
from mailboxes.ebox import EboxConfig, EboxMailbox
from mailboxes.models import LetterAttachment, LetterToPublish

AGENCY = "0316380841"
INSZ = "85073003328"
ENTERPRISE = "0206731645"


@dataclass
class Spoiler:
    """An ASGI app around another. Each request takes the next plan, if there is one.

    A plan is a status with headers and body, sent instead of asking the app; or "cut", which asks the app and then
    breaks off in the middle of the answer; or "silent", which lets the client wait until it gives up.
    """

    app: Any
    plans: list[Any] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.requests.append(scope["path"])
        plan = self.plans.pop(0) if self.plans else None
        if plan is None:
            await self.app(scope, receive, send)
        elif plan == "silent":
            while (await receive())["type"] != "http.disconnect":
                pass
        elif plan == "cut":
            await self.app(scope, receive, _swallow)
            await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"100")]})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
        else:
            while (await receive()).get("more_body"):
                pass
            status, headers, body = plan
            pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
            pairs.append((b"content-length", str(len(body)).encode()))
            await send({"type": "http.response.start", "status": status, "headers": pairs})
            await send({"type": "http.response.body", "body": body})


async def _swallow(_: Any) -> None:
    pass


class Switches:
    """Misbehaviours of content, switched by a test."""

    def __init__(self) -> None:
        self.on: set[str] = set()

    def active(self, name: str) -> bool:
        return name in self.on


@dataclass
class Simulated:
    """The simulator as a test sees it."""

    url: str
    spoiler: Spoiler
    switches: Switches
    http: httpx.AsyncClient

    async def box(self, box_type: str, number: str) -> str:
        found = await self.http.post("/sim/boxes/lookup", json={"eboxType": box_type, "eboxIdValue": number})
        return f"{box_type}/{found.json()['boxId']}"

    async def inbox(self, box_type: str, number: str) -> list[dict[str, Any]]:
        found = await self.http.get(f"/sim/eboxes/{await self.box(box_type, number)}/messages")
        return list(found.json())

    async def reply(
        self, message_id: str, data: list[dict[str, Any]], *, files: dict[str, Any] | None = None, by: str = INSZ
    ) -> httpx.Response:
        box = await self.box("citizen", by)
        parts = {"businessData": (None, json.dumps(data).encode(), "application/json"), **(files or {})}
        return await self.http.post(f"/sim/eboxes/{box}/messages/{message_id}/replies", files=parts)

    async def delivered(self) -> list[dict[str, Any]]:
        return list((await self.http.get("/sim/published")).json())


async def _token() -> str:
    return "a-token"


@pytest.fixture
async def simulated() -> AsyncIterator[Simulated]:
    switches = Switches()
    people = (Person("citizen", INSZ), Person("enterprise", ENTERPRISE, exclusively=True))
    settings = EboxSimulatorSettings(people=people, senders=frozenset({AGENCY, "0406798006"}))
    spoiler = Spoiler(create_app(settings, misbehaviours=switches))
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(spoiler))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, trust_env=False, verify=False))
        yield Simulated(url, spoiler, switches, http)


@pytest.fixture
async def make_ebox(simulated: Simulated) -> AsyncIterator[Callable[..., EboxMailbox]]:
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:

        def make(
            *, page_size: int = 100, url: str = simulated.url, tokens: Any = _token, patience: float = 5, **more: Any
        ) -> EboxMailbox:
            http.timeout = httpx.Timeout(patience)
            config = EboxConfig(
                registry_url=url, federation_url=url, page_size=page_size, overlap=timedelta(seconds=0), **more
            )
            return EboxMailbox(http, tokens, config)

        yield make


@pytest.fixture
def ebox(make_ebox: Callable[..., EboxMailbox]) -> EboxMailbox:
    return make_ebox()


@pytest.fixture
def citizen() -> Party:
    return Party(PartyType.CITIZEN, Scheme.INSZ, INSZ)


@pytest.fixture
def enterprise() -> Party:
    return Party(PartyType.ENTERPRISE, Scheme.KBO, ENTERPRISE)


@pytest.fixture
def make_file() -> Callable[..., LetterAttachment]:
    def make(data: bytes = b"%PDF-1.7 letter", **changes: Any) -> LetterAttachment:
        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(data), 65_536):
                yield data[start : start + 65_536]

        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        given: dict[str, Any] = {
            "http_part_name": "upfile1",
            "file_name": "brief.pdf",
            "title": "Brief",
            "media_type": "application/pdf",
            "size": len(data),
            "sha256": digest,
            "is_main_content": True,
            "content": pieces,
        }
        return LetterAttachment(**{**given, **changes})

    return make


@pytest.fixture
def make_letter(citizen: Party, make_file: Callable[..., LetterAttachment]) -> Callable[..., LetterToPublish]:
    def make(message_id: str = "0197-letter-1", **changes: Any) -> LetterToPublish:
        given: dict[str, Any] = {
            "message_id": message_id,
            "recipient": citizen,
            "sender_organization_id": AGENCY,
            "sender_application_id": "antwoordhub",
            "message_type_id": "antwoordhub-brief",
            "language": "nl",
            "subject": "Wij hebben bijkomende gegevens nodig",
            "attachments": (make_file(),),
            "reply_authorized": True,
        }
        return LetterToPublish(**{**given, **changes})

    return make
