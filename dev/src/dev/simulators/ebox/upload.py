"""Multipart bodies taken to disk as they come, parts in any order."""

import base64
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import unquote
from uuid import uuid4

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from dev.simulators.ebox.faults import EboxFault, invalid_input

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_JSON_BYTES: Final = 1024 * 1024
MAX_BYTES: Final = 31 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on disk; sha256 is base64url without padding."""

    part_name: str
    file_name: str
    media_type: str
    size: int
    sha256: str
    path: Path


@dataclass(slots=True)
class Upload:
    """What came: one JSON part, and files by part name."""

    json_part: bytes | None = None
    files: dict[str, StoredFile] = field(default_factory=dict)

    def discard(self) -> None:
        """Remove the files: the message they came with was refused."""
        for file in self.files.values():
            file.path.unlink(missing_ok=True)


def _file_name(name: bytes) -> str:
    """Senders write ISO-8859-1 and encode what is outside it as in URLs; browsers write UTF-8."""
    try:
        return unquote(name.decode())
    except UnicodeDecodeError:
        return unquote(name.decode("latin-1"))


class _Sink:
    """Takes the parser's calls. The part named `json_name` is kept in memory, every other one goes to a file."""

    def __init__(self, folder: Path, json_name: str) -> None:
        self.upload = Upload()
        self._folder = folder
        self._json_name = json_name
        self._headers: dict[str, str] = {}
        self._header_name = self._header_value = b""
        self._json: bytearray | None = None
        self._file: IO[bytes] | None = None
        self._path = folder
        self._hash = hashlib.sha256()
        self._size = 0
        self._name = self._file_name = ""
        self.finished = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header_name,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._write,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._file:
            self._file.close()
            self._path.unlink(missing_ok=True)
        self.upload.discard()

    def _begin(self) -> None:
        self._headers, self._header_name, self._header_value = {}, b"", b""

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header_name.decode("latin-1").lower()] = self._header_value.decode("latin-1")
        self._header_name = self._header_value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", "").encode("latin-1"))
        self._name = options.get(b"name", b"").decode("latin-1")
        if self._name == self._json_name:
            self._json = bytearray()
            return
        if not self._name or self._name in self.upload.files:
            raise invalid_input("every part has a name of its own")
        self._file_name = _file_name(options.get(b"filename", b"file"))
        self._hash, self._size = hashlib.sha256(), 0
        self._path = self._folder / uuid4().hex
        self._file = self._path.open("wb")

    def _write(self, data: bytes, start: int, end: int) -> None:
        if self._json is not None:
            self._json += data[start:end]
            if len(self._json) > MAX_JSON_BYTES:
                raise invalid_input("the JSON part is too long")
        elif self._file:
            self._file.write(data[start:end])
            self._hash.update(data[start:end])
            self._size += end - start

    def _end(self) -> None:
        if self._json is not None:
            self.upload.json_part, self._json = bytes(self._json), None
        elif self._file:
            self._file.close()
            self._file = None
            self.upload.files[self._name] = StoredFile(
                self._name,
                self._file_name,
                self._headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower(),
                self._size,
                base64.urlsafe_b64encode(self._hash.digest()).decode().rstrip("="),
                self._path,
            )

    def _finish(self) -> None:
        self.finished = True


async def receive_upload(request: Request, folder: Path, *, json_name: str) -> Upload:
    """Take a multipart body to disk.

    Raises:
        EboxFault: no multipart, broken, cut off, or longer than 31 MiB. Nothing stays on disk.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise EboxFault(415, "INVALID_INPUT", "multipart/form-data is wanted")
    sink = _Sink(folder, json_name)
    parser = MultipartParser(options[b"boundary"], sink.callbacks())
    total, ended = 0, False
    try:
        async for piece in request.stream():
            total += len(piece)
            if total > MAX_BYTES:
                raise EboxFault(413, "INVALID_INPUT", "the message is too large")
            parser.write(piece)
        ended = sink.finished
        if not ended:
            raise invalid_input("the multipart body is cut off")
    except MultipartParseError:
        raise invalid_input("the multipart body is broken") from None
    finally:
        if not ended:
            sink.abandon()
    return sink.upload
