"""Dossiers in MongoDB: one document each, with their phase changes and bindings."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from chassis.clock import Clock
from chassis.due_item import DueItem
from chassis.mongo import AggregateCollection
from chassis.tenancy import EVERY_TENANT, Scope
from dossier_router.application.records import StoredDossier
from dossier_router.domain.dossier import Binding, Dossier, PhaseChange

_SCHEMA: Final = 1


class MongoDossiers:
    """See DossierRepository."""

    def __init__(self, collection: AggregateCollection, clock: Clock) -> None:
        """Keep them in `collection`."""
        self._collection = collection
        self._clock = clock

    async def get(self, key: str, *, scope: Scope) -> StoredDossier | None:
        """See DossierRepository."""
        document = await self._collection.get(key, scope=scope, fields={"outbox": 0, "due": 0})
        return _read(document) if document else None

    async def save(self, stored: StoredDossier, *, due: Sequence[DueItem] = ()) -> None:
        """See DossierRepository."""
        fields = {
            "changes": [_change(change) for change in stored.dossier.changes.values()],
            "bindings": [_binding(request, binding) for request, binding in stored.bindings.items()],
        }
        if stored.version == 0:
            document = {
                "_id": stored.dossier.key,
                "tenant": stored.tenant,
                "schema": _SCHEMA,
                "created_at": self._clock.now(),
                "bron": stored.dossier.bron,
                "dossier_nummer": stored.dossier.dossier_nummer,
                **fields,
            }
            await self._collection.insert(document, due=due)
            return
        await self._collection.save(
            stored.dossier.key, scope=EVERY_TENANT, version=stored.version, set=fields, due_add=due
        )

    async def settle(self, key: str, *, version: int, due_done: str) -> None:
        """See DossierRepository."""
        await self._collection.save(key, scope=EVERY_TENANT, version=version, set={}, due_done=[due_done])


def _change(change: PhaseChange) -> dict[str, Any]:
    return {
        "version": change.version,
        "fase": change.fase,
        "procedurestap": change.procedurestap,
        "status_code": change.status_code,
        "at": change.at,
    }


def _binding(request: str, binding: Binding) -> dict[str, Any]:
    return {
        "request": request,
        "fase": binding.fase,
        "procedurestap": binding.procedurestap,
        "version": binding.version,
    }


def _read(document: Mapping[str, Any]) -> StoredDossier:
    changes = {
        stored["version"]: PhaseChange(
            version=stored["version"],
            fase=stored["fase"],
            procedurestap=stored["procedurestap"],
            status_code=stored["status_code"],
            at=stored["at"].astimezone(UTC),
        )
        for stored in document["changes"]
    }
    bindings = {
        stored["request"]: Binding(
            fase=stored["fase"], procedurestap=stored["procedurestap"], version=stored["version"]
        )
        for stored in document["bindings"]
    }
    dossier = Dossier(
        key=document["_id"], bron=document["bron"], dossier_nummer=document["dossier_nummer"], changes=changes
    )
    return StoredDossier(dossier=dossier, tenant=document["tenant"], bindings=bindings, version=document["version"])
