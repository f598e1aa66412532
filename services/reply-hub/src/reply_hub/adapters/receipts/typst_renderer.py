"""Personal documents as PDF, laid out by Typst: archivable (PDF/A-3a) and accessible (PDF/UA-1)."""

import asyncio
import json
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import typst

from reply_hub.adapters.receipts.sheet import sheet_of
from reply_hub.adapters.receipts.summary_sheet import summary_sheet_of
from reply_hub.application.answer_summary import AnswerSummary
from reply_hub.application.documents import PersonalDocument


class TypstRenderer:
    """A `DocumentRenderer` and `SummaryRenderer`. Renders in a thread: some milliseconds each."""

    def __init__(self) -> None:
        """Find the layout, and take only Typst's own fonts, so that every machine prints the same."""
        self._fonts = typst.Fonts(include_system_fonts=False)

    async def render(self, document: PersonalDocument, *, record: Mapping[str, Any]) -> bytes:
        """See `DocumentRenderer`."""
        return await asyncio.to_thread(self._render, document, record)

    async def render_summary(self, summary: AnswerSummary) -> bytes:
        """See `SummaryRenderer`."""
        return await asyncio.to_thread(self._laid_out, summary_sheet_of(summary), summary.record)

    def _render(self, document: PersonalDocument, record: Mapping[str, Any]) -> bytes:
        return self._laid_out(sheet_of(document), json.dumps(record, ensure_ascii=False, indent=2))

    def _laid_out(self, sheet: Mapping[str, Any], record: str) -> bytes:
        inputs = {"sheet": json.dumps(sheet, ensure_ascii=False), "record": record}
        with as_file(files(__package__) / "letter.typ") as layout:
            return _compiled(layout, inputs, self._fonts)


def _compiled(layout: Path, inputs: dict[str, str], fonts: typst.Fonts) -> bytes:
    compiled = typst.compile(
        str(layout),
        root=str(layout.parent),
        font_paths=fonts,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=["a-3a", "ua-1"],
    )
    # Typst ends its file without a line break; a seal appended to it would then break PDF/A rule 6.1.9.
    return bytes(compiled) + b"\n"
