"""Bronnen for operators, dossiers and phases for case systems."""

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.http.guard import CorrelationDep, TenantDep, guarded_router, needs
from chassis.http.idempotency import IdempotencyKey
from chassis.problems import IDENTIFIER_LOOKS_PERSONAL, NOT_FOUND, Fault, Problem
from chassis.tenancy import TenantScope
from contracts.identifiers import contains_insz, dossier_key
from dossier_router.application.ports import BronRepository, DossierRepository
from dossier_router.application.problems import PHASE_CONTRADICTS
from dossier_router.application.register_bron import RegisterBron
from dossier_router.application.tell_phase import TellPhase
from dossier_router.domain.dossier import Noted, PhaseChange
from dossier_router.entrypoints.http.schemas import (
    BronBody,
    BronShown,
    DossierShown,
    PhaseBody,
    PhaseNoted,
    PhaseShown,
)


def refuse_personal(**fields: str) -> None:
    """Refuse identifiers that hold a national number: they travel in events and addresses.

    Raises:
        Problem: IDENTIFIER_LOOKS_PERSONAL.
    """
    faults = [
        Fault(f"/{name}", "IDENTIFIER_LOOKS_PERSONAL", "holds a valid national number")
        for name, value in fields.items()
        if contains_insz(value)
    ]
    if faults:
        raise Problem(IDENTIFIER_LOOKS_PERSONAL, "an identifier holds a valid national number", faults=faults)


def bron_routes(register_bron: RegisterBron, bronnen: BronRepository) -> APIRouter:
    """Routes of operators."""
    router = guarded_router(tags=["bronnen"])

    @router.post("/bronnen", status_code=201, openapi_extra=needs("hub_ops_v1"))
    async def register(body: BronBody, _key: IdempotencyKey, correlation_id: CorrelationDep) -> BronShown:
        """Say which organisation a bron belongs to. The same again changes nothing."""
        refuse_personal(bron=body.bron)
        version = await register_bron(body.bron, body.organization, correlation_id=correlation_id)
        return BronShown(bron=body.bron, organization=body.organization, version=version)

    @router.get("/bronnen", openapi_extra=needs("hub_ops_v1"))
    async def all_of_them() -> list[BronShown]:
        """All registrations."""
        return [
            BronShown(bron=row["bron"], organization=row["tenant"], version=row["version"])
            for row in await bronnen.list()
        ]

    return router


def dossier_routes(tell_phase: TellPhase, dossiers: DossierRepository) -> APIRouter:
    """Routes of case systems."""
    router = guarded_router(tags=["dossiers"])

    @router.put("/dossiers", openapi_extra=needs("dssr_dossier_v1_P"))
    async def tell(body: PhaseBody, tenant: TenantDep) -> PhaseNoted:
        """Say in which phase a dossier is. Any order of arrival gives the same dossier."""
        refuse_personal(bron=body.bron, dossierNummer=body.dossier_nummer)
        change = PhaseChange(
            version=body.version,
            fase=body.fase,
            procedurestap=body.procedurestap,
            status_code=body.status_code,
            at=body.datum_modificatie,
        )
        noted = await tell_phase.by_call(body.bron, body.dossier_nummer, change, tenant=tenant)
        if noted is Noted.CONTRADICTS:
            fault = Fault("/version", "PHASE_CONTRADICTS", "this version was told with another phase")
            raise Problem(PHASE_CONTRADICTS, "the first telling of this version stays", faults=[fault])
        return PhaseNoted(state=noted.value, applied=noted is Noted.APPLIED)

    @router.get("/dossiers", openapi_extra=needs("dssr_dossier_v1_P", "dssr_parked_v1_P"))
    async def one(
        bron: Annotated[str, Query(max_length=255)],
        dossier_nummer: Annotated[str, Query(alias="dossierNummer", max_length=100)],
        tenant: TenantDep,
    ) -> DossierShown:
        """Where a dossier stands."""
        stored = await dossiers.get(dossier_key(bron, dossier_nummer), scope=TenantScope(tenant))
        if stored is None:
            raise Problem(NOT_FOUND, "there is no such dossier")
        phases = [
            PhaseShown(
                phase_instance_id=instance.id,
                fase=instance.fase,
                procedurestap=instance.procedurestap,
                first_version=instance.first_version,
                last_version=instance.last_version,
            )
            for instance in stored.dossier.instances()
        ]
        return DossierShown(bron=bron, dossier_nummer=dossier_nummer, phases=phases)

    return router
