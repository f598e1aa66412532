"""Files of answers in MongoDB: what is known of each; their bytes are in the file store under the same id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chassis.due_item import DueItem
from chassis.mongo import AggregateCollection
from chassis.tenancy import EVERY_TENANT, Scope
from reply_hub.adapters.mongo.stored import SCHEMA, file_document, file_of
from reply_hub.application.records import Attachment
from reply_hub.domain.files import ScanState

NAME: Final = "attachments"


@dataclass(frozen=True, slots=True)
class MongoAttachments:
    """See `Attachments`."""

    aggregates: AggregateCollection

    async def ensure_indexes(self) -> None:
        """Make the indexes; those that are there stay."""
        await self.aggregates.ensure_indexes()

    async def find(self, attachment_id: str, *, scope: Scope) -> Attachment | None:
        """See `Attachments`."""
        found = await self.aggregates.get(attachment_id, scope=scope)
        return _attachment_of(found) if found else None

    async def find_all(self, attachment_ids: Sequence[str], *, scope: Scope) -> dict[str, Attachment]:
        """See `Attachments`."""
        if not attachment_ids:
            return {}
        cursor = self.aggregates.collection.find({"_id": {"$in": list(attachment_ids)}, **scope.filter()})
        return {found["_id"]: _attachment_of(found) for found in await cursor.to_list()}

    async def add(self, attachment: Attachment, *, due: Sequence[DueItem]) -> None:
        """See `Attachments`."""
        document = {
            "_id": attachment.id,
            "schema": SCHEMA,
            "tenant": attachment.tenant,
            "created_at": attachment.uploaded_at,
            "request_id": attachment.request_id,
            "pseudonym": attachment.pseudonym,
            "file": file_document(attachment.file),
            "scan": attachment.scan.value,
            "signature": attachment.signature,
        }
        await self.aggregates.insert(document, due=due)

    async def save(
        self, attachment: Attachment, *, due_done: Sequence[str] = (), due_add: Sequence[DueItem] = ()
    ) -> None:
        """See `Attachments`."""
        await self.aggregates.save(
            attachment.id,
            scope=EVERY_TENANT,
            version=attachment.version,
            set={"scan": attachment.scan.value, "signature": attachment.signature},
            due_done=due_done,
            due_add=due_add,
        )

    async def remove(self, attachment: Attachment, *, scope: Scope) -> None:
        """See `Attachments`."""
        await self.aggregates.collection.delete_one({"_id": attachment.id, **scope.filter()})


def _attachment_of(stored: Mapping[str, Any]) -> Attachment:
    return Attachment(
        file=file_of(stored["file"]),
        tenant=stored["tenant"],
        version=stored["version"],
        request_id=stored["request_id"],
        pseudonym=stored["pseudonym"],
        scan=ScanState(stored["scan"]),
        signature=stored["signature"],
        uploaded_at=stored["created_at"],
    )
