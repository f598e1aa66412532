"""What a program may write into a PDF's metadata when it saves it again: when, by what; never a title."""

from collections.abc import Iterable
from typing import Any, Final, cast

from lxml import etree
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import DocInfoRule, MetadataUpdateRule, ReferenceUpdate, SuspiciousModification

_SAVING: Final = frozenset({"/ModDate", "/Producer"})
_SAVING_IN_XMP: Final = frozenset({
    "{http://ns.adobe.com/xap/1.0/}ModifyDate",
    "{http://ns.adobe.com/xap/1.0/}MetadataDate",
    "{http://ns.adobe.com/pdf/1.3/}Producer",
    "{http://ns.adobe.com/xap/1.0/mm/}InstanceID",
    "{http://ns.adobe.com/xap/1.0/mm/}History",
})  # fmt: skip


class SavedAgainInfo(DocInfoRule):
    """The information dictionary: only its moment of change and its producer may differ."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """See WhitelistRule; raises SuspiciousModification."""
        if _info(old) != _info(new):
            raise SuspiciousModification("the document's information was changed")
        return super().apply(old, new)


class SavedAgainXmp(MetadataUpdateRule):
    """The XMP metadata: the same, in XML."""

    def __init__(self) -> None:
        """With every check of the library."""
        super().__init__()  # type: ignore[no-untyped-call]  # no types there

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """See WhitelistRule; raises SuspiciousModification."""
        updates = list(super().apply(old, new))
        if updates and _xmp(old) != _xmp(new):
            raise SuspiciousModification("the document's metadata were changed")
        return updates


def _referred(revision: HistoricalResolver, holder: generic.DictionaryObject, name: str) -> Any:
    """The object behind a reference, as it was in a revision; None where there is no such entry."""
    # pyHanko's types don't say that an optional reference may be None.
    reference = cast("generic.Reference | None", holder.get_value_as_reference(name, optional=True))
    return revision(reference) if reference is not None else None


def _info(revision: HistoricalResolver) -> dict[str, str]:
    info = _referred(revision, revision.trailer_view, "/Info") or {}
    return {name: str(info[name]) for name in info if name not in _SAVING}


def _xmp(revision: HistoricalResolver) -> bytes | None:
    stream = _referred(revision, revision.root, "/Metadata")
    if not isinstance(stream, generic.StreamObject):
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    root = etree.fromstring(stream.read_data(DecodePurpose.XMP_METADATA), parser)
    for element in list(root.iter()):
        for name in _SAVING_IN_XMP & set(element.attrib):
            del element.attrib[name]
        parent = element.getparent()
        if element.tag in _SAVING_IN_XMP and parent is not None:
            parent.remove(element)
    return bytes(etree.tostring(root, method="c14n"))
