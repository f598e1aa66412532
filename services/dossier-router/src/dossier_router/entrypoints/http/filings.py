"""Filings for case systems: the feed, one by one, acknowledgements; and the answers that wait for a handler."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from chassis.clock import Clock
from chassis.http.guard import TenantDep, guarded_router, needs
from chassis.http.idempotency import BodyDigest, IdempotencyKey, Idempotent, InFlight, replay
from chassis.problems import NOT_FOUND, Problem
from chassis.tenancy import TenantScope
from dossier_router.application.acknowledge_filing import AcknowledgeFiling
from dossier_router.application.file_parked import FileParked, Target
from dossier_router.application.payload import payload_fields
from dossier_router.application.ports import Feed, FilingLog
from dossier_router.application.records import Acknowledgement, Entry
from dossier_router.domain.entry import Kind
from dossier_router.entrypoints.http.dossiers import refuse_personal
from dossier_router.entrypoints.http.schemas import (
    AcknowledgementBody,
    CandidateShown,
    FeedPage,
    FileBody,
    FiledShown,
    ParkedList,
    ParkedShown,
    ReasonShown,
)

_PARKED_AT_MOST = 100
FilingId = Annotated[str, Path(max_length=64)]


def filing_routes(log: FilingLog, feed: Feed, acknowledge: AcknowledgeFiling, clock: Clock) -> APIRouter:
    """Routes of case systems."""
    router = guarded_router(tags=["filings"])
    in_flight = InFlight()

    @router.get("/filings", openapi_extra=needs("dssr_filing_v1_G", "dssr_filing_v1_P"))
    async def page(
        tenant: TenantDep,
        after: Annotated[int, Query(ge=0, le=2**53, description="Number of the last item that was read.")] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> FeedPage:
        """The tenant's filings in the order of their numbers; a reader who keeps the last number misses none."""
        items = await feed.page(scope=TenantScope(tenant), after=after, limit=limit + 1)
        shown = [{"feed": item.number, **_shown(item.entry)} for item in items[:limit]]
        last = items[:limit][-1].number if shown else after
        return FeedPage(items=shown, last_sequence_nbr=last, has_next=len(items) > limit)

    @router.get("/filings/{filing_id}", openapi_extra=needs("dssr_filing_v1_G", "dssr_filing_v1_P"))
    async def one(filing_id: FilingId, tenant: TenantDep) -> dict[str, Any]:
        """A filing with its decision, and every webhook call that was made for it."""
        entry = await log.find(filing_id, Kind.FILING, scope=TenantScope(tenant))
        if entry is None:
            raise Problem(NOT_FOUND, "there is no such filing")
        attempts = [
            {
                "subscriptionId": attempt.subscription_id,
                "number": attempt.number,
                "at": attempt.at,
                "durationMs": attempt.duration_ms,
                "status": attempt.status,
                "error": attempt.error,
                "excerpt": attempt.excerpt,
            }
            for attempt in await log.attempts(entry.id)
        ]
        return {**_shown(entry), "attempts": attempts}

    @router.post(
        "/filings/{filing_id}/acknowledgements",
        status_code=204,
        response_class=Response,
        openapi_extra=needs("dssr_filing_v1_P"),
    )
    async def acknowledged(
        filing_id: FilingId, body: AcknowledgementBody, tenant: TenantDep, key: IdempotencyKey, digest: BodyDigest
    ) -> Response:
        """Say that the answer is in the dossier, or why it is not. The same word again changes nothing."""
        call = Idempotent(tenant, f"filings.{filing_id}.acknowledgements", key, digest)
        said = Acknowledgement(
            accepted=body.result == "ACCEPTED",
            code=body.code,
            message=body.message,
            case_document_number=body.case_document_number,
            at=clock.now(),
        )
        with in_flight.hold(call.actor, call.operation, call.key):
            await acknowledge(filing_id, said, call, scope=TenantScope(tenant))
        return Response(status_code=204)

    return router


def parked_routes(log: FilingLog, file_parked: FileParked, clock: Clock) -> APIRouter:
    """Routes of handlers."""
    router = guarded_router(tags=["parked replies"])
    in_flight = InFlight()

    @router.get("/parked-replies", openapi_extra=needs("dssr_parked_v1_P"))
    async def waiting(tenant: TenantDep) -> ParkedList:
        """Answers that fit no dossier or phase by rule, the oldest first."""
        entries = await log.parked(scope=TenantScope(tenant), limit=_PARKED_AT_MOST)
        return ParkedList(items=[_parked(entry, clock) for entry in entries])

    @router.post(
        "/parked-replies/{filing_id}/file",
        status_code=201,
        response_model=FiledShown,
        openapi_extra=needs("dssr_parked_v1_P"),
    )
    async def file(
        filing_id: FilingId, body: FileBody, tenant: TenantDep, key: IdempotencyKey, digest: BodyDigest
    ) -> Response:
        """File one by hand, into a candidate or another dossier."""
        refuse_personal(bron=body.bron, dossierNummer=body.dossier_nummer)
        call = Idempotent(tenant, f"parked-replies.{filing_id}.file", key, digest)
        target = Target(body.bron, body.dossier_nummer, body.fase, body.reason)
        with in_flight.hold(call.actor, call.operation, call.key):
            return replay(await file_parked.by_hand(filing_id, target, call, scope=TenantScope(tenant)))

    return router


def _shown(entry: Entry) -> dict[str, Any]:
    said = entry.acknowledgement
    acknowledgement = None
    if said is not None:
        acknowledgement = {
            "result": "ACCEPTED" if said.accepted else "REJECTED",
            "code": said.code,
            "caseDocumentNumber": said.case_document_number,
            "at": said.at,
        }
    return {
        **payload_fields(entry),
        "status": entry.status.value,
        "deliveries": entry.deliveries,
        "acknowledgement": acknowledgement,
    }


def _parked(entry: Entry, clock: Clock) -> ParkedShown:
    ref = entry.accepted.dossier
    return ParkedShown(
        filing_id=entry.filing_id,
        reply_id=entry.accepted.reply_id,
        bron=ref.bron,
        dossier_nummer=ref.dossier_nummer,
        fase=ref.fase,
        parked_at=entry.made_at,
        age_s=(clock.now() - entry.made_at).total_seconds(),
        late=entry.accepted.late,
        reasons=[ReasonShown(code=reason.code.value, detail=reason.detail) for reason in entry.reasons],
        candidates=[
            CandidateShown(
                bron=candidate.bron,
                dossier_nummer=candidate.dossier_nummer,
                fase=candidate.fase,
                procedurestap=candidate.procedurestap,
                why=candidate.why,
            )
            for candidate in entry.candidates
        ],
    )
