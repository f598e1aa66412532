"""What the story amounts to: its cases, and what the simulators saw counted against what the services say."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chassis.ids import derived_id
from dev.demo.cases import Outcome
from dev.demo.cast import Cast
from dev.house.clients import Json
from documents.domain.message import Kind


@dataclass(frozen=True, slots=True)
class Count:
    """Letters and answers, counted by the simulators and compared with the services."""

    sent: int
    answered: int
    filed: int
    parked: int
    rejected: int
    lost: int
    twice: int

    def line(self) -> str:
        """The last line of the story."""
        return (
            f"sent {self.sent}, answered {self.answered}, filed {self.filed}, parked {self.parked}, "
            f"rejected {self.rejected}, lost {self.lost}, twice {self.twice}"
        )


def table(outcomes: Sequence[Outcome]) -> str:
    """The cases with their outcomes; the last column in milliseconds."""
    head = ("case", "outcome", "accepted→delivered ms")
    rows = [(each.case, each.outcome, "" if each.took_ms is None else f"{each.took_ms:.0f}") for each in outcomes]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(3)]
    lines = [f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}" for row in (head, *rows)]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


async def count(cast: Cast) -> Count:
    """Compare.

    Lost is what one side has and the other has not: letters and receipts that eBox never saw, answers neither filed,
    parked nor rejected, filings that the case system never heard of. Twice counts letters published under two ids,
    answers with two filings, and filings told under two webhook ids.
    """
    published = await cast.published()
    told = (await cast.http.get(f"{cast.house.url('case-system')}/sim/received")).json()
    replies = await _replies(cast)
    feed = await feed_of(cast)
    parked = {entry["replyId"] for entry in (await cast.case_system.get("/api/v1/parked-replies"))["items"]}
    rejected = {reply["replyId"] for reply in replies if reply["status"] == "REJECTED"}
    filed = {filing["replyId"] for filing in feed}
    in_ebox = Counter(message["idempotencyKey"].strip('"') for message in published)
    letters = {sent.message_id for sent in cast.letters}
    lost = (
        len(letters - set(in_ebox))
        + len({derived_id(reply_id, Kind.RECEIPT.value) for reply_id in cast.answered} - set(in_ebox))
        + len({reply["replyId"] for reply in replies} ^ cast.answered)
        + len(cast.answered - filed - parked - rejected)
        + len({filing["filingId"] for filing in feed} ^ {each["filingId"] for each in told})
    )
    twice = (
        sum(number - 1 for number in in_ebox.values())
        + _more_than_one(filing["replyId"] for filing in feed)
        + sum(len(each["webhookIds"]) - 1 for each in told)
    )
    return Count(len(letters), len(cast.answered), len(filed), len(parked), len(rejected), lost, twice)


def _more_than_one(values: Iterable[str]) -> int:
    return sum(number - 1 for number in Counter(values).values())


async def feed_of(cast: Cast) -> list[Json]:
    """Every filing, read from the feed as a case system would: from its last number on."""
    found: list[Json] = []
    after = 0
    while True:
        page = await cast.case_system.get("/api/v1/filings", params={"after": after, "limit": 500})
        found += page["items"]
        after = page["lastSequenceNbr"]
        if not page["hasNext"]:
            return found


async def _replies(cast: Cast) -> list[Json]:
    found: list[Json] = []
    after = None
    while True:
        page = await cast.hub_of_agency.get("/api/v1/replies", params={"after": after} if after else None)
        found += page["items"]
        after = page["after"]
        if not page["hasNext"]:
            return found
