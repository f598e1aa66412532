"""Judges a file of an answer: from the store to disk, through the pool, to what was found, under pseudonyms."""

from dataclasses import dataclass, replace
from datetime import datetime

from anyio import NamedTemporaryFile

from chassis.clock import Clock
from chassis.files import FileStore
from contracts.identifiers import Pseudonymiser, Scheme
from reply_hub.adapters.signatures.pool import JudgingPool
from reply_hub.adapters.signatures.revocation import RevocationClient
from reply_hub.domain.files import ReplyFile
from reply_hub.domain.signing import AskedSigners, FileFinding, SignatureFinding, SignaturePolicy, SummaryRef
from signatures.judge import Question
from signatures.verdict import FileVerdict, Kind, SignatureVerdict, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledJudge:
    """See `SignatureJudge`. Numbers of certificates' holders end here."""

    files: FileStore
    pool: JudgingPool
    revocation: RevocationClient
    pseudonymiser: Pseudonymiser
    clock: Clock
    refuse_active: bool

    async def judge(
        self,
        file: ReplyFile,
        *,
        policy: SignaturePolicy,
        asked: AskedSigners,
        at: datetime,
        summary: SummaryRef | None = None,
    ) -> FileFinding:
        """See `SignatureJudge`."""
        async with NamedTemporaryFile(prefix="judged-", suffix=".pdf") as copy:
            async for block in self.files.read(file.attachment_id):
                await copy.write(block)
            await copy.flush()
            question = Question(
                path=str(copy.name),
                at=at,
                now=self.clock.now(),
                with_signatures=policy.wants_pdf,
                refuse_active=self.refuse_active,
                begins_with=(summary.size, summary.sha256) if summary else None,
                known_files=frozenset({summary.attached_sha256} if summary else ()),
            )
            verdict = await self.pool.judge(question)
            if verdict.wanted:
                evidence = await self.revocation.evidence(verdict.wanted)
                verdict = await self.pool.judge(replace(question, evidence=evidence))
        return self._finding(file, verdict, policy, asked, at)

    def _finding(
        self, file: ReplyFile, verdict: FileVerdict, policy: SignaturePolicy, asked: AskedSigners, at: datetime
    ) -> FileFinding:
        return FileFinding(
            attachment_id=file.attachment_id,
            refusal=verdict.refusal,
            detail=verdict.detail,
            signatures=tuple(self._signature(each, policy, asked) for each in verdict.signatures),
            judged_at=verdict.judged_at or at,
            policy=verdict.policy,
            validator=verdict.validator,
            trusted_lists=verdict.trusted_lists,
        )

    def _signature(self, verdict: SignatureVerdict, policy: SignaturePolicy, asked: AskedSigners) -> SignatureFinding:
        signer = self._pseudonym(verdict.signer, verdict.kind)
        return SignatureFinding(
            indication=verdict.indication,
            sub_indication=verdict.sub_indication,
            detail=verdict.detail,
            qualification=verdict.qualification,
            format=verdict.profile,
            kind=verdict.kind,
            signer=signer,
            match=asked.best_match(signer, policy.signers or asked.may_answer, verdict.kind),
            claimed_at=verdict.claimed_at,
            best_at=verdict.best_at,
            proved_by=verdict.proved_by,
            algorithm=verdict.algorithm,
        )

    def _pseudonym(self, signer: Signer, kind: Kind) -> str | None:
        scheme, number = (
            (Scheme.KBO, signer.organisation_number) if kind is Kind.SEAL else (Scheme.INSZ, signer.national_number)
        )
        return self.pseudonymiser.of_number(scheme, number) if number else None
