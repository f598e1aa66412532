"""What is printed on a receipt, a filed-receipt or a notice: words and values, no layout."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files as resources
from typing import Any, Final

from reply_hub.application.documents import DocumentKind, PersonalDocument
from reply_hub.domain.deadline import BRUSSELS
from reply_hub.domain.faults import Fault
from reply_hub.domain.files import ReplyFile
from reply_hub.domain.reply import API, News, Rejection, Reply, Stage

AUTHOR: Final = "Antwoordhub"
_LANGUAGES: Final = ("nl", "fr", "de", "en")
_MONTHS: Final = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "en": "January February March April May June July August September October November December",
}
_MAILBOX_NAMES: Final = {"ebox": "eBox"}

Texts = Mapping[str, Any]
Row = dict[str, Any]


@cache
def texts_of(language: str) -> Texts:
    """The words of a language; Dutch where there are none."""
    name = language if language in _LANGUAGES else "nl"
    loaded: Texts = json.loads((resources(__package__) / "texts" / f"{name}.json").read_text("utf-8"))
    return {**loaded, "language": name}


def sheet_of(document: PersonalDocument) -> dict[str, Any]:
    """Everything the layout prints, as JSON."""
    reply, kind = document.reply, document.kind
    texts = texts_of(reply.language)
    return {
        **frame(texts, kind=kind.value, reference=document.id, organisation=reply.tenant, at=document.at),
        "verdict": _verdict(kind, reply, texts[kind.value]),
        "sections": _sections(kind, reply, texts),
        "table": _faults_table(reply, texts) if kind is DocumentKind.NOTICE else _table_of_files(kind, reply, texts),
    }


def frame(texts: Texts, *, kind: str, reference: str, organisation: str, at: datetime) -> dict[str, Any]:
    """What every sheet has: its title and lead, references, footer, and the name of what is attached."""
    own: Texts = texts[kind]
    name = texts["record_names"][kind]
    referred = row(texts["reference"], reference)
    made = at.astimezone(BRUSSELS)
    return {
        "language": texts["language"],
        "author": AUTHOR,
        "title": own["title"],
        "lead": own["lead"],
        "words": texts["words"],
        "reference": referred,
        "references": [row(texts["date"], _day(made, texts)), row(texts["organisation"], organisation), referred],
        "made": {part: getattr(made, part) for part in ("year", "month", "day", "hour", "minute", "second")},
        "notes": own["notes"],
        "record": {"name": name, "description": texts["record_description"]},
        "footer": texts["footer"].format(name=name),
    }


def _verdict(kind: DocumentKind, reply: Reply, own: Texts) -> dict[str, str]:
    match kind:
        case DocumentKind.RECEIPT:
            return {"tone": "late", **own["late"]} if reply.late else {"tone": "good", **own["in_time"]}
        case DocumentKind.FILED_RECEIPT:
            return {"tone": "good", **own["verdict"]}
        case DocumentKind.NOTICE:
            return {"tone": "bad", **own["reasons"][_rejection(reply).reason.value]}


def _sections(kind: DocumentKind, reply: Reply, texts: Texts) -> list[dict[str, Any]]:
    match kind:
        case DocumentKind.RECEIPT:
            return [_answer(reply, texts), _clocks(reply, texts), _proof(reply, texts)]
        case DocumentKind.FILED_RECEIPT:
            return [_place(reply, texts), _answer(reply, texts)]
        case DocumentKind.NOTICE:
            rows = [row(texts["notice"]["at"], _moment(_rejection(reply).at, texts))]
            answer = _answer(reply, texts)
            return [
                {"heading": answer["heading"], "rows": [*answer["rows"], *_clocks(reply, texts)["rows"][:1], *rows]}
            ]


def _answer(reply: Reply, texts: Texts) -> dict[str, Any]:
    dossier = reply.dossier
    channel = texts["channel_api"] if reply.channel == API else _MAILBOX_NAMES.get(reply.channel, reply.channel)
    rows = [
        row(texts["answer_id"], reply.id),
        row(texts["message_id"], reply.message_id),
        row(texts["dossier"], dossier.dossier_nummer),
        row(texts["bron"], dossier.bron),
        row(texts["phase"], phase(dossier.fase, dossier.procedurestap)),
        row(texts["channel"], channel),
        row(texts["capacity"], texts["capacities"][reply.submitter.capacity.value]),
    ]
    return {"heading": texts["answer"], "rows": rows}


def _clocks(reply: Reply, texts: Texts) -> dict[str, Any]:
    last = _day((reply.due_at - timedelta(microseconds=1)).astimezone(BRUSSELS), texts)
    rows = [
        row(texts["submitted"], _moment(reply.submitted_at, texts)),
        row(texts["received"], _moment(reply.received_at, texts)),
        row(texts["registered"], _moment(reply.registered_at, texts)),
        row(texts["due"], f"{texts['words']['to']} {last}"),
    ]
    return {"heading": texts["clocks"], "rows": rows}


def _proof(reply: Reply, texts: Texts) -> dict[str, Any]:
    rows = [row(texts["digest"], reply.content.digest) | {"digest": True}]
    if not reply.content.files:
        rows.append(row(texts["files"], texts["no_files"]))
    return {"heading": texts["proof"], "rows": rows}


def _place(reply: Reply, texts: Texts) -> dict[str, Any]:
    own: Texts = texts["filed-receipt"]
    news = filed_news(reply)
    place = news.detail["filedIn"]
    rows = [
        row(own["number"], news.detail.get("caseDocumentNumber") or own["no_number"]),
        row(texts["dossier"], place["dossierNummer"]),
        row(texts["phase"], phase(place["fase"], place.get("procedurestap"))),
        row(own["at"], _moment(news.at, texts)),
    ]
    return {"heading": own["place"], "rows": rows}


def _table_of_files(kind: DocumentKind, reply: Reply, texts: Texts) -> dict[str, Any] | None:
    return files_table(reply.content.files, texts) if kind is DocumentKind.RECEIPT else None


def files_table(files: Sequence[ReplyFile], texts: Texts) -> dict[str, Any] | None:
    """Files with their digests; None where there are none."""
    if not files:
        return None
    rows = [
        [_cell(file.file_name), _cell(_size(file.size, texts)), _cell(file.sha256) | {"digest": True}]
        for file in files
    ]
    return {"heading": texts["files"], "head": texts["file_head"], "widths": [1, 0, 1.15], "rows": rows}


def _faults_table(reply: Reply, texts: Texts) -> dict[str, Any] | None:
    faults: Sequence[Fault] = _rejection(reply).faults
    if not faults:
        return None
    words = texts["fault_texts"]
    rows = [
        [
            _cell(fault.pointer.rsplit("/", 1)[-1] or texts["notice"]["whole"]),
            _cell(words.get(fault.code, words["OTHER"])),
        ]
        for fault in faults
    ]
    own = texts["notice"]
    return {"heading": own["faults"], "head": own["fault_head"], "widths": [1, 2], "rows": rows}


def filed_news(reply: Reply) -> News:
    """The news that the case system took the answer."""
    news = reply.latest(Stage.ACKNOWLEDGED)
    assert news is not None  # a filed-receipt is made of an acknowledged answer only
    return news


def _rejection(reply: Reply) -> Rejection:
    assert reply.rejection is not None  # a notice is made of a rejected answer only
    return reply.rejection


def phase(fase: str, step: str | None) -> str:
    """A phase and its step."""
    return f"{fase}, {step}" if step else fase


def row(label: str, value: str) -> Row:
    """A label and what stands beside it."""
    return {"label": label, "value": value}


def _cell(value: str) -> Row:
    return {"value": value}


def _day(moment: datetime, texts: Texts) -> str:
    month = _MONTHS[texts["language"]].split()[moment.month - 1]
    number = f"{moment.day}." if texts["language"] == "de" else str(moment.day)
    if texts["language"] == "fr" and moment.day == 1:
        number = "1er"
    return f"{number} {month} {moment.year}"


def _moment(moment: datetime, texts: Texts) -> str:
    """Day and time in Brussels, with the offset, so that the repeated hour of October stays distinct."""
    local = moment.astimezone(BRUSSELS)
    offset = local.strftime("%z")
    return f"{_day(local, texts)}, {local:%H:%M:%S} ({texts['brussels']}, UTC{offset[:3]}:{offset[3:]})"


def _size(size: int, texts: Texts) -> str:
    point = "." if texts["language"] == "en" else ","
    unit = "o" if texts["language"] == "fr" else "B"
    if size < 1000:
        return f"{size} {'octets' if unit == 'o' else 'bytes' if texts['language'] != 'de' else 'Bytes'}"
    if size < 1_000_000:
        return f"{size / 1000:.0f} k{unit}"
    return f"{size / 1_000_000:.1f} M{unit}".replace(".", point)
