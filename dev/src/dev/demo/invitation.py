"""What is printed when the house stays up: where everything is, tokens, and first calls to copy."""

import orjson

from dev.demo.cast import CITIZEN, Cast
from dev.demo.letters import BRON, letter, letter_pdf
from dev.house.clients import http_of_story
from dev.house.house import SENDER, House, token


async def invitation(house: House) -> str:
    """The text; a bron is registered and a letter lies ready, so that its calls work as they stand."""
    async with http_of_story() as http:
        cast = await Cast.gather(house, http)
        await cast.settle_in()
    agency = await token(house, "agency-a", audience="documents")
    reader = await token(house, "agency-a", audience="reply-hub")
    case_system = await token(house, "case-system-a", audience="dossier-router")
    pdf = letter_pdf("2026-000123")
    (house.folder / "brief.pdf").write_bytes(pdf)
    body = letter(citizen=CITIZEN, sender=SENDER, dossier_nummer="2026-000123", pdf=pdf, bron=BRON)
    (house.folder / "brief.json").write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2))
    documents, hub, router = (house.url(name) for name in ("documents", "reply-hub", "dossier-router"))
    box = {"eboxType": "citizen", "eboxIdValue": CITIZEN}
    return f"""\
{house.stack.report}
Files pass unscanned here. Logs: {house.logs}

  documents       {documents}/docs
  reply-hub       {hub}/docs
  dossier-router  {router}/docs
  simulators      {house.url("identity-provider")}/docs (identity provider; any token: POST /sim/tokens)
                  {house.url("ebox")}/docs (eBox; the human side under /sim)
                  {house.url("case-system")}/docs (case system; what it got: GET /sim/received)

Tokens of agency OVO002949 for each service, good for an hour:
DOCUMENTS_TOKEN={agency}
REPLY_HUB_TOKEN={reader}
ROUTER_TOKEN={case_system}

An agency pushes a letter:
curl -sS {documents}/api/v1/messages -H "authorization: Bearer $DOCUMENTS_TOKEN" \\
  -H "x-correlation-id: $(date +%s%N)" -H "idempotency-key: $(date +%s%N)" \\
  -F 'messageToPublish=<{house.folder}/brief.json;type=application/json' \\
  -F 'upfile1=@{house.folder}/brief.pdf;type=application/pdf'

A mailbox shows what a person has in it (ask for the box, then for its messages):
curl -sS {house.url("ebox")}/sim/boxes/lookup -H 'content-type: application/json' -d '{orjson.dumps(box).decode()}'
curl -sS {cast.box}/messages

A case system reads the filings, and the agency its answers:
curl -sS '{router}/api/v1/filings?after=0' -H "authorization: Bearer $ROUTER_TOKEN" -H "x-correlation-id: first-1"
curl -sS '{hub}/api/v1/replies' -H "authorization: Bearer $REPLY_HUB_TOKEN" -H "x-correlation-id: first-2"

`make down` stops everything.
"""
