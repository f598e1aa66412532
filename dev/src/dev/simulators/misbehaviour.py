"""A simulator that an HTTP call tells to misbehave: slow, failing, gone, or doing things twice or out of order."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Mode = Literal["slow", "error", "drop", "lose_answer", "down", "duplicate", "duplicate_new_id", "out_of_order"]

SIM_PREFIX = "/sim"
_REQUESTS_KEPT = 5000


class Order(BaseModel):
    """What PUT /sim/misbehaviour asks. Without `times` and `forSeconds` it lasts until it is cleared.

    slow waits `delayMs` and then behaves; error answers `status` without doing anything; drop closes the connection
    without doing or answering anything; lose_answer does everything and closes instead of answering; down answers
    503. duplicate, duplicate_new_id and out_of_order are consulted by the simulator itself.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    mode: Mode
    route: Annotated[str, Field(description='Beginning of the path, or "*"')] = "*"
    method: Annotated[str | None, Field(description="Only this HTTP method")] = None
    delay_ms: Annotated[int, Field(ge=0)] = 1000
    status: Annotated[int, Field(ge=400, le=599)] = 500
    times: Annotated[int | None, Field(ge=1)] = None
    for_seconds: Annotated[float | None, Field(gt=0)] = None
    until_cleared: bool = False

    @model_validator(mode="after")
    def _has_one_end(self) -> "Order":
        if self.until_cleared and (self.times is not None or self.for_seconds is not None):
            raise ValueError("untilCleared excludes times and forSeconds")
        return self


@dataclass(slots=True)
class _Rule:
    order: Order
    left: int | None
    ends_at: float | None

    def concerns(self, path: str, method: str | None) -> bool:
        wanted = self.order
        if wanted.method is not None and method is not None and wanted.method.upper() != method.upper():
            return False
        return wanted.route == "*" or path == "*" or path.startswith(wanted.route)

    def over(self, now: float) -> bool:
        return self.left == 0 or (self.ends_at is not None and now >= self.ends_at)


class Misbehaviours:
    """What one simulator has been told. One per simulator; not shared between processes."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Behave well until told otherwise. `monotonic` counts seconds."""
        self._monotonic = monotonic
        self._rules: list[_Rule] = []

    def order(self, order: Order) -> None:
        """Misbehave so from now; replaces an order of the same mode, route and method."""
        same = (order.mode, order.route, order.method)
        self._rules = [r for r in self._rules if (r.order.mode, r.order.route, r.order.method) != same]
        ends_at = None if order.for_seconds is None else self._monotonic() + order.for_seconds
        self._rules.append(_Rule(order, order.times, ends_at))

    def clear(self) -> None:
        """Behave well."""
        self._rules = []

    def take(self, mode: Mode, path: str = "*", method: str | None = None) -> Order | None:
        """The order of this mode that concerns a request, counted down by one; None when there is none.

        The path "*" is concerned by an order for any route.
        """
        now = self._monotonic()
        self._rules = [rule for rule in self._rules if not rule.over(now)]
        for rule in self._rules:
            if rule.order.mode == mode and rule.concerns(path, method):
                if rule.left is not None:
                    rule.left -= 1
                return rule.order
        return None

    def active(self, name: str, path: str = "*") -> bool:
        """Whether `duplicate`, `duplicate_new_id` or `out_of_order` is to be shown now; counts down by one."""
        if name not in ("duplicate", "duplicate_new_id", "out_of_order"):
            return False
        mode: Mode = name  # type: ignore[assignment]  # mypy does not narrow str by membership
        return self.take(mode, path) is not None

    def listed(self) -> list[dict[str, Any]]:
        """Orders that still hold, with how many times are left."""
        now = self._monotonic()
        return [
            {**rule.order.model_dump(by_alias=True, exclude_none=True), "left": rule.left}
            for rule in self._rules
            if not rule.over(now)
        ]


def misbehaviour_router(misbehaviours: Misbehaviours) -> APIRouter:
    """PUT, GET and DELETE /sim/misbehaviour."""
    router = APIRouter(prefix=f"{SIM_PREFIX}/misbehaviour", tags=["Simulator"])

    @router.put("")
    async def misbehave(order: Order) -> list[dict[str, Any]]:
        """Misbehave so from now. Returns every order that holds."""
        misbehaviours.order(order)
        return misbehaviours.listed()

    @router.get("")
    async def listed() -> list[dict[str, Any]]:
        """Every order that holds."""
        return misbehaviours.listed()

    @router.delete("", status_code=204)
    async def behave() -> None:
        """Behave well again."""
        misbehaviours.clear()

    return router


def misbehaving(app: FastAPI, misbehaviours: Misbehaviours) -> ASGIApp:
    """Add the routes to an app and wrap it; serve what is returned. Paths under /sim never misbehave.

    It must be the outermost layer: closing a connection needs the server's own `send`.
    """
    app.include_router(misbehaviour_router(misbehaviours))
    seen: deque[str] = deque(maxlen=_REQUESTS_KEPT)

    @app.get(f"{SIM_PREFIX}/requests", tags=["Simulator"])
    async def requests() -> list[str]:
        """Method, path and query of the last requests from outside /sim, as they came."""
        return list(seen)

    return _MisbehavingApp(app, misbehaviours, seen)


class _MisbehavingApp:
    def __init__(self, app: ASGIApp, misbehaviours: Misbehaviours, seen: deque[str]) -> None:
        self._app = app
        self._misbehaviours = misbehaviours
        self._seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(f"{SIM_PREFIX}/"):
            await self._app(scope, receive, send)
            return
        self._seen.append(f"{scope['method']} {scope['path']}?{scope['query_string'].decode('latin-1')}")
        take, path, method = self._misbehaviours.take, scope["path"], scope["method"]
        if slow := take("slow", path, method):
            await asyncio.sleep(slow.delay_ms / 1000)
        if take("drop", path, method):
            await _close(receive, send)
        elif take("down", path, method):
            await _refuse(503, scope, receive, send)
        elif error := take("error", path, method):
            await _refuse(error.status, scope, receive, send)
        elif take("lose_answer", path, method):
            await self._app(scope, receive, _unheard)
            await _close(receive, send)
        else:
            await self._app(scope, receive, send)


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    body = {"code": "SIMULATED_FAULT", "title": "the simulator was told to misbehave", "status": status}
    await JSONResponse(body, status, media_type="application/problem+json")(scope, receive, send)


async def _unheard(message: Message) -> None:
    pass


async def _close(receive: Receive, send: Send) -> None:
    """Close the connection without an answer.

    Raises:
        ConnectionResetError: there is no connection, as when an app is called in process.
    """
    # ASGI has no word for this; uvicorn's `send` is a method of the object that holds the transport.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("the simulator closed the connection")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
