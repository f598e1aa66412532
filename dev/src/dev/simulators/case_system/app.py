"""The app that plays a case system."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response

from dev.simulators.case_system.desk import Desk
from dev.simulators.case_system.settings import Policy, Secret
from dev.simulators.case_system.signatures import BadSignature, verify


def create_app(desk: Desk) -> FastAPI:
    """Build a case system that has no subscription yet.

    Webhooks come in at /webhooks/{name}; what it was told, and what it made of it, is under /sim.
    """
    secrets: dict[str, str] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await desk.close()

    app = FastAPI(title="Case system simulator", version="1", lifespan=lifespan)

    @app.post("/webhooks/{name}")
    async def webhook(name: str, request: Request) -> Response:
        """Take a filing in: 204, and the work on it begins; 401 where the signature is wrong."""
        body = await request.body()
        try:
            webhook_id = verify(secrets[name], request.headers, body)
        except KeyError:
            return Response(status_code=404)
        except BadSignature as error:
            return Response(str(error), status_code=401)
        desk.told(name, webhook_id, orjson.loads(body))
        return Response(status_code=204)

    @app.put("/sim/subscriptions/{name}", status_code=204)
    async def remember(name: str, body: Secret) -> None:
        """Check the calls of a subscription with this secret."""
        secrets[name] = body.secret

    @app.put("/sim/policy/{name}", status_code=204)
    async def change_policy(name: str, body: Policy) -> None:
        """What becomes of the filings that a subscription tells of, from now."""
        desk.policies[name] = body

    @app.get("/sim/received")
    async def received() -> list[dict[str, Any]]:
        """Every filing it was told of, in the order of the first call."""
        return [each.shown() for each in desk.received.values()]

    @app.get("/sim/received/{filing_id}")
    async def one(filing_id: str) -> Response:
        """One of them; 404 where it was not told of it."""
        known = desk.received.get(filing_id)
        if known is None:
            return Response(status_code=404)
        return Response(orjson.dumps(known.shown()), media_type="application/json")

    return app
