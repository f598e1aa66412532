"""Everything reply-hub keeps in MongoDB."""

from dataclasses import dataclass
from typing import Final

from pymongo.asynchronous.database import AsyncDatabase

from chassis.mongo import AggregateCollection, Document
from reply_hub.adapters.mongo import attachments, boxes, drafts, replies, requests
from reply_hub.adapters.mongo.attachments import MongoAttachments
from reply_hub.adapters.mongo.boxes import MongoBoxes, MongoIncomings
from reply_hub.adapters.mongo.drafts import MongoDrafts
from reply_hub.adapters.mongo.replies import MongoReplies
from reply_hub.adapters.mongo.requests import MongoRequests

DEAD_LETTERS: Final = "dead_letters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The collections, each as its port."""

    requests: MongoRequests
    replies: MongoReplies
    drafts: MongoDrafts
    attachments: MongoAttachments
    boxes: MongoBoxes
    incomings: MongoIncomings
    dead_letters: AggregateCollection

    @classmethod
    def of(cls, database: AsyncDatabase[Document]) -> "Store":
        """The collections of a database."""
        return cls(
            requests=MongoRequests(AggregateCollection.of(database, requests.NAME)),
            replies=MongoReplies(AggregateCollection.of(database, replies.NAME)),
            drafts=MongoDrafts(AggregateCollection.of(database, drafts.NAME)),
            attachments=MongoAttachments(AggregateCollection.of(database, attachments.NAME)),
            boxes=MongoBoxes(AggregateCollection.of(database, boxes.BOXES)),
            incomings=MongoIncomings(AggregateCollection.of(database, boxes.INCOMING)),
            dead_letters=AggregateCollection.of(database, DEAD_LETTERS),
        )

    async def ensure_indexes(self) -> None:
        """Make every index; those that are there stay."""
        for part in (self.requests, self.replies, self.drafts, self.attachments, self.boxes, self.incomings):
            await part.ensure_indexes()
        await self.dead_letters.ensure_indexes()
