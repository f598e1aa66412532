"""What a process of reply-hub consists of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from chassis.authentication import TokenVerifier
from chassis.cipher import FieldCipher
from chassis.clock import Clock, SandboxClock
from chassis.files import GridFsFileStore
from contracts.identifiers import Pseudonymiser
from mailboxes.port import Mailbox
from reply_hub.adapters.documents.prefill import HttpPrefillSource
from reply_hub.adapters.forms.json_schema import CompiledForms
from reply_hub.adapters.mongo.store import Store
from reply_hub.adapters.signatures.pool import JudgingPool
from reply_hub.application.announcements import Announcer
from reply_hub.settings import ReplyHubSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Clients and adapters of one process; bootstrap builds it, whoever runs the process closes it."""

    settings: ReplyHubSettings
    client: AsyncMongoClient[dict[str, Any]]
    database: AsyncDatabase[dict[str, Any]]
    http: httpx.AsyncClient
    store: Store
    files: GridFsFileStore
    clock: Clock
    sandbox_clock: SandboxClock | None
    cipher: FieldCipher
    pseudonymiser: Pseudonymiser
    announcer: Announcer
    forms: CompiledForms
    verifier: TokenVerifier
    prefill: HttpPrefillSource
    mailboxes: Mapping[str, Mailbox]
    pool: JudgingPool
    responders: httpx.AsyncClient
    instance: str

    async def database_answers(self) -> None:
        """Return when MongoDB answers; raises PyMongo's error when it doesn't."""
        await self.client.admin.command("ping")

    async def set_up(self) -> None:
        """Make every index; those that are there stay."""
        await self.store.ensure_indexes()
        await self.files.ensure_indexes()

    async def close(self) -> None:
        """Close in reverse of how it was built."""
        await self.pool.close()
        await self.responders.aclose()
        await self.http.aclose()
        await self.client.close()
