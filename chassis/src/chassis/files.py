"""Files in GridFS, behind a small port: streamed in and out, hashed on the way, never whole in memory.

An upload is recorded before its first byte and struck off after an aggregate points at the file. What a killed
process leaves is a record, which the sweeper finds.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import NoFile
from pymongo.asynchronous.database import AsyncDatabase

from chassis import logs
from chassis.clock import Clock
from chassis.media_types import MediaTypeMismatch, TypeCheck

_SCHEMA: Final = 1
_CHUNK_BYTES: Final = 261_120
UPLOADS: Final = "uploads"
BUCKET: Final = "files"


class FileRefused(ValueError):
    """The content is not what was announced; nothing of it is kept."""


class DigestMismatch(FileRefused):
    """The bytes have another SHA-256 than announced."""


class FileTooLarge(FileRefused):
    """More bytes came than may."""


class FileEmpty(FileRefused):
    """No byte came."""


class FileMissing(LookupError):
    """There is no such file."""


def base64url(digest: bytes) -> str:
    """A digest as it is written in JSON: base64url without padding."""
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that is there whole. `sha256` is base64url without padding, `size` in bytes."""

    file_id: str
    file_name: str
    media_type: str
    size: int
    sha256: str


class FileStore(Protocol):
    """Where bytes are kept."""

    async def begin(self, upload_id: str, file_ids: Sequence[str]) -> None:
        """Record an upload before its first byte. The same id again is fine."""
        ...

    async def store(
        self,
        content: AsyncIterator[bytes],
        *,
        file_id: str,
        file_name: str,
        media_type: str,
        max_bytes: int,
        sha256: str | None = None,
    ) -> StoredFile:
        """Take a file in; `begin` has named its id.

        Raises:
            DigestMismatch, FileTooLarge, FileEmpty, MediaTypeMismatch: and nothing of it is kept.
        """
        ...

    async def finish(self, upload_id: str) -> None:
        """Strike the upload off, once an aggregate points at its files."""
        ...

    async def abandon(self, upload_id: str) -> None:
        """Remove an upload and what came of its files."""
        ...

    def read(self, file_id: str) -> AsyncIterator[bytes]:
        """The bytes, in pieces.

        Raises (while iterating):
            FileMissing: see there.
        """
        ...

    async def delete(self, file_id: str) -> None:
        """Remove a file; one that isn't there is fine."""
        ...


class GridFsFileStore:
    """Files in MongoDB's GridFS. A file's id is given by its owner, so that a repeated upload replaces itself."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], clock: Clock) -> None:
        """Keep files in `database`."""
        self._bucket = AsyncGridFSBucket(database, bucket_name=BUCKET, chunk_size_bytes=_CHUNK_BYTES)
        self._files = database[f"{BUCKET}.files"]
        self._chunks = database[f"{BUCKET}.chunks"]
        self._uploads = database[UPLOADS]
        self._clock = clock

    async def begin(self, upload_id: str, file_ids: Sequence[str]) -> None:
        """See FileStore."""
        before = await self._uploads.find_one_and_update(
            {"_id": upload_id},
            {
                "$set": {"begun_at": self._clock.now(), "schema": _SCHEMA},
                "$addToSet": {"file_ids": {"$each": list(file_ids)}},
            },
            upsert=True,
        )
        # Chunks of an upload that died under the same ids would collide with this one's.
        for file_id in before["file_ids"] if before else ():
            await self.delete(file_id)

    async def store(
        self,
        content: AsyncIterator[bytes],
        *,
        file_id: str,
        file_name: str,
        media_type: str,
        max_bytes: int,
        sha256: str | None = None,
    ) -> StoredFile:
        """See FileStore."""
        digest, check, size = hashlib.sha256(), TypeCheck(media_type), 0
        upload = self._bucket.open_upload_stream_with_id(file_id, file_name, metadata={"media_type": media_type})
        try:
            async for block in content:
                size += len(block)
                if size > max_bytes:
                    raise FileTooLarge(f"more than {max_bytes} bytes")
                digest.update(block)
                check.feed(block)
                await upload.write(block)
            stored = _judged(file_id, file_name, media_type, size, digest.digest(), sha256, check)
        except BaseException:
            # Also when the client is gone or the process is told to stop: half a file is no file.
            await upload.abort()
            raise
        await upload.close()
        return stored

    async def finish(self, upload_id: str) -> None:
        """See FileStore."""
        await self._uploads.delete_one({"_id": upload_id})

    async def abandon(self, upload_id: str) -> None:
        """See FileStore."""
        record = await self._uploads.find_one({"_id": upload_id})
        for file_id in record["file_ids"] if record else ():
            await self.delete(file_id)
        await self._uploads.delete_one({"_id": upload_id})

    async def read(self, file_id: str) -> AsyncIterator[bytes]:
        """See FileStore."""
        try:
            stream = await self._bucket.open_download_stream(file_id)
        except NoFile:
            raise FileMissing(file_id) from None
        async with stream:
            while chunk := await stream.readchunk():
                yield chunk

    async def delete(self, file_id: str) -> None:
        """See FileStore."""
        await self._files.delete_one({"_id": file_id})
        await self._chunks.delete_many({"files_id": file_id})


def _judged(
    file_id: str, file_name: str, media_type: str, size: int, digest: bytes, expected: str | None, check: TypeCheck
) -> StoredFile:
    if size == 0:
        raise FileEmpty("no byte came")
    sha256 = base64url(digest)
    if expected is not None and expected.rstrip("=") != sha256:
        raise DigestMismatch("the bytes have another SHA-256 than announced")
    check.finish()
    return StoredFile(file_id=file_id, file_name=file_name, media_type=media_type, size=size, sha256=sha256)


InUse = Callable[[str], Awaitable[bool]]
"""Says whether an aggregate points at a file."""


@dataclass(slots=True, kw_only=True)
class Sweeper:
    """Removes what uploads left behind that nobody finished. `in_use` is asked about every file first."""

    database: AsyncDatabase[dict[str, Any]]
    store: GridFsFileStore
    clock: Clock
    in_use: InUse
    older_than: timedelta = timedelta(hours=1)

    async def sweep(self) -> int:
        """Look through unfinished uploads once; returns how many were struck off."""
        limit = self.clock.now() - self.older_than
        swept = 0
        async for record in self.database[UPLOADS].find({"begun_at": {"$lt": limit}}):
            for file_id in record["file_ids"]:
                if not await self.in_use(file_id):
                    await self.store.delete(file_id)
            # An upload that began anew meanwhile keeps its record.
            await self.database[UPLOADS].delete_one({"_id": record["_id"], "begun_at": record["begun_at"]})
            swept += 1
        if swept:
            logs.get().info("uploads_swept", count=swept)
        return swept

    async def orphans(self, *, since: datetime | None = None) -> list[str]:
        """Ids of files and stray chunks that no aggregate and no upload record knows. Empty is the proof."""
        recorded = {file_id async for upload in self.database[UPLOADS].find({}) for file_id in upload["file_ids"]}
        known = set(await self.database[f"{BUCKET}.files"].distinct("_id"))
        known |= set(await self.database[f"{BUCKET}.chunks"].distinct("files_id"))
        return [file_id for file_id in sorted(known - recorded) if not await self.in_use(file_id)]


__all__ = [
    "DigestMismatch",
    "FileEmpty",
    "FileMissing",
    "FileRefused",
    "FileStore",
    "FileTooLarge",
    "GridFsFileStore",
    "MediaTypeMismatch",
    "StoredFile",
    "Sweeper",
    "base64url",
]
