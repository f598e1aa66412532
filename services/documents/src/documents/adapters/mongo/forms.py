"""Forms in MongoDB, each organisation's under names of its own."""

import orjson
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from chassis.mongo import Document
from chassis.tenancy import TenantScope
from documents.application.records import StoredForm

_SCHEMA = 1


class MongoForms:
    """See FormRepository. A version is written once and never changes."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        """Keep them in `collection`."""
        self._collection = collection

    async def add(self, form: StoredForm) -> StoredForm:
        """See FormRepository."""
        document = {
            "_id": _id(form.tenant, form.form_id, form.version),
            "tenant": form.tenant,
            "schema": _SCHEMA,
            "version": 1,
            "created_at": form.created_at,
            "form_id": form.form_id,
            "form_version": form.version,
            "labels": dict(form.labels),
            # As text: names of members may begin with a dollar, and the order of fields is the form's.
            "json_schema": orjson.dumps(form.json_schema).decode(),
            "business_data_keys": orjson.dumps(form.business_data_keys).decode(),
        }
        try:
            await self._collection.insert_one(document)
        except DuplicateKeyError:
            there = await self.get(form.form_id, form.version, scope=TenantScope(form.tenant))
            assert there is not None, "versions are never deleted"
            return there
        return form

    async def get(self, form_id: str, version: int, *, scope: TenantScope) -> StoredForm | None:
        """See FormRepository."""
        stored = await self._collection.find_one({"_id": _id(scope.tenant, form_id, version), **scope.filter()})
        if stored is None:
            return None
        return StoredForm(
            form_id=stored["form_id"],
            version=stored["form_version"],
            tenant=stored["tenant"],
            labels=stored["labels"],
            json_schema=orjson.loads(stored["json_schema"]),
            business_data_keys=orjson.loads(stored["business_data_keys"]),
            created_at=stored["created_at"],
        )


def _id(tenant: str, form_id: str, version: int) -> str:
    return f"{tenant}/{form_id}/{version}"
