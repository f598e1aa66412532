"""Who takes part in the story, each with a token of their own, and what they find when they look."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx
import orjson

from chassis.ids import derived_id
from dev.demo.letters import BRON, BRON_PREMIES, annex_pdf, letter, letter_pdf
from dev.house.clients import Agency, Caller, Json, Person, eventually
from dev.house.house import SENDER, House, token
from dev.simulators.identity_provider.people import AGENCY
from documents.domain.message import Kind

CITIZEN: Final = "85073003328"
SOMEBODY_ELSE: Final = "noor-claes"
OTHER_CITIZEN_NUMBERS: Final = ("17073003384", "98472899765")
NUMBERS: Final = (CITIZEN, *OTHER_CITIZEN_NUMBERS)
"""National numbers that the story's traffic may show in mailboxes and tokens, and nowhere else."""


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter of the story. `message_id` is the hub's."""

    dossier_nummer: str
    message_id: str
    request_id: str


@dataclass(slots=True, kw_only=True)
class Cast:
    """The people and systems of the story."""

    house: House
    http: httpx.AsyncClient
    agency: Agency
    hub_of_agency: Caller
    case_system: Caller
    operator: Mapping[str, Caller]
    person: Person
    stranger: Person
    box: str
    moment: str = field(default_factory=lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    run: str = field(default_factory=lambda: uuid4().hex[:6])
    annex: bytes = field(default_factory=annex_pdf)
    letters: list[SentLetter] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)

    @classmethod
    async def gather(cls, house: House, http: httpx.AsyncClient) -> "Cast":
        """Get everybody a token."""

        async def caller(service: str, client: str, person: str | None = None) -> Caller:
            return Caller(http, house.url(service), await token(house, client, audience=service, person=person))

        owner = {"eboxType": "citizen", "eboxIdValue": CITIZEN}
        box = (await http.post(f"{house.url('ebox')}/sim/boxes/lookup", json=owner)).raise_for_status().json()
        return cls(
            house=house,
            http=http,
            agency=Agency(await caller("documents", "agency-a")),
            hub_of_agency=await caller("reply-hub", "agency-a"),
            case_system=await caller("dossier-router", "case-system-a"),
            operator={name: await caller(name, "operator") for name in ("documents", "reply-hub", "dossier-router")},
            person=Person(await caller("reply-hub", "mijn-burgerprofiel", "an-peeters")),
            stranger=Person(await caller("reply-hub", "mijn-burgerprofiel", SOMEBODY_ELSE)),
            box=f"{house.url('ebox')}/sim/eboxes/citizen/{box['boxId']}",
        )

    async def settle_in(self) -> None:
        """An operator registers the bronnen; the case system subscribes to the filings of each."""
        router = self.operator["dossier-router"]
        for bron, name in ((BRON, "toelagen"), (BRON_PREMIES, "premies")):
            registration = {"bron": bron, "organization": AGENCY}
            await router.call("POST", "/api/v1/bronnen", json=registration, expect=201)
            wanted = {"name": name, "url": f"{self.house.url('case-system')}/webhooks/{name}", "bronnen": [bron]}
            made = await self.case_system.call("POST", "/api/v1/subscriptions", json=wanted, expect=201)
            secret = {"secret": made.json()["secret"]}
            kept = await self.http.put(f"{self.house.url('case-system')}/sim/subscriptions/{name}", json=secret)
            kept.raise_for_status()

    async def tell_phase(self, dossier_nummer: str, fase: str, version: int, *, bron: str = BRON) -> None:
        """The case system says in which phase a dossier is."""
        phase = {
            "bron": bron,
            "dossierNummer": dossier_nummer,
            "fase": fase,
            "version": version,
            "datumModificatie": self.moment,
        }
        await self.case_system.call("PUT", "/api/v1/dossiers", json=phase)

    async def send(self, dossier: str, *, bron: str = BRON, **options: Any) -> SentLetter:
        """The agency pushes a letter for a dossier that is in `Behandeling`."""
        number = f"{dossier}-{self.run}"
        await self.tell_phase(number, "Behandeling", 1, bron=bron)
        pdf = letter_pdf(number)
        body = letter(citizen=CITIZEN, sender=SENDER, dossier_nummer=number, pdf=pdf, bron=bron, **options)
        pushed = await self.agency.push(body, {"upfile1": pdf})
        sent = SentLetter(number, pushed["messageId"], pushed["replyRequestId"])
        self.letters.append(sent)
        return sent

    async def opened(self, sent: SentLetter) -> Json:
        """The request, once it can be answered."""

        async def look() -> Json | None:
            answer = await self.person.reply_hub.call(
                "GET", f"/api/v1/reply-requests/{sent.request_id}", expect=[200, 404]
            )
            return dict(answer.json()) if answer.status_code == httpx.codes.OK else None

        return await eventually("the request opens", look)

    async def inbox(self) -> list[Json]:
        """What lies in the citizen's box."""
        return list((await self.http.get(f"{self.box}/messages")).raise_for_status().json())

    async def published(self) -> list[Json]:
        """Every letter that eBox took from the hub."""
        return list((await self.http.get(f"{self.house.url('ebox')}/sim/published")).raise_for_status().json())

    async def notice(self, kind: Kind, reply_id: str) -> Json | None:
        """What the mailbox says about an answer; the hub's id of it derives from the answer's."""
        wanted = derived_id(reply_id, kind.value)
        found = [message for message in await self.published() if message["idempotencyKey"].strip('"') == wanted]
        return await self.in_box(found[0]["messageId"]) if found else None

    async def in_box(self, mailbox_message_id: str) -> Json:
        """A message of the box."""
        return next(message for message in await self.inbox() if message["messageId"] == mailbox_message_id)

    async def answer_in_box(self, mailbox_message_id: str, data: Mapping[str, Any], keys: Mapping[str, str]) -> str:
        """The citizen answers inside the mailbox, with an annex of two megabytes; returns eBox's id of the answer."""
        values = [
            {"key": key, "values": [str(data[pointer[1:]])]} for key, pointer in keys.items() if pointer[1:] in data
        ]
        parts = {
            "businessData": ("data.json", orjson.dumps({"businessDataList": values}), "application/json"),
            "upfile1": ("huurcontract.pdf", self.annex, "application/pdf"),
        }
        answer = await self.http.post(
            f"{self.box}/messages/{mailbox_message_id}/replies",
            files=parts,
            headers={"idempotency-key": str(uuid4())},
        )
        return str(answer.raise_for_status().json()["messageId"])

    async def answer(self, sent: SentLetter, data: Json, *, key: str | None = None) -> str:
        """The citizen answers through the API, with an annex; returns the answer's id."""
        attachment = await self.person.upload(sent.request_id, "huurcontract", self.annex, "huurcontract.pdf")
        response = await self.person.answer(sent.request_id, data, [attachment], key=key)
        self.answered.add(response.json()["replyId"])
        return str(response.json()["replyId"])

    async def reply(self, reply_id: str) -> Json:
        """An answer as the agency sees it."""
        return await self.hub_of_agency.get(f"/api/v1/replies/{reply_id}")

    async def reply_when(self, reply_id: str, *steps: str, timeout_s: float = 30) -> Json:
        """An answer, once its course holds all of these steps."""

        async def look() -> Json | None:
            reply = await self.reply(reply_id)
            return reply if set(steps) <= {step["what"] for step in reply["course"]} else None

        return await eventually(f"the answer is {', '.join(steps)}", look, timeout_s=timeout_s)

    async def received(self, filing_id: str, *, timeout_s: float = 30) -> Json:
        """A filing as the case system has it, once it is acknowledged."""

        async def look() -> Json | None:
            answer = await self.http.get(f"{self.house.url('case-system')}/sim/received/{filing_id}")
            found = dict(answer.json()) if answer.status_code == httpx.codes.OK else None
            return found if found and found["acknowledged"] else None

        return await eventually("the case system acknowledges", look, timeout_s=timeout_s)

    async def advance(self, duration: str) -> None:
        """Move the sandbox clock of each service."""
        for operator in self.operator.values():
            await operator.call("POST", "/api/v1/sandbox/clock", json={"advance": duration})


def step_of(reply: Json, what: str) -> Json | None:
    """The first step of that kind in an answer's course."""
    return next((step for step in reply["course"] if step["what"] == what), None)
