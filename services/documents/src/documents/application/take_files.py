"""Files of one call, stored as they stream in; nothing is kept of a call that is refused."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from pymongo.errors import PyMongoError

from chassis.files import FileEmpty, FileStore, FileTooLarge, MediaTypeMismatch, UploadExpired, base64url
from chassis.ids import uuid7
from chassis.media_types import EBOX_MEDIA_TYPES
from chassis.problems import (
    INVALID_INPUT,
    MEDIA_TYPE_MISMATCH,
    PAYLOAD_TOO_LARGE,
    TEMPORARILY_UNAVAILABLE,
    Fault,
    Problem,
)
from documents.application.problems import MEDIA_TYPE_NOT_TAKEN, TOO_MANY_FILES

MAX_FILES: Final = 6
MAX_BYTES: Final = 30 * 1024 * 1024
"""All files of a letter together (Documentendienst: six files, 30 MB)."""
MAX_NAME: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenFile:
    """A file that came in. `sha256` is base64url without padding."""

    file_id: str
    part: str
    file_name: str
    media_type: str
    size: int
    sha256: str


class Intake(Protocol):
    """Takes the files of one call."""

    files: dict[str, TakenFile]

    async def take(self, part: str, file_name: str | None, media_type: str, content: AsyncIterator[bytes]) -> None:
        """Take the next one.

        Raises:
            Problem: it is not taken; nothing of the call's files may be kept.
        """
        ...

    async def finish(self) -> None:
        """The call made its effect: its files stay."""
        ...

    async def abandon(self) -> None:
        """The call was refused: its files go."""
        ...


@dataclass(slots=True, kw_only=True)
class StoringIntake:
    """Stores files under ids that no other call knows, so that giving them up harms nobody."""

    store: FileStore
    upload_id: str = field(default_factory=uuid7)
    files: dict[str, TakenFile] = field(default_factory=dict)
    _left: int = MAX_BYTES
    _begun: bool = False

    async def take(self, part: str, file_name: str | None, media_type: str, content: AsyncIterator[bytes]) -> None:
        """See Intake."""
        file_name = _checked(self.files, part, file_name, media_type)
        file_id = uuid7()
        await self.store.begin(self.upload_id, [file_id])
        self._begun = True
        try:
            stored = await self.store.store(
                content, file_id=file_id, file_name=file_name, media_type=media_type, max_bytes=self._left
            )
        except FileTooLarge:
            raise Problem(PAYLOAD_TOO_LARGE, f"all files together may have {MAX_BYTES} bytes at most") from None
        except FileEmpty:
            raise _fault(part, "EMPTY_FILE", "the file is empty") from None
        except MediaTypeMismatch as error:
            fault = Fault(f"/{part}", "MEDIA_TYPE_MISMATCH", str(error))
            raise Problem(MEDIA_TYPE_MISMATCH, f"part {part!r} is not what it says", faults=[fault]) from None
        except UploadExpired:
            detail = "the upload was silent for too long; send it again"
            raise Problem(TEMPORARILY_UNAVAILABLE, detail, retry_after=1) from None
        self._left -= stored.size
        self.files[part] = TakenFile(
            file_id=file_id,
            part=part,
            file_name=file_name,
            media_type=media_type,
            size=stored.size,
            sha256=stored.sha256,
        )

    async def finish(self) -> None:
        """See Intake. Where it fails, the sweeper strikes the upload off later; the files are in use."""
        if self._begun:
            with suppress(PyMongoError):
                await self.store.finish(self.upload_id)

    async def abandon(self) -> None:
        """See Intake. Where it fails, the sweeper does it later."""
        if self._begun:
            with suppress(PyMongoError):
                await self.store.abandon(self.upload_id)


@dataclass(slots=True)
class HashingIntake:
    """For a repeated call: looks at the files to compare them, and stores nothing."""

    files: dict[str, TakenFile] = field(default_factory=dict)
    _left: int = MAX_BYTES

    async def take(self, part: str, file_name: str | None, media_type: str, content: AsyncIterator[bytes]) -> None:
        """See Intake."""
        file_name = _checked(self.files, part, file_name, media_type)
        digest, size = hashlib.sha256(), 0
        async for block in content:
            digest.update(block)
            size += len(block)
        self._left -= size
        if self._left < 0:
            raise Problem(PAYLOAD_TOO_LARGE, f"all files together may have {MAX_BYTES} bytes at most")
        self.files[part] = TakenFile(
            file_id="",
            part=part,
            file_name=file_name,
            media_type=media_type,
            size=size,
            sha256=base64url(digest.digest()),
        )

    async def finish(self) -> None:
        """Nothing was stored."""

    async def abandon(self) -> None:
        """Nothing was stored."""


def _checked(files: dict[str, TakenFile], part: str, file_name: str | None, media_type: str) -> str:
    """The file's name, if it may come in."""
    if len(files) >= MAX_FILES:
        raise Problem(TOO_MANY_FILES, f"a letter has {MAX_FILES} files at most")
    if part in files:
        raise _fault(part, "TWICE", "two parts have this name")
    name = (file_name or part).strip()
    if not 1 <= len(name) <= MAX_NAME or any(character in name for character in "/\\\0\r\n"):
        raise _fault(part, "FILE_NAME", f"a file name has 1 to {MAX_NAME} characters and no slash")
    if media_type not in EBOX_MEDIA_TYPES:
        fault = Fault(f"/{part}", "MEDIA_TYPE_NOT_TAKEN", f"one of {', '.join(sorted(EBOX_MEDIA_TYPES))}")
        raise Problem(MEDIA_TYPE_NOT_TAKEN, f"no mailbox takes files of type {media_type[:80]!r}", faults=[fault])
    return name


def _fault(part: str, code: str, detail: str) -> Problem:
    return Problem(INVALID_INPUT, f"part {part[:80]!r}: {detail}", faults=[Fault(f"/{part[:80]}", code, detail)])
