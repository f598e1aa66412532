"""A service's HTTP application: its routes, and around them what all services do alike."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.utils import get_openapi

from chassis.authentication import TokenVerifier
from chassis.http.faults import install_problem_handlers
from chassis.http.models import SCHEMAS
from chassis.http.observed import Observed
from chassis.metrics import exposition

Check = Callable[[], Awaitable[None]]
"""Returns when a part is usable, raises when it isn't."""
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_CHECK_S: Final = 2
_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "code", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "URN of the kind of problem."},
        "code": {"type": "string", "description": "Stable code of the kind of problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong this time."},
        "instance": {"type": "string", "description": "URN of this occurrence."},
        "issues": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer to the fault."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "in": {"type": "string", "enum": ["body", "query", "header", "path"]},
                },
            },
        },
    },
}
_PROBLEMS: Final = {
    "400": "Bad input",
    "401": "No valid token",
    "403": "No scope",
    "404": "Not there, or not yours",
    "409": "Conflict",
    "413": "Too large",
    "422": "Refused",
    "500": "A fault of the hub",
    "503": "Try again after Retry-After",
}


def create_app(
    *,
    title: str,
    description: str,
    version: str,
    verifier: TokenVerifier,
    routers: Sequence[APIRouter],
    readiness: Mapping[str, Check],
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """Put a service's routers behind what all services do: problems, logs, metrics, probes, OpenAPI."""
    app = FastAPI(
        title=title,
        description=description,
        version=version,
        lifespan=lifespan,
        openapi_url="/openapi.json",
        docs_url="/docs",
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.verifier = verifier
    for router in routers:
        app.include_router(router)
    app.include_router(_probes(readiness))
    install_problem_handlers(app)
    app.add_middleware(Observed)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _probes(readiness: Mapping[str, Check]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/started")
    async def started() -> dict[str, str]:
        return {"status": "started"}

    @router.get("/health/ready")
    async def ready() -> Response:
        states = await states_of(readiness)
        status = 200 if all(state == "ok" for state in states.values()) else 503
        return Response(orjson.dumps(states), status_code=status, media_type="application/json")

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(exposition(), media_type="text/plain; version=0.0.4")

    return router


async def states_of(readiness: Mapping[str, Check]) -> dict[str, str]:
    """Every part with `ok`, or the name of what is wrong with it; a part gets two seconds to say so."""
    states = await asyncio.gather(*(_state_of(check) for check in readiness.values()))
    return dict(zip(readiness, states, strict=True))


async def _state_of(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_S):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the part is not usable, and the answer says so
        return f"{type(error).__name__}: {str(error)[:200]}"
    return "ok"


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        components = schema.setdefault("components", {})
        components.setdefault("schemas", {}).pop("HTTPValidationError", None)
        components["schemas"].pop("ValidationError", None)
        components["schemas"]["Problem"] = _PROBLEM
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        for methods in schema["paths"].values():
            for operation in methods.values():
                components["schemas"] |= operation.pop(SCHEMAS, {})
                _complete(operation)
        app.openapi_schema = schema
    return app.openapi_schema


def _complete(operation: dict[str, Any]) -> None:
    """Every guarded operation takes a correlation id, and may refuse or fail in problem+json."""
    if "x-scopes" not in operation:
        return
    parameters = operation.setdefault("parameters", [])
    parameters.append(
        {
            "name": "x-correlation-id",
            "in": "header",
            "required": True,
            "description": "Unique per call; echoed.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
        }
    )
    for parameter in parameters:
        if parameter["in"] == "header" and parameter["name"].lower() == "idempotency-key":
            # Optional to FastAPI only, so that its absence gets a code of its own.
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "pattern": "^[!-~]{1,128}$"}
    responses = operation["responses"]
    responses.pop("422", None)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, description in _PROBLEMS.items():
        responses.setdefault(status, {"description": description, "content": content})
