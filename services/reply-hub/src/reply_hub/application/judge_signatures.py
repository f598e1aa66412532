"""What the signatures of an answer are worth, and what becomes of it by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from reply_hub.application.ports import JudgingBroke, SignatureJudge
from reply_hub.domain.answering import Capacity
from reply_hub.domain.faults import Fault
from reply_hub.domain.files import ReplyFile
from reply_hub.domain.reply import Reply
from reply_hub.domain.request import ReplyRequest
from reply_hub.domain.signing import (
    NO_SIGNATURE,
    SUMMARY_SLOT,
    AskedSigners,
    Assessment,
    Awaiting,
    FileFinding,
    Level,
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
        if request.signature.level is Level.SES and not reply.confirmed:
            # The API asks for it before there is a receipt; a mailbox knows no such thing.
            fault = Fault("", "CONFIRMATION_MISSING", "the answer was not confirmed explicitly")
            return Judged((), Assessment(Standing.REFUSED, (fault,)))
        asked = asked_signers(reply, request)
        findings: list[FileFinding] = []
        assessments: list[Assessment] = []
        for index, file in enumerate(reply.content.files):
            if file.media_type != _PDF:
                continue
            policy = _policy_of(request, file)
            finding = await self._finding(reply, file, policy, asked, attempt=attempt)
            findings.append(finding)
            assessments.append(assess(policy, finding, asked, pointer=f"/attachments/{index}"))
        return Judged(tuple(findings), gravest(assessments))

    async def _finding(
        self, reply: Reply, file: ReplyFile, policy: SignaturePolicy, asked: AskedSigners, *, attempt: int
    ) -> FileFinding:
        at, summary = reply.received_at, reply.content.summary
        signs_summary = file.slot == SUMMARY_SLOT and policy.wants_pdf
        if signs_summary and summary is None:
            detail = "no summary was made of this answer"
            return _refused(file, Refusal.NOT_THE_SUMMARY, detail, at)
        try:
            return await self.judge.judge(
                file, policy=policy, asked=asked, at=at, summary=summary if signs_summary else None
            )
        except JudgingBroke:
            if attempt < _MOST_BREAKS:
                raise
        detail = f"judging the file ended the process {_MOST_BREAKS} times"
        return _refused(file, Refusal.TOO_COMPLEX, detail, at)


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


def _refused(file: ReplyFile, refusal: Refusal, detail: str, at: datetime) -> FileFinding:
    return FileFinding(attachment_id=file.attachment_id, refusal=refusal, detail=detail, judged_at=at, policy=POLICY)


def _policy_of(request: ReplyRequest, file: ReplyFile) -> SignaturePolicy:
    policies: Sequence[SignaturePolicy] = [slot.signature for slot in request.slots if slot.slot == file.slot]
    return policies[0] if policies else NO_SIGNATURE
