"""One log line, one metric and one span per request. Pure ASGI: it must cost next to nothing."""

import re
import time
from typing import Any, Final

import structlog.contextvars
from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import logs, metrics
from chassis.http.faults import unexpected_response
from chassis.tracing import span_from

_CORRELATION: Final = b"x-correlation-id"
_ECHOED: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Observed:
    """Wraps an application. Lines and labels name the route's template, never the path: ids stay out of them."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        answer = _Answer(send, headers.get(_CORRELATION, b""))
        parent = headers.get(b"traceparent", b"").decode("latin-1") or None
        bound = structlog.contextvars.get_contextvars()
        started = time.perf_counter()
        with span_from(parent, f"{scope['method']} request", kind=SpanKind.SERVER) as span:
            try:
                await self._served(scope, receive, answer)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.response.status_code", answer.status)
                _tell(scope["method"], route, answer.status, time.perf_counter() - started)
                structlog.contextvars.clear_contextvars()
                structlog.contextvars.bind_contextvars(**bound)

    async def _served(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:
            if answer.begun:
                raise
            await unexpected_response(error)(scope, receive, answer.send)


class _Answer:
    """The answer on its way out: its status, and the caller's correlation id put on it."""

    def __init__(self, send: Send, correlation_id: bytes) -> None:
        self._send = send
        self._echo = [(_CORRELATION, correlation_id)] if _ECHOED.fullmatch(correlation_id) else []
        self.begun = False
        # What the line says of a call whose client went away before there was an answer.
        self.status = 499

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._echo]
        await self._send(message)


def _tell(method: str, route: str, status: int, seconds: float) -> None:
    metrics.REQUESTS.labels(method=method, route=route, status=str(status)).observe(seconds)
    line: dict[str, Any] = {"method": method, "route": route, "status": status}
    logs.get().info("request", **line, duration_ms=round(seconds * 1000, 1))
