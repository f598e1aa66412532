"""What may follow a signature in a PDF: further signatures, validation data, document timestamps, allowed fill-in.

Stricter than pyHanko's default, which also lets form fields change after an approval signature and metadata be
replaced, so that what is shown is no longer what was signed.
"""

import re
from typing import Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.pdf_utils.xref import XRefSectionType
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffPolicy,
    DiffResult,
    DSSCompareRule,
    FormUpdatingRule,
    GenericFieldModificationRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    XrefStreamRule,
)
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from signatures.metadata import SavedAgainInfo, SavedAgainXmp

_TAIL: Final = re.compile(rb"\s*(?:endobj)?\s*startxref\s+\d+\s+%%EOF[\r\n]{0,2}")
_TAIL_AT_MOST: Final = 4096

_ALWAYS: Final = [
    CatalogModificationRule(),
    XrefStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
    ObjectStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
    DSSCompareRule().as_qualified(ModificationLevel.LTA_UPDATES),
    SavedAgainInfo().as_qualified(ModificationLevel.LTA_UPDATES),
    SavedAgainXmp().as_qualified(ModificationLevel.LTA_UPDATES),
]
_SIGNATURES: Final = StandardDiffPolicy(
    global_rules=_ALWAYS, form_rule=FormUpdatingRule([SigFieldCreationRule(), SigFieldModificationRule()])
)
_FILL_IN: Final = StandardDiffPolicy(
    global_rules=_ALWAYS,
    form_rule=FormUpdatingRule([SigFieldCreationRule(), SigFieldModificationRule(), GenericFieldModificationRule()]),
)


class OnlySignaturesFollow(DiffPolicy):
    """Fields may be filled in only where the signature says so: a certification, or a list of locked fields."""

    def apply(
        self,
        old: HistoricalResolver,
        new: HistoricalResolver,
        field_mdp_spec: FieldMDPSpec | None = None,
        doc_mdp: MDPPerm | None = None,
    ) -> DiffResult:
        """Compare two revisions; raises SuspiciousModification."""
        return _policy_for(field_mdp_spec, doc_mdp).apply(old, new, field_mdp_spec, doc_mdp)

    def review_file(
        self,
        reader: PdfFileReader,
        base_revision: int | HistoricalResolver,
        field_mdp_spec: FieldMDPSpec | None = None,
        doc_mdp: MDPPerm | None = None,
    ) -> DiffResult | SuspiciousModification:
        """Compare a revision with each that follows."""
        policy = _policy_for(field_mdp_spec, doc_mdp)
        return policy.review_file(reader, base_revision, field_mdp_spec=field_mdp_spec, doc_mdp=doc_mdp)


def _policy_for(field_mdp: FieldMDPSpec | None, doc_mdp: MDPPerm | None) -> StandardDiffPolicy:
    allowed = field_mdp is not None or doc_mdp in {MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE}
    return _FILL_IN if allowed else _SIGNATURES


def ends_with_its_last_revision(reader: PdfFileReader) -> bool:
    """Whether nothing follows the last revision: no bytes after its end, no objects that no table knows."""
    last = reader.xrefs.get_xref_container_info(reader.xrefs.total_revisions - 1)
    stream = reader.stream
    stream.seek(last.end_location)
    if last.xref_section_type is not XRefSectionType.STREAM:
        generic.DictionaryObject.read_from_stream(stream, generic.TrailerReference(reader))
    return _TAIL.fullmatch(stream.read(_TAIL_AT_MOST + 1)) is not None
