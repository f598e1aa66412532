"""What the signatures of an answer are worth, and what becomes of it by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from reply_hub.application.ports import JudgingBroke, SignatureJudge
from reply_hub.domain.answering import Capacity
from reply_hub.domain.files import ReplyFile
from reply_hub.domain.reply import Reply
from reply_hub.domain.request import ReplyRequest
from reply_hub.domain.signing import (
    NO_SIGNATURE,
    AskedSigners,
    Assessment,
    Awaiting,
    FileFinding,
    SignaturePolicy,
    Standing,
    Undecided,
    assess,
    gravest,
)
from signatures.verdict import POLICY, Refusal

_PDF: Final = "application/pdf"
_MOST_BREAKS: Final = 3
"""How often a file may end the process that judges it before it is left alone."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of the files, and what it comes to."""

    findings: tuple[FileFinding, ...]
    assessment: Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSignatures:
    """Judges the PDFs of an answer, each by the policy of its slot."""

    judge: SignatureJudge
    clock: Clock

    async def __call__(self, reply: Reply, request: ReplyRequest, *, attempt: int) -> Judged:
        """Judge every PDF. `attempt` counts how often this was begun.

        Raises:
            JudgingBroke: try again; after some attempts the file is taken for what broke it.
        """
        asked = asked_signers(reply, request)
        findings: list[FileFinding] = []
        assessments: list[Assessment] = []
        for index, file in enumerate(reply.content.files):
            if file.media_type != _PDF:
                continue
            policy = _policy_of(request, file)
            finding = await self._finding(file, policy, asked, reply.received_at, attempt=attempt)
            findings.append(finding)
            assessments.append(assess(policy, finding, asked, pointer=f"/attachments/{index}"))
        return Judged(tuple(findings), gravest(assessments))

    async def _finding(
        self, file: ReplyFile, policy: SignaturePolicy, asked: AskedSigners, at: datetime, *, attempt: int
    ) -> FileFinding:
        try:
            return await self.judge.judge(file, policy=policy, asked=asked, at=at)
        except JudgingBroke:
            if attempt < _MOST_BREAKS:
                raise
        return FileFinding(
            attachment_id=file.attachment_id,
            refusal=Refusal.TOO_COMPLEX,
            detail=f"judging the file ended the process {_MOST_BREAKS} times",
            judged_at=at,
            policy=POLICY,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """When an answer is judged again whose revocation data are missing, and for how long.

    Attributes:
        base, cap: of the pauses, which double.
        limit: since the first try; then a handler decides.
    """

    base: timedelta
    cap: timedelta
    limit: timedelta

    def next(self, reply: Reply, assessment: Assessment, now: datetime) -> tuple[Undecided, datetime | None]:
        """For what it waits from now on, and when it is judged again; never by itself where a handler decides."""
        known = reply.undecided
        since, tries = (known.since, known.tries + 1) if known else (now, 1)
        waits = assessment.standing is Standing.TRY_LATER and now - since < self.limit
        awaiting = Awaiting.REVOCATION_DATA if waits else Awaiting.HANDLER
        undecided = Undecided(awaiting=awaiting, since=since, tries=tries, faults=assessment.faults)
        pause = min(self.cap, self.base * 2 ** min(tries - 1, 30))
        return undecided, now + pause if waits else None


def asked_signers(reply: Reply, request: ReplyRequest) -> AskedSigners:
    """Who was asked to sign an answer: the party, and whoever answered for it in a capacity that was checked."""
    return AskedSigners(
        recipient=request.recipient,
        recipient_type=request.recipient_type,
        may_answer=tuple(Capacity(who) for who in request.who_may_answer),
        acting={reply.submitter.pseudonym: reply.submitter.capacity},
    )


def _policy_of(request: ReplyRequest, file: ReplyFile) -> SignaturePolicy:
    policies: Sequence[SignaturePolicy] = [slot.signature for slot in request.slots if slot.slot == file.slot]
    return policies[0] if policies else NO_SIGNATURE
