"""`python -m dev.benchmarks.baselines answers | letters | consumer`: the same work with nothing around it."""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import uuid4

import orjson
import uvicorn
import uvloop
from aiokafka import AIOKafkaConsumer
from fastapi import Body, FastAPI, Header, Request
from gridfs.asynchronous import AsyncGridFSBucket
from pymongo import AsyncMongoClient

from chassis.authentication import JwksVerifier
from chassis.discovery import Discovery
from chassis.outbound import http_client
from dev.demo.letters import FORM
from reply_hub.adapters.forms.json_schema import CompiledForm


def _verifier(audience: str) -> JwksVerifier:
    return JwksVerifier(
        discovery=Discovery(http_client(), issuer=os.environ["ISSUER"], client_id="baseline"), audience=audience
    )


def answers_app(document: dict[str, Any]) -> FastAPI:
    """The same token check, the same schema with the same library, one insert of the same document."""
    verifier, form = _verifier("reply-hub"), CompiledForm(orjson.dumps(FORM))
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(os.environ["MONGODB_URI"], w="majority", journal=True)
    collection = client[os.environ["DATABASE"]]["baseline_answers"]
    app = FastAPI()

    @app.post("/answers", status_code=201)
    async def answer(
        body: Annotated[dict[str, Any], Body()], authorization: Annotated[str, Header()]
    ) -> dict[str, str]:
        await verifier.verify(authorization.removeprefix("Bearer "))
        if form.faults(body["data"]):
            raise ValueError("the answer breaks the form")
        made = str(uuid4())
        await collection.insert_one({**document, "_id": made})
        return {"replyId": made}

    return _with_health(app)


def letters_app() -> FastAPI:
    """The same token check, and the body streamed into GridFS."""
    verifier = _verifier("documents")
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(os.environ["MONGODB_URI"], w="majority", journal=True)
    bucket = AsyncGridFSBucket(client[os.environ["DATABASE"]], "baseline_files")
    app = FastAPI()

    @app.post("/letters", status_code=201)
    async def letter(request: Request, authorization: Annotated[str, Header()]) -> dict[str, str]:
        await verifier.verify(authorization.removeprefix("Bearer "))
        made = str(uuid4())
        async with bucket.open_upload_stream_with_id(made, "letter.pdf") as stream:
            async for block in request.stream():
                await stream.write(block)
        return {"messageId": made}

    return _with_health(app)


def _with_health(app: FastAPI) -> FastAPI:
    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


def consumer_app() -> FastAPI:
    """One insert and one commit per event, in one process; FastAPI only says that it is up."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        consumer = AIOKafkaConsumer(
            os.environ["TOPIC"],
            bootstrap_servers=os.environ["BOOTSTRAP"],
            group_id=f"{os.environ['TOPIC']}.baseline",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        task = asyncio.create_task(_consume(consumer))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await consumer.stop()

    return _with_health(FastAPI(lifespan=lifespan))


async def _consume(consumer: AIOKafkaConsumer) -> None:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(os.environ["MONGODB_URI"], w="majority", journal=True)
    collection = client[os.environ["DATABASE"]]["baseline_events"]
    async for record in consumer:
        await collection.insert_one({"_id": str(uuid4()), **orjson.loads(record.value)})
        await consumer.commit()


def main() -> None:
    """Serve one of them."""
    parser = argparse.ArgumentParser(prog="dev.benchmarks.baselines", description=__doc__)
    parser.add_argument("what", choices=["answers", "letters", "consumer"])
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    match options.what:
        case "answers":
            app = answers_app(orjson.loads(os.environ["DOCUMENT"]))
        case "letters":
            app = letters_app()
        case _:
            app = consumer_app()
    config = uvicorn.Config(app, port=options.port, http="httptools", log_level="warning", access_log=False)
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
