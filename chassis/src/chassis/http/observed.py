"""One log line, one metric and one span per request. Pure ASGI: it must cost next to nothing."""

import time

import structlog.contextvars
from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import logs, metrics
from chassis.tracing import span_from

_CORRELATION = b"x-correlation-id"


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
        correlation_id = headers.get(_CORRELATION)
        status, started = 500, time.perf_counter()

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if correlation_id is not None and len(correlation_id) <= 64:
                    message["headers"] = [*message.get("headers", ()), (_CORRELATION, correlation_id)]
            await send(message)

        parent = headers.get(b"traceparent", b"").decode("latin-1") or None
        bound = structlog.contextvars.get_contextvars()
        with span_from(parent, f"{scope['method']} request", kind=SpanKind.SERVER) as span:
            try:
                await self._app(scope, receive, observed)
            finally:
                seconds = time.perf_counter() - started
                template = getattr(scope.get("route"), "path", "unmatched")
                span.update_name(f"{scope['method']} {template}")
                metrics.REQUESTS.labels(method=scope["method"], route=template, status=str(status)).observe(seconds)
                logs.get().info(
                    "request",
                    method=scope["method"],
                    route=template,
                    status=status,
                    duration_ms=round(seconds * 1000, 1),
                )
                structlog.contextvars.clear_contextvars()
                structlog.contextvars.bind_contextvars(**bound)
