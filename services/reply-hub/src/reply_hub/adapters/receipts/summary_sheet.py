"""What is printed on the summary of an answer: each field under its title, each file with its digest."""

from collections.abc import Iterator, Mapping
from typing import Any

from reply_hub.adapters.receipts.sheet import Row, Texts, files_table, frame, phase, row, texts_of
from reply_hub.application.answer_summary import AnswerSummary


def summary_sheet_of(summary: AnswerSummary) -> dict[str, Any]:
    """Everything the layout prints, as JSON."""
    request = summary.request
    texts = texts_of(request.language)
    own: Texts = texts["summary"]
    about = [
        row(texts["message_id"], request.message_id),
        row(texts["dossier"], request.dossier.dossier_nummer),
        row(texts["bron"], request.dossier.bron),
        row(texts["phase"], phase(request.dossier.fase, request.dossier.procedurestap)),
    ]
    said = [row(label, value) for label, value in _said(summary.data, summary.schema, texts, ())]
    proof = [row(texts["digest"], summary.content_digest) | {"digest": True}]
    return {
        **frame(texts, kind="summary", reference=request.id, organisation=request.tenant, at=summary.at),
        "verdict": None,
        "sections": [
            {"heading": own["letter"], "rows": about},
            {"heading": own["answer"], "rows": said or [row(own["answer"], own["nothing"])]},
            {"heading": texts["proof"], "rows": proof},
        ],
        "table": files_table(summary.files, texts),
    }


def _said(value: Any, schema: Any, texts: Texts, way: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Label and words of every value, in the order of the form. A schema may also be true or false."""
    known = schema if isinstance(schema, dict) else {}
    if isinstance(value, Mapping):
        properties: Mapping[str, Any] = known.get("properties", {})
        names = [*(name for name in properties if name in value), *(name for name in value if name not in properties)]
        for name in names:
            inner = properties.get(name)
            title = inner.get("title") if isinstance(inner, dict) else None
            yield from _said(value[name], inner, texts, (*way, str(title or name)))
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _said(item, known.get("items"), texts, (*way, str(number)))
    else:
        yield ", ".join(way), _words(value, texts)


def _words(value: Any, texts: Texts) -> str:
    words: Row = texts["summary"]["words"]
    match value:
        case True:
            return str(words["yes"])
        case False:
            return str(words["no"])
        case None:
            return str(words["none"])
        case float() if texts["language"] != "en":
            return str(value).replace(".", ",")
        case _:
            return str(value)
