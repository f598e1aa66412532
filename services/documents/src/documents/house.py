"""What a process of documents consists of."""

from dataclasses import dataclass
from typing import Any, Final

import httpx
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from chassis.authentication import TokenVerifier
from chassis.clock import Clock
from chassis.files import GridFsFileStore
from chassis.mongo import AggregateCollection
from contracts.identifiers import Pseudonymiser
from documents.adapters.forms.json_schema import JsonSchemaForms
from documents.adapters.mongo.bronnen import MongoBronnen
from documents.adapters.mongo.forms import MongoForms
from documents.adapters.mongo.messages import MongoMessages
from documents.adapters.reply_hub.http_source import HttpDocumentSource
from documents.application.forms import Forms
from documents.settings import DocumentsSettings
from mailboxes.registry import MailboxRegistry

AGGREGATES: Final = ("messages", "dead_letters")
EBOX: Final = "ebox"


@dataclass(slots=True, kw_only=True)
class House:
    """Clients and adapters of one process; bootstrap builds it, whoever runs the process closes it."""

    settings: DocumentsSettings
    client: AsyncMongoClient[dict[str, Any]]
    database: AsyncDatabase[dict[str, Any]]
    http: httpx.AsyncClient
    clock: Clock
    aggregates: dict[str, AggregateCollection]
    messages: MongoMessages
    form_repository: MongoForms
    bronnen: MongoBronnen
    files: GridFsFileStore
    checker: JsonSchemaForms
    forms: Forms
    source: HttpDocumentSource
    mailboxes: MailboxRegistry
    pseudonymiser: Pseudonymiser
    verifier: TokenVerifier

    async def database_answers(self) -> None:
        """Return when MongoDB answers; raises PyMongo's error when it doesn't."""
        await self.client.admin.command("ping")

    async def set_up(self) -> None:
        """Make every index; those that are there stay."""
        for aggregate in self.aggregates.values():
            await aggregate.ensure_indexes()
        await self.messages.ensure_indexes()
        await self.files.ensure_indexes()

    async def close(self) -> None:
        """Close in reverse of how it was built."""
        await self.http.aclose()
        await self.client.close()
