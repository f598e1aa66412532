"""Everything that goes wrong leaves as problem+json."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError, WTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from chassis import logs
from chassis.http.json_body import escaped
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
    PAYLOAD_TOO_LARGE,
    TEMPORARILY_UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
    Fault,
    Location,
    Problem,
    ProblemType,
)

_RETRY_AFTER_S: Final = 5
_BY_STATUS: Final = {
    400: MALFORMED_JSON,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: PAYLOAD_TOO_LARGE,
    415: UNSUPPORTED_MEDIA_TYPE,
}
_NOTHING: Final = object()
_PLACES: Final[dict[str, Location]] = {"body": "body", "query": "query", "header": "header", "path": "path"}


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


def unexpected_response(error: Exception) -> Response:
    """The answer to a fault of ours; the log has the same `instance`, and where it happened."""
    body = Problem(INTERNAL, "a fault of the hub; nothing was changed that this call did not say").body()
    logs.get().error("unexpected", instance=body["instance"], exc_info=error)
    return Response(content=orjson.dumps(body), status_code=INTERNAL.status, media_type=MEDIA_TYPE)


def install_problem_handlers(app: FastAPI) -> None:
    """Turn exceptions into problems: ours, FastAPI's, the database's, and those nobody thought of."""

    @app.exception_handler(Problem)
    async def of_ours(_request: Request, error: Problem) -> Response:
        return problem_response(error)

    @app.exception_handler(RequestValidationError)
    async def of_validation(_request: Request, error: RequestValidationError) -> Response:
        return problem_response(_from_validation(error.errors(), error.body))

    @app.exception_handler(HTTPException)
    async def of_starlette(_request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(error.status_code) or ProblemType(
            HTTPStatus(error.status_code).name, error.status_code, str(error.detail), ""
        )
        return problem_response(Problem(kind, str(error.detail), headers=dict(error.headers or {})))

    @app.exception_handler(VersionConflict)
    async def of_conflict(_request: Request, _error: VersionConflict) -> Response:
        return problem_response(Problem(CONFLICT, "the resource changed while this call was handled; read it again"))

    @app.exception_handler(ClientDisconnect)
    async def of_disconnect(_request: Request, _error: ClientDisconnect) -> Response:
        return problem_response(Problem(INVALID_INPUT, "the body was broken off"))

    for absent in (ConnectionFailure, ExecutionTimeout, WTimeoutError):
        app.add_exception_handler(absent, _absent_database)
    app.add_exception_handler(PyMongoError, _database_error)
    app.add_exception_handler(OutboxFull, _full_outbox)
    app.add_exception_handler(Exception, _unexpected)


async def _absent_database(_request: Request, error: Exception) -> Response:
    logs.get().warning("database_unavailable", error=type(error).__name__)
    problem = Problem(DATABASE_UNAVAILABLE, "the database does not answer; try again", retry_after=_RETRY_AFTER_S)
    return problem_response(problem)


async def _database_error(request: Request, error: Exception) -> Response:
    # A primary that steps down shows as an error of an operation, too; the driver knows which may be repeated.
    if isinstance(error, PyMongoError) and (error.timeout or error.has_error_label("RetryableWriteError")):
        return await _absent_database(request, error)
    return unexpected_response(error)


async def _full_outbox(_request: Request, _error: Exception) -> Response:
    detail = "too many events of this resource wait for the broker; try again"
    return problem_response(Problem(TEMPORARILY_UNAVAILABLE, detail, retry_after=_RETRY_AFTER_S * 2))


async def _unexpected(_request: Request, error: Exception) -> Response:
    return unexpected_response(error)


def pointer(steps: Sequence[int | str]) -> str:
    """A JSON Pointer (RFC 6901) of steps."""
    return "".join(f"/{escaped(step)}" for step in steps)


def _from_validation(errors: Sequence[Any], body: Any) -> Problem:
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem(MALFORMED_JSON, "the body is no JSON")
    if isinstance(body, bytes):
        return Problem(UNSUPPORTED_MEDIA_TYPE, "send JSON, with content-type: application/json")
    faults = [_fault(error, body) for error in errors]
    return Problem(INVALID_INPUT, f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in the input", faults=faults)


def _fault(error: dict[str, Any], body: Any) -> Fault:
    """Without the value that was given: it may be a person's number."""
    place, *steps = error["loc"]
    location = _PLACES.get(str(place), "body")
    if location == "body":
        steps = _steps_in(body, steps, is_absent=error["type"] == "missing")
    detail = str(error["msg"]).removeprefix("Value error, ")
    return Fault(pointer(steps), str(error["type"]).upper(), detail, location)


def _steps_in(body: Any, steps: Sequence[int | str], *, is_absent: bool) -> list[int | str]:
    """The steps that exist in the body: pydantic's place also names members of unions, which no body has."""
    found: list[int | str] = []
    here = body
    for step in steps:
        inner = _inner(here, step)
        if inner is not _NOTHING:
            here = inner
            found.append(step)
    return [*found, *steps[-1:]] if is_absent else found


def _inner(value: Any, step: int | str) -> Any:
    match value:
        case dict():
            return value.get(step, _NOTHING)
        case list() if isinstance(step, int) and step < len(value):
            return value[step]
        case _:
            return _NOTHING
