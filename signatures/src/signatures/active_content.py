"""Content of a PDF that does something by itself, in any of its revisions."""

import hashlib
from collections.abc import Collection, Iterator
from typing import Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

_KEYS: Final = frozenset({"/JS", "/JavaScript", "/XFA", "/AA", "/RichMediaContent", "/RichMediaSettings"})
_ACTIONS: Final = frozenset({
    "/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/RichMediaExecute", "/GoToE", "/GoToR",
})  # fmt: skip
_SUBTYPES: Final = frozenset({"/RichMedia", "/3D", "/Movie", "/Sound", "/Screen", "/FileAttachment"})


class TooDeep(ValueError):
    """Objects are nested deeper than any document needs."""


def active_content(reader: PdfFileReader, *, known_files: Collection[str]) -> str | None:
    """The first thing found that does something by itself, in words; None where there is none.

    `known_files` are SHA-256 digests (hexadecimal) of embedded files that are expected.
    """
    for revision in range(reader.xrefs.total_revisions):
        resolver = reader.get_historical_resolver(revision)
        for reference in reader.xrefs.explicit_refs_in_revision(revision):
            for found in _in(resolver(reference), known_files, depth=0):
                return found
        for found in _in(reader.get_historical_root(revision), known_files, depth=0):
            return found
    return None


def _in(item: generic.PdfObject, known_files: Collection[str], *, depth: int) -> Iterator[str]:
    if depth > 100:
        raise TooDeep("objects are nested too deeply")
    if isinstance(item, generic.DictionaryObject):
        yield from _in_dictionary(item, known_files)
        for name in item:
            yield from _in(item.raw_get(name), known_files, depth=depth + 1)
    elif isinstance(item, generic.ArrayObject):
        for index in range(len(item)):
            yield from _in(item.raw_get(index), known_files, depth=depth + 1)


def _in_dictionary(item: generic.DictionaryObject, known_files: Collection[str]) -> Iterator[str]:
    for name in _KEYS & item.keys():
        yield f"an entry {name}"
    for name, unwanted in (("/S", _ACTIONS), ("/Subtype", _SUBTYPES)):
        value = item.get(name) if name in item else None
        if isinstance(value, generic.NameObject) and str(value) in unwanted:
            yield f"{name} {value}"
    if isinstance(item, generic.StreamObject) and item.get("/Type") == "/EmbeddedFile":
        digest = hashlib.sha256(item.data).hexdigest()
        if digest not in known_files:
            yield "an embedded file"
