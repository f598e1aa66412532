"""Subscriptions in MongoDB, their secrets encrypted. Read for every filing, so kept in memory for a second."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from chassis.cipher import FieldCipher
from chassis.mongo import AggregateCollection, Document, VersionConflict
from chassis.tenancy import Scope, TenantScope
from dossier_router.application.records import Subscription

_FRESH_S: Final = 1.0
_SCHEMA: Final = 1
_DELETED: Final = "DELETED"


class MongoSubscriptions:
    """See SubscriptionRepository."""

    def __init__(self, collection: AggregateCollection, cipher: FieldCipher) -> None:
        """Keep them in `collection`; `cipher` guards their secrets."""
        self._collection = collection
        self._cipher = cipher
        self._remembered: dict[Scope, tuple[float, list[Subscription]]] = {}

    async def ensure_indexes(self) -> None:
        """The index by tenant."""
        await self._collection.collection.create_index("tenant", name="by_tenant")

    async def add(self, subscription: Subscription, answers: Sequence[Mapping[str, Any]]) -> None:
        """See SubscriptionRepository."""
        document = {
            "_id": subscription.id,
            "tenant": subscription.tenant,
            "schema": _SCHEMA,
            "created_at": subscription.created_at,
            "name": subscription.name,
            "url": subscription.url,
            "secret": self._cipher.encrypt(subscription.secret, subscription.id),
            "bronnen": list(subscription.bronnen),
            "status": subscription.status,
            # The first answer shows the secret, so it is guarded likewise.
            "answers": [self._sealed(answer, subscription.id) for answer in answers],
        }
        await self._collection.insert(document)
        self._remembered.pop(TenantScope(subscription.tenant), None)

    async def get(self, subscription_id: str, *, scope: Scope) -> Subscription | None:
        """See SubscriptionRepository."""
        document = await self._collection.get(subscription_id, scope=scope)
        return None if document is None or document["status"] == _DELETED else self._read(document)

    async def answers_of(self, subscription_id: str, *, scope: Scope) -> Sequence[Mapping[str, Any]]:
        """See SubscriptionRepository."""
        document = await self._collection.get(subscription_id, scope=scope)
        answers = document["answers"] if document else []
        return [
            {**answer, "body": self._cipher.decrypt(answer["body"], subscription_id).encode()} for answer in answers
        ]

    async def of(self, *, scope: Scope) -> list[Subscription]:
        """See SubscriptionRepository."""
        remembered = self._remembered.get(scope)
        if remembered is not None and time.monotonic() - remembered[0] < _FRESH_S:
            return remembered[1]
        query = {"status": {"$ne": _DELETED}, **scope.filter()}
        found = [self._read(document) for document in await self._collection.collection.find(query).to_list()]
        self._remembered[scope] = (time.monotonic(), found)
        return found

    async def set_status(self, subscription_id: str, status: str, *, scope: Scope) -> bool:
        """See SubscriptionRepository."""
        document = await self._collection.get(subscription_id, scope=scope)
        if document is None or document["status"] == _DELETED:
            return False
        try:
            await self._collection.save(
                subscription_id, scope=scope, version=document["version"], set={"status": status}
            )
        except VersionConflict:
            return await self.set_status(subscription_id, status, scope=scope)
        self._remembered.pop(TenantScope(document["tenant"]), None)
        return True

    def _sealed(self, answer: Mapping[str, Any], subscription_id: str) -> Document:
        return {**answer, "body": self._cipher.encrypt(answer["body"].decode(), subscription_id)}

    def _read(self, document: Document) -> Subscription:
        return Subscription(
            id=document["_id"],
            tenant=document["tenant"],
            name=document["name"],
            url=document["url"],
            secret=self._cipher.decrypt(document["secret"], document["_id"]),
            bronnen=tuple(document["bronnen"]),
            status=document["status"],
            created_at=document["created_at"].astimezone(UTC),
            version=document["version"],
        )
