"""Refusals in eBox's own shape: {id, code, message}."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException


class EboxFault(Exception):
    """A refusal the registry answers with. `extra` joins the body."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.body = {"id": str(uuid4()), "code": code, "message": message, **extra}


def invalid_input(message: str) -> EboxFault:
    """400 INVALID_INPUT."""
    return EboxFault(400, "INVALID_INPUT", message)


def not_found() -> EboxFault:
    """404 NOT_FOUND."""
    return EboxFault(404, "NOT_FOUND", "there is no such thing in this box")


def places(error: Any) -> str:
    """Where a pydantic error found faults, without what it found."""
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in error.errors())


def answer_in_ebox_shape(app: FastAPI) -> None:
    """Make an app answer refusals and invalid bodies so."""

    async def refused(_: Request, fault: Exception) -> JSONResponse:
        assert isinstance(fault, EboxFault)
        return JSONResponse(fault.body, status_code=fault.status, headers=fault.headers)

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse(invalid_input(places(error)).body, status_code=400)

    async def no_route(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        code = "NOT_FOUND" if error.status_code == HTTPStatus.NOT_FOUND else f"HTTP_{error.status_code}"
        return JSONResponse(EboxFault(error.status_code, code, error.detail).body, status_code=error.status_code)

    app.add_exception_handler(EboxFault, refused)
    app.add_exception_handler(HTTPException, no_route)
    app.add_exception_handler(RequestValidationError, invalid)
