"""The movable clock of a sandbox, by HTTP. Mounted nowhere in production."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import SandboxClock
from chassis.http.guard import CallerDep, guarded_router, needs
from chassis.http.idempotency import (
    BodyDigest,
    IdempotencyKey,
    Idempotent,
    InFlight,
    StoredAnswer,
    find_answer,
    replay,
)

SCOPE = "hub_ops_v1"


class Advance(BaseModel):
    """How far the clock is moved forward."""

    model_config = ConfigDict(extra="forbid")

    advance: timedelta = Field(gt=timedelta(), le=timedelta(days=3660), description="ISO 8601 duration, e.g. P2D.")


class Moment(BaseModel):
    """Where the clock stands."""

    now: datetime = Field(description="The moment in the sandbox, UTC.")
    ahead: timedelta = Field(description="How far it is ahead of the machine's clock.")


def sandbox_router(clock: SandboxClock) -> APIRouter:
    """Routes that read and move the clock; the other processes of the service follow within a quarter of a second."""
    router = guarded_router(tags=["sandbox"])
    in_flight = InFlight()
    answers: dict[str, StoredAnswer] = {}

    @router.get("/sandbox/clock", openapi_extra=needs(SCOPE))
    async def read() -> Moment:
        """Where the sandbox clock stands."""
        return Moment(now=clock.now(), ahead=clock.offset)

    @router.post("/sandbox/clock", openapi_extra=needs(SCOPE), response_model=Moment)
    async def advance(body: Advance, caller: CallerDep, key: IdempotencyKey, digest: BodyDigest) -> Moment | Response:
        """Move the sandbox clock forward; it never goes back."""
        call = Idempotent(caller.client_id, "sandbox.clock", key, digest)
        with in_flight.hold(call.actor, call.operation, call.key):
            known = find_answer([stored.to_document() for stored in answers.values()], call)
            if known is not None:
                return replay(known)
            await clock.advance(body.advance)
            moment = Moment(now=clock.now(), ahead=clock.offset)
            answers[call.key_sha256] = call.answered(200, moment.model_dump(mode="json"), clock.now())
            return moment

    return router
