"""Examples of every event, of every released version, are kept for ever and can be read."""

from pathlib import Path

import jsonschema_rs
import orjson
import pytest

from contracts.event import EventData
from contracts.registry import EVENTS, schema_name
from dev.contracts.schemas import reader_schema, writer_schema

_EXAMPLES = Path(__file__).resolve().parents[3] / "contracts" / "examples"
_FILES = sorted(_EXAMPLES.glob("*/*.json"))
_BY_NAME = {schema_name(model): model for model in EVENTS}


@pytest.mark.parametrize("path", _FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_kept_example_is_read_by_todays_reader(path: Path) -> None:
    payload = orjson.loads(path.read_bytes())
    model = _BY_NAME[path.parent.name]

    model.from_data(payload)
    jsonschema_rs.validate(reader_schema(model), payload)


@pytest.mark.parametrize("model", EVENTS, ids=schema_name)
def test_every_event_has_an_example(model: type[EventData]) -> None:
    assert list((_EXAMPLES / schema_name(model)).glob("*.json"))


@pytest.mark.parametrize("model", EVENTS, ids=schema_name)
def test_what_a_writer_sends_obeys_the_writers_schema_and_reads_back_equal(model: type[EventData]) -> None:
    first = sorted((_EXAMPLES / schema_name(model)).glob("*.json"))[0]
    event = model.from_data(orjson.loads(first.read_bytes()))
    sent = orjson.loads(orjson.dumps(event.to_data()))

    jsonschema_rs.validate(writer_schema(model), sent)
    assert model.from_data(sent) == event


@pytest.mark.parametrize("model", EVENTS, ids=schema_name)
def test_a_reader_ignores_fields_it_does_not_know(model: type[EventData]) -> None:
    first = sorted((_EXAMPLES / schema_name(model)).glob("*.json"))[0]
    payload = orjson.loads(first.read_bytes())

    assert model.from_data({**payload, "aNewField": 1}) == model.from_data(payload)


def _descriptions_missing(schema: dict[str, object], where: str) -> list[str]:
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    return [f"{where}.{name}" for name, part in properties.items() if "description" not in part]


@pytest.mark.parametrize("model", EVENTS, ids=schema_name)
def test_every_field_has_a_description(model: type[EventData]) -> None:
    schema = writer_schema(model)
    missing = _descriptions_missing(schema, model.__name__)
    for name, part in schema.get("$defs", {}).items():
        missing += _descriptions_missing(part, name)
    assert missing == []
