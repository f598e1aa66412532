"""Everything that goes wrong leaves as problem+json."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pymongo.errors import ConnectionFailure, ExecutionTimeout, WTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from chassis import logs
from chassis.mongo import OutboxFull, VersionConflict
from chassis.problems import (
    CONFLICT,
    DATABASE_UNAVAILABLE,
    INTERNAL,
    INVALID_INPUT,
    MALFORMED_JSON,
    MEDIA_TYPE,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    TEMPORARILY_UNAVAILABLE,
    Fault,
    Location,
    Problem,
    ProblemType,
)

_RETRY_AFTER_S = 5
_BY_STATUS = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}
_PLACES: dict[str, Location] = {"body": "body", "query": "query", "header": "header", "path": "path"}


def problem_response(problem: Problem) -> Response:
    """The answer that tells a problem."""
    body = problem.body()
    if problem.type.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logs.get().warning("problem", code=problem.type.code, instance=body["instance"], detail=problem.detail)
    return Response(
        content=orjson.dumps(body),
        status_code=problem.type.status,
        media_type=MEDIA_TYPE,
        headers=problem.response_headers(),
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Turn exceptions into problems: ours, FastAPI's, the database's, and those nobody thought of."""

    @app.exception_handler(Problem)
    async def of_ours(_request: Request, error: Problem) -> Response:
        return problem_response(error)

    @app.exception_handler(RequestValidationError)
    async def of_validation(_request: Request, error: RequestValidationError) -> Response:
        return problem_response(_from_validation(error.errors()))

    @app.exception_handler(HTTPException)
    async def of_starlette(_request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(error.status_code) or ProblemType(
            HTTPStatus(error.status_code).name, error.status_code, str(error.detail), ""
        )
        if error.status_code == HTTPStatus.BAD_REQUEST:
            kind = MALFORMED_JSON
        return problem_response(Problem(kind, str(error.detail), headers=dict(error.headers or {})))

    @app.exception_handler(VersionConflict)
    async def of_conflict(_request: Request, _error: VersionConflict) -> Response:
        return problem_response(Problem(CONFLICT, "the resource changed while this call was handled; read it again"))

    @app.exception_handler(ClientDisconnect)
    async def of_disconnect(_request: Request, _error: ClientDisconnect) -> Response:
        return problem_response(Problem(INVALID_INPUT, "the body was broken off"))

    for absent in (ConnectionFailure, ExecutionTimeout, WTimeoutError):
        app.add_exception_handler(absent, _absent_database)
    app.add_exception_handler(OutboxFull, _full_outbox)
    app.add_exception_handler(Exception, _unexpected)


async def _absent_database(_request: Request, error: Exception) -> Response:
    logs.get().warning("database_unavailable", error=type(error).__name__)
    problem = Problem(DATABASE_UNAVAILABLE, "the database does not answer; try again", retry_after=_RETRY_AFTER_S)
    return problem_response(problem)


async def _full_outbox(_request: Request, _error: Exception) -> Response:
    detail = "too many events of this resource wait for the broker; try again"
    return problem_response(Problem(TEMPORARILY_UNAVAILABLE, detail, retry_after=_RETRY_AFTER_S * 2))


async def _unexpected(_request: Request, error: Exception) -> Response:
    problem = Problem(INTERNAL, "a fault of the hub; nothing was changed that this call did not say")
    response = problem_response(problem)
    logs.get().error("unexpected", exc_info=error)
    return response


def pointer(steps: Sequence[int | str]) -> str:
    """A JSON Pointer (RFC 6901) of steps."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def _from_validation(errors: Sequence[Any]) -> Problem:
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem(MALFORMED_JSON, "the body is no JSON")
    faults = [_fault(error) for error in errors]
    return Problem(INVALID_INPUT, f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in the input", faults=faults)


def _fault(error: dict[str, Any]) -> Fault:
    """Without the value that was given: it may be a person's number."""
    place, *steps = error["loc"]
    detail = str(error["msg"]).removeprefix("Value error, ")
    return Fault(pointer(steps), str(error["type"]).upper(), detail, _PLACES.get(str(place), "body"))
