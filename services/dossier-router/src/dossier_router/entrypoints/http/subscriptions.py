"""Subscriptions of case systems."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from chassis.http.guard import TenantDep, guarded_router, needs
from chassis.http.idempotency import BodyDigest, IdempotencyKey, Idempotent, InFlight, replay
from chassis.problems import NOT_FOUND, Problem
from chassis.tenancy import TenantScope
from dossier_router.application.ports import SubscriptionRepository
from dossier_router.application.subscribe import Subscribe, shown
from dossier_router.entrypoints.http.schemas import SubscriptionBody, SubscriptionShown

SubscriptionId = Annotated[str, Path(max_length=64)]


def subscription_routes(subscribe: Subscribe, subscriptions: SubscriptionRepository) -> APIRouter:
    """Routes of case systems."""
    router = guarded_router(tags=["subscriptions"])
    in_flight = InFlight()

    @router.post(
        "/subscriptions", status_code=201, response_model=SubscriptionShown, openapi_extra=needs("dssr_filing_v1_P")
    )
    async def add(body: SubscriptionBody, tenant: TenantDep, key: IdempotencyKey, digest: BodyDigest) -> Response:
        """Be told of filings by webhook. The secret in the answer is shown this once."""
        call = Idempotent(tenant, "subscriptions", key, digest)
        with in_flight.hold(call.actor, call.operation, call.key):
            return replay(await subscribe(body.name, body.url, tuple(body.bronnen), call))

    @router.get("/subscriptions", openapi_extra=needs("dssr_filing_v1_P", "dssr_filing_v1_G"))
    async def all_of_them(tenant: TenantDep) -> list[SubscriptionShown]:
        """The tenant's subscriptions."""
        found = await subscriptions.of(scope=TenantScope(tenant))
        return [SubscriptionShown.model_validate(shown(subscription)) for subscription in found]

    @router.get("/subscriptions/{subscription_id}", openapi_extra=needs("dssr_filing_v1_P", "dssr_filing_v1_G"))
    async def one(subscription_id: SubscriptionId, tenant: TenantDep) -> SubscriptionShown:
        """One of them."""
        found = await subscriptions.get(subscription_id, scope=TenantScope(tenant))
        if found is None:
            raise Problem(NOT_FOUND, "there is no such subscription")
        return SubscriptionShown.model_validate(shown(found))

    @router.delete(
        "/subscriptions/{subscription_id}",
        status_code=204,
        response_class=Response,
        openapi_extra=needs("dssr_filing_v1_P"),
    )
    async def remove(subscription_id: SubscriptionId, tenant: TenantDep) -> Response:
        """Be told no more. Filings that wait to be told are let go; the feed keeps them."""
        if not await subscriptions.set_status(subscription_id, "DELETED", scope=TenantScope(tenant)):
            raise Problem(NOT_FOUND, "there is no such subscription")
        return Response(status_code=204)

    return router
