"""How many answers and letters an api takes in, beside a bare one that does the least of the same."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from uuid import uuid4

import orjson

from dev.benchmarks.ground import Ground, OpenRequest, spread
from dev.benchmarks.raw_http import rate, request
from dev.benchmarks.result import Result, middle
from dev.demo.cast import CITIZEN
from dev.demo.letters import ANSWER, annex_pdf, letter
from dev.house.house import SENDER, token

ROUNDS: Final = 5
ANSWERS: Final = 300
LETTERS: Final = 100
_BOUNDARY: Final = "antwoordhub"

Measure = Callable[[], Awaitable[float]]


async def interleaved(rounds: int, *measures: Measure) -> list[list[float]]:
    """Each measure once per round, in turn; what each saw."""
    seen: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for index, measure in enumerate(measures):
            seen[index].append(await measure())
    return seen


async def answers(ground: Ground, *, workers: bool) -> list[Result]:
    """Answers accepted a second, with workers stopped or with everything on."""
    needed = ANSWERS * (ROUNDS + 1)
    await ground.settled()
    parts = iter(spread(await ground.open_requests(needed), ROUNDS + 1))
    await ground.workers(running=workers)
    bearer = await token(ground.house, "mijn-burgerprofiel", audience="reply-hub", person="an-peeters")
    url = f"{ground.house.url('reply-hub')}/api/v1/replies"
    await rate(url, answer_requests(url, next(parts), bearer))
    document = await ground.database("reply-hub")["replies"].find_one({})
    base = await ground.baseline("answers", {"DOCUMENT": orjson.dumps(document, default=str).decode()})
    body = orjson.dumps({"data": ANSWER})
    plain = request(
        f"{base}/answers", {"authorization": f"Bearer {bearer}", "content-type": "application/json"}, body
    )
    await rate(base, [plain] * ANSWERS)

    async def ours() -> float:
        return await rate(url, answer_requests(url, next(parts), bearer))

    async def theirs() -> float:
        return await rate(base, [plain] * ANSWERS)

    ours_seen, first, second = await interleaved(ROUNDS, ours, theirs, theirs)
    await ground.baselines["answers"].stop()
    if workers:
        return [Result.of("answers accepted, everything on", middle(ours_seen), middle(first), unit="/s")]
    return [
        Result.of("answers accepted by reply-hub's API", middle(ours_seen), middle(first), unit="/s", least=0.5),
        Result.of("  its baseline against itself", middle(second), middle(first), unit="/s"),
    ]


def answer_requests(url: str, requests: Sequence[OpenRequest], bearer: str) -> list[bytes]:
    return [
        request(
            url,
            {
                "authorization": f"Bearer {bearer}",
                "content-type": "application/json",
                "x-correlation-id": uuid4().hex,
                "idempotency-key": uuid4().hex,
            },
            orjson.dumps({"replyRequestId": each.request_id, "data": ANSWER}),
        )
        for each in requests
    ]


async def letters(ground: Ground) -> list[Result]:
    """Letters with a PDF of 100 KB accepted a second, workers stopped."""
    await ground.workers(running=False)
    pdf = annex_pdf(0.1)
    bearer = await token(ground.house, "agency-a", audience="documents")
    url = f"{ground.house.url('documents')}/api/v1/messages"
    base = await ground.baseline("letters", {})
    plain = request(f"{base}/letters", {"authorization": f"Bearer {bearer}", "content-type": "application/pdf"}, pdf)

    async def ours() -> float:
        return await rate(url, [_letter(url, pdf, bearer) for _ in range(LETTERS)])

    async def theirs() -> float:
        return await rate(base, [plain] * LETTERS)

    await interleaved(1, ours, theirs)
    ours_seen, first, second = await interleaved(ROUNDS, ours, theirs, theirs)
    await ground.baselines["letters"].stop()
    return [
        Result.of("letters with a PDF of 100 KB", middle(ours_seen), middle(first), unit="/s", least=0.5),
        Result.of("  its baseline against itself", middle(second), middle(first), unit="/s"),
    ]


def _letter(url: str, pdf: bytes, bearer: str) -> bytes:
    body: dict[str, Any] = letter(citizen=CITIZEN, sender=SENDER, dossier_nummer=uuid4().hex, pdf=pdf)
    parts = [
        ('form-data; name="messageToPublish"; filename="m.json"', "application/json", orjson.dumps(body)),
        ('form-data; name="upfile1"; filename="brief.pdf"', "application/pdf", pdf),
    ]
    content = b"".join(
        f"--{_BOUNDARY}\r\ncontent-disposition: {head}\r\ncontent-type: {kind}\r\n\r\n".encode() + part + b"\r\n"
        for head, kind, part in parts
    )
    headers = {
        "authorization": f"Bearer {bearer}",
        "content-type": f"multipart/form-data; boundary={_BOUNDARY}",
        "x-correlation-id": uuid4().hex,
        "idempotency-key": uuid4().hex,
    }
    return request(url, headers, content + f"--{_BOUNDARY}--\r\n".encode())
