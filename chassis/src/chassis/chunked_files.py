"""Files as GridFS lays them out (a `files` and a `chunks` collection), safe against two uploads of one id.

Two differences from the driver's own bucket, both on purpose. Chunks are written every megabyte, where the driver
gathers up to 32 MB and asks for the indexes of both collections at every upload. And chunks belong to the upload that
wrote them (`files_id` is the file's id, a slash, and the upload's own token, repeated in the file's document as
`chunks`): when a client repeats a call while its first is running, neither writes into the other's file, and which of
the two is the file is decided by one insert.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

from bson import Binary, ObjectId
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from chassis.ids import uuid7

_SCHEMA: Final = 1
_CHUNK_BYTES: Final = 261_120
_FLUSH_CHUNKS: Final = 4

Collection = AsyncCollection[dict[str, Any]]


class FileIncomplete(RuntimeError):
    """A file's document is there but not all of its bytes."""


class ChunkedFiles:
    """The two collections of one bucket."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], bucket: str) -> None:
        """Keep files in `<bucket>.files` and `<bucket>.chunks`."""
        self.files: Collection = database[f"{bucket}.files"]
        self.chunks: Collection = database[f"{bucket}.chunks"]

    async def ensure_indexes(self) -> None:
        """Make the index that chunks are read by; one that is there stays."""
        await self.chunks.create_index([("files_id", 1), ("n", 1)], unique=True)

    def writer(self, file_id: str) -> "FileWriter":
        """A file on its way in. The id has no slash."""
        return FileWriter(self, file_id)

    async def find(self, file_id: str) -> dict[str, Any] | None:
        """The document of a file that is there whole."""
        return await self.files.find_one({"_id": file_id})

    async def read(self, file: dict[str, Any]) -> AsyncIterator[bytes]:
        """The bytes of a file that `find` gave.

        Raises:
            FileIncomplete: some are missing; it was deleted meanwhile.
        """
        left: int = file["length"]
        async with self.chunks.find({"files_id": file["chunks"]}, {"data": 1}, batch_size=_FLUSH_CHUNKS).sort(
            "n", 1
        ) as found:
            async for chunk in found:
                left -= len(chunk["data"])
                yield bytes(chunk["data"])
        if left:
            raise FileIncomplete(str(file["_id"]))

    async def delete(self, file_id: str) -> None:
        """Remove a file and what any upload left of it; one that isn't there is fine."""
        await self.files.delete_one({"_id": file_id})
        # "0" is the character after "/": everything that begins with the id and a slash.
        await self.chunks.delete_many({"files_id": {"$gte": f"{file_id}/", "$lt": f"{file_id}0"}})

    async def ids(self) -> set[str]:
        """Ids of all files, and of those of which there are only chunks."""
        found: set[str] = set()
        for collection, name in ((self.files, "$_id"), (self.chunks, "$files_id")):
            async with await collection.aggregate([{"$group": {"_id": name}}]) as groups:
                found |= {str(group["_id"]).partition("/")[0] async for group in groups}
        return found

    async def holds(self, file_id: str) -> bool:
        """Whether anything of a file is there."""
        chunks = {"files_id": {"$gte": f"{file_id}/", "$lt": f"{file_id}0"}}
        return (
            await self.files.find_one({"_id": file_id}, {"_id": 1}) is not None
            or await self.chunks.find_one(chunks, {"_id": 1}) is not None
        )


class FileWriter:
    """One upload: `write` as often as wanted, then `close` or `abort`."""

    def __init__(self, bucket: ChunkedFiles, file_id: str) -> None:
        """Begin; nothing is written yet."""
        self._bucket = bucket
        self._file_id = file_id
        self._chunks_id = f"{file_id}/{uuid7()}"
        self._rest = bytearray()
        self._pending: list[dict[str, Any]] = []
        self._count = 0
        self.size = 0

    async def write(self, block: bytes) -> None:
        """Take the next bytes."""
        self.size += len(block)
        self._rest += block
        while len(self._rest) >= _CHUNK_BYTES:
            self._cut(_CHUNK_BYTES)
        if len(self._pending) >= _FLUSH_CHUNKS:
            await self._flush()

    async def close(self, *, file_name: str, media_type: str, sha256: str, at: datetime) -> dict[str, Any]:
        """Write what is left, then the file's own document: only now there is a file.

        Returns that document; where another upload of this id was faster, that one's, and nothing of this one stays.
        """
        if self._rest:
            self._cut(len(self._rest))
        await self._flush()
        document = {
            "_id": self._file_id,
            "filename": file_name,
            "length": self.size,
            "chunkSize": _CHUNK_BYTES,
            "uploadDate": at,
            "chunks": self._chunks_id,
            "metadata": {"media_type": media_type, "sha256": sha256, "schema": _SCHEMA},
        }
        try:
            await self._bucket.files.insert_one(document)
        except DuplicateKeyError:
            await self._delete_chunks()
            faster = await self._bucket.find(self._file_id)
            if faster is None:
                raise FileIncomplete(self._file_id) from None
            return faster
        return document

    async def abort(self) -> None:
        """Remove what this upload wrote, also its file if `close` came so far."""
        await self._bucket.files.delete_one({"_id": self._file_id, "chunks": self._chunks_id})
        await self._delete_chunks()

    async def _delete_chunks(self) -> None:
        await self._bucket.chunks.delete_many({"files_id": self._chunks_id})

    def _cut(self, size: int) -> None:
        data = Binary(bytes(self._rest[:size]))
        del self._rest[:size]
        self._pending.append({"_id": ObjectId(), "files_id": self._chunks_id, "n": self._count, "data": data})
        self._count += 1

    async def _flush(self) -> None:
        if self._pending:
            await self._bucket.chunks.insert_many(self._pending)
            self._pending = []
