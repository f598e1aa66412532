"""Routes that know their caller before they read a body.

FastAPI parses a body before it runs dependencies; this route class runs before FastAPI does.
"""

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any, Final

import structlog.contextvars
from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from chassis import logs
from chassis.authentication import InvalidToken, KeysUnavailable, Principal, TokenVerifier
from chassis.http.body_limit import DEFAULT_MAX_BODY_BYTES, limit_body
from chassis.http.json_body import JsonRequest
from chassis.problems import (
    FORBIDDEN,
    MISSING_CORRELATION_ID,
    NO_ORGANIZATION,
    TEMPORARILY_UNAVAILABLE,
    UNAUTHENTICATED,
    Problem,
)
from contracts.identifiers import Tenant

CORRELATION_HEADER: Final = "x-correlation-id"
_CORRELATION_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SCOPES: Final = "x-scopes"
_MAX_BODY: Final = "x-max-body-bytes"


def needs(*scopes: str, max_body_bytes: int = DEFAULT_MAX_BODY_BYTES) -> dict[str, Any]:
    """What a route asks of its caller, for `openapi_extra`: one of the scopes, a body of so many bytes at most."""
    return {_SCOPES: list(scopes), _MAX_BODY: max_body_bytes, "security": [{"bearer": list(scopes)}]}


class GuardedRoute(APIRoute):
    """Checks correlation id, token, scopes and the announced size, in this order, before the body is touched."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()
        asked: Mapping[str, Any] = self.openapi_extra or {}
        scopes = frozenset(asked.get(_SCOPES, ()))
        if not scopes:
            raise ValueError(f"{self.path}: a guarded route names the scopes it needs")
        max_body_bytes = int(asked[_MAX_BODY])

        async def guarded(request: Request) -> Response:
            correlation_id = _correlation_of(request)
            structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
            principal = await _caller_of(request)
            request.state.principal = principal
            request.state.correlation_id = correlation_id
            structlog.contextvars.bind_contextvars(client_id=principal.client_id, tenant=principal.organization)
            if not scopes & principal.scopes:
                raise Problem(FORBIDDEN, f"the token needs one of these scopes: {', '.join(sorted(scopes))}")
            read = JsonRequest(request.scope, request.receive)
            limit_body(read, max_body_bytes)
            try:
                return await handle(read)
            except HTTPException as error:
                # FastAPI turns whatever happens while it reads a body into a 400 of its own.
                if isinstance(error.__cause__, Problem):
                    raise error.__cause__ from None
                raise

        return guarded


def _correlation_of(request: Request) -> str:
    value = request.headers.get(CORRELATION_HEADER, "")
    if not _CORRELATION_ID.fullmatch(value):
        raise Problem(MISSING_CORRELATION_ID, MISSING_CORRELATION_ID.meaning)
    return value


async def _caller_of(request: Request) -> Principal:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthenticated("send a bearer token in the Authorization header", None)
    verifier: TokenVerifier = request.app.state.verifier
    try:
        return await verifier.verify(token)
    except InvalidToken as error:
        logs.get().info("token_refused", reason=str(error))
        raise _unauthenticated("the token is not one for this service", "invalid_token") from None
    except KeysUnavailable:
        raise Problem(TEMPORARILY_UNAVAILABLE, "tokens can't be checked right now", retry_after=5) from None


def _unauthenticated(detail: str, error: str | None) -> Problem:
    # RFC 6750 section 3: no error code where no token was sent.
    challenge = "Bearer" if error is None else f'Bearer error="{error}"'
    return Problem(UNAUTHENTICATED, detail, headers={"www-authenticate": challenge})


def guarded_router(*, prefix: str = "/api/v1", tags: Sequence[str] = ()) -> APIRouter:
    """A router whose routes are all guarded."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=GuardedRoute)


# Coroutines, though they wait for nothing: FastAPI gives plain functions a thread each.


async def caller(request: Request) -> Principal:
    """Who calls; for `Depends`."""
    principal: Principal = request.state.principal
    return principal


async def correlation_id(request: Request) -> str:
    """The call's correlation id; for `Depends`."""
    return str(request.state.correlation_id)


def tenant_of(principal: Principal) -> Tenant:
    """The organisation the caller acts for.

    Raises:
        Problem: NO_ORGANIZATION.
    """
    if principal.organization is None:
        raise Problem(NO_ORGANIZATION, "the token names no organisation to act for")
    return principal.organization


async def tenant(principal: Annotated[Principal, Depends(caller)]) -> Tenant:
    """The organisation the caller acts for; for `Depends`."""
    return tenant_of(principal)


CallerDep = Annotated[Principal, Depends(caller)]
CorrelationDep = Annotated[str, Depends(correlation_id)]
TenantDep = Annotated[Tenant, Depends(tenant)]
