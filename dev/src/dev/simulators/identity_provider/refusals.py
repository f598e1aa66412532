"""Refusals in the shape of OAuth 2.0 (RFC 6749, 5.2)."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


class Refused(Exception):
    """The request is refused with an OAuth error code."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


def invalid_client(description: str) -> Refused:
    """401 invalid_client: who asks is not proved."""
    return Refused("invalid_client", description, status=401)


def answer_as_oauth(app: FastAPI) -> None:
    """Make an app answer refusals so."""

    async def refused(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refused)
        headers = {"cache-control": "no-store"}
        if error.error == "invalid_token":
            headers["www-authenticate"] = 'Bearer error="invalid_token"'
        body = {"error": error.error, "error_description": str(error)}
        return JSONResponse(body, error.status, headers=headers)

    app.add_exception_handler(Refused, refused)
