"""Whether bytes are what their media type says, judged while they pass by."""

import codecs
from typing import Final

PDF: Final = "application/pdf"
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_ODF: Final = "application/vnd.oasis.opendocument."
_OOXML: Final = "application/vnd.openxmlformats-officedocument."

MAGIC: Final[dict[str, bytes]] = {
    PDF: b"%PDF-",
    "application/zip": _ZIP,
    f"{_ODF}text": _ZIP,
    f"{_ODF}spreadsheet": _ZIP,
    f"{_ODF}presentation": _ZIP,
    f"{_ODF}graphics": _ZIP,
    f"{_OOXML}wordprocessingml.document": _ZIP,
    f"{_OOXML}spreadsheetml.sheet": _ZIP,
    "application/msword": _OLE,
    "application/vnd.ms-excel": _OLE,
    "application/vnd.ms-powerpoint": _OLE,
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
TEXT: Final = frozenset({"text/csv", "text/html", "text/plain", "text/xml", "application/xml"})
EBOX_MEDIA_TYPES: Final = frozenset(MAGIC) - {"image/jpeg", "image/png"} | TEXT
"""What the eBox message registry takes."""


class MediaTypeMismatch(ValueError):
    """The bytes are not of the media type that was announced."""


class TypeCheck:
    """Feeds on the bytes of one file. A type without a known mark is not judged."""

    def __init__(self, media_type: str) -> None:
        """Expect a media type."""
        self._media_type = media_type
        self._magic = MAGIC.get(media_type, b"")
        self._head = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")() if media_type in TEXT else None

    def feed(self, block: bytes) -> None:
        """Look at the next bytes.

        Raises:
            MediaTypeMismatch: it is clear by now.
        """
        if len(self._head) < len(self._magic):
            self._head += block[: len(self._magic) - len(self._head)]
            if not self._magic.startswith(self._head):
                raise MediaTypeMismatch(f"the content does not begin as {self._media_type} does")
        if self._decoder is not None:
            self._judge_text(block, final=False)

    def finish(self) -> None:
        """Judge at the end.

        Raises:
            MediaTypeMismatch: see there.
        """
        if self._head != self._magic:
            raise MediaTypeMismatch(f"the content is too short for {self._media_type}")
        if self._decoder is not None:
            self._judge_text(b"", final=True)

    def _judge_text(self, block: bytes, *, final: bool) -> None:
        assert self._decoder is not None
        try:
            text = self._decoder.decode(block, final)
        except UnicodeDecodeError:
            raise MediaTypeMismatch(f"{self._media_type} has to be UTF-8") from None
        if "\0" in text:
            raise MediaTypeMismatch(f"{self._media_type} has no NUL in it")
