"""The route by which a handler decides about an answer's signatures."""

from fastapi import APIRouter

from chassis.http.guard import CallerDep, TenantDep, needs
from chassis.problems import INVALID_INPUT, Fault, Problem
from chassis.tenancy import TenantScope
from contracts.identifiers import contains_insz
from reply_hub.application.decide_signature import DecideSignature
from reply_hub.entrypoints.http import bodies
from reply_hub.entrypoints.http.callers import AGENCY
from reply_hub.entrypoints.http.paths import ReplyId
from reply_hub.entrypoints.http.signature_shapes import DecisionShape
from reply_hub.entrypoints.http.signature_views import decision_shape


def add_deciding(router: APIRouter, decide: DecideSignature) -> None:
    """Add the route."""

    @router.put("/replies/{reply_id}/signature-decision", openapi_extra=needs(AGENCY))
    async def decided(
        reply_id: ReplyId, body: bodies.DecisionBody, caller: CallerDep, tenant: TenantDep
    ) -> DecisionShape:
        """Accept or refuse an answer whose signatures wait for a handler. Once; it goes on record."""
        if contains_insz(body.reason):
            fault = Fault("/reason", "HOLDS_NATIONAL_NUMBER", "reasons travel in events; no national number in them")
            raise Problem(INVALID_INPUT, "1 fault in the input", faults=[fault])
        by = f"{tenant}/{caller.client_id}"
        reply = await decide(reply_id, accept=body.accept, reason=body.reason, by=by, scope=TenantScope(tenant))
        assert reply.decision is not None, "it was just put there"
        return decision_shape(reply.decision)
