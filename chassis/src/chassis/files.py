"""Files in GridFS, behind a small port: streamed in and out, hashed on the way, never whole in memory.

An upload is recorded before its first byte and struck off after an aggregate points at the file. What a killed
process leaves is a record, which the sweeper finds (chassis.sweeping).
"""

import hashlib
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pymongo.asynchronous.database import AsyncDatabase

from chassis.chunked_files import ChunkedFiles, FileIncomplete
from chassis.clock import Clock, SystemClock
from chassis.media_types import MediaTypeMismatch, TypeCheck
from chassis.sweeping import TOUCH_EVERY_S, UPLOADS, Sweeper

__all__ = [
    "DigestMismatch",
    "FileEmpty",
    "FileIncomplete",
    "FileMissing",
    "FileRefused",
    "FileStore",
    "FileTooLarge",
    "GridFsFileStore",
    "MediaTypeMismatch",
    "StoredFile",
    "Sweeper",
    "UploadExpired",
    "base64url",
]

_SCHEMA: Final = 1
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


class UploadExpired(Exception):
    """The upload was swept away meanwhile: it was silent for too long."""


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

    @property
    def sha256_hex(self) -> str:
        """The digest as most tools print it."""
        return urlsafe_b64decode(f"{self.sha256}=").hex()


class FileStore(Protocol):
    """Where bytes are kept."""

    async def begin(self, upload_id: str, file_ids: Sequence[str]) -> None:
        """Record an upload before its first byte; again with the same id, to name further files or to try again."""
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
        """Take a file in; `begin` has named its id, which has no slash.

        An id that is there already with the same bytes is fine: the file is the one that came first.

        Raises:
            DigestMismatch, FileTooLarge, FileEmpty, MediaTypeMismatch: and nothing of it is kept.
            FileRefused: there is a file of that id with other bytes, which stays.
            UploadExpired: the sweeper was faster; nothing of it is kept.
        """
        ...

    async def finish(self, upload_id: str) -> None:
        """Strike the upload off, once an aggregate points at its files."""
        ...

    async def abandon(self, upload_id: str) -> None:
        """Remove an upload and what came of its files; only for whoever began it and knows that nobody uses them."""
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
    """Files in MongoDB, laid out as GridFS does. `clock` only dates files."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], clock: Clock | None = None) -> None:
        """Keep files in `database`."""
        self._bucket = ChunkedFiles(database, BUCKET)
        self._uploads = database[UPLOADS]
        self._clock = clock or SystemClock()
        self._touched: dict[str, float] = {}
        self._indexed = False

    async def ensure_indexes(self) -> None:
        """Make the indexes that files and uploads need; those that are there stay."""
        await self._bucket.ensure_indexes()
        await self._uploads.create_index("file_ids")

    async def begin(self, upload_id: str, file_ids: Sequence[str]) -> None:
        """See FileStore."""
        if not self._indexed:
            await self.ensure_indexes()
            self._indexed = True
        await self._uploads.update_one(
            {"_id": upload_id},
            {
                "$set": {"state": "OPEN", "schema": _SCHEMA},
                "$currentDate": {"touched_at": True},
                "$addToSet": {"file_ids": {"$each": list(file_ids)}},
            },
            upsert=True,
        )
        self._touched |= dict.fromkeys(file_ids, time.monotonic())

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
        digest, check = hashlib.sha256(), TypeCheck(media_type)
        writer = self._bucket.writer(file_id)
        try:
            async for block in content:
                if writer.size + len(block) > max_bytes:
                    raise FileTooLarge(f"more than {max_bytes} bytes")
                digest.update(block)
                check.feed(block)
                await writer.write(block)
                await self._touch(file_id)
            stored = _judged(file_id, file_name, media_type, writer.size, digest.digest(), sha256, check)
            there = await writer.close(
                file_name=file_name, media_type=media_type, sha256=stored.sha256, at=self._clock.now()
            )
            if there["metadata"]["sha256"] != stored.sha256:
                raise FileRefused("a file of this id with other bytes is there already")
            await self._touch(file_id)
        except BaseException:
            # Also when the client is gone or the process is told to stop: half a file is no file.
            await writer.abort()
            raise
        finally:
            self._touched.pop(file_id, None)
        return stored

    async def _touch(self, file_id: str) -> None:
        """Keep the upload's record young while bytes come, however slowly.

        Whoever was not heard of for so long that it was swept finds out here.
        """
        if time.monotonic() - self._touched.get(file_id, 0.0) < TOUCH_EVERY_S:
            return
        result = await self._uploads.update_one(
            {"file_ids": file_id, "state": "OPEN"}, {"$currentDate": {"touched_at": True}}
        )
        if not result.matched_count:
            raise UploadExpired(file_id)
        self._touched[file_id] = time.monotonic()

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
        file = await self._bucket.find(file_id)
        if file is None:
            raise FileMissing(file_id)
        async for block in self._bucket.read(file):
            yield block

    async def ids(self) -> set[str]:
        """Ids of all files, and of those of which there are only pieces."""
        return await self._bucket.ids()

    async def holds(self, file_id: str) -> bool:
        """Whether anything of a file is there."""
        return await self._bucket.holds(file_id)

    async def delete(self, file_id: str) -> None:
        """See FileStore."""
        await self._bucket.delete(file_id)


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
