"""The envelope survives the wire, and says what is wrong with one that can't be read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import CloudEvent, MalformedEvent, from_headers, to_headers

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
_MOMENTS = st.datetimes(timezones=st.just(UTC), min_value=datetime(1990, 1, 1), max_value=datetime(2200, 1, 1))  # noqa: DTZ001 - hypothesis wants naive bounds
_DATA = st.dictionaries(_TEXT, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT, max_size=5)


@st.composite
def events(draw: st.DrawFn) -> CloudEvent:
    """Any event that can be sent."""
    return CloudEvent(
        id=draw(_TEXT),
        type=draw(_TEXT),
        source=draw(_TEXT),
        subject=draw(_TEXT),
        time=draw(_MOMENTS),
        data=draw(_DATA),
        partition_key=draw(_TEXT),
        correlation_id=draw(_TEXT),
        sequence=draw(st.none() | st.integers(0, 2**62)),
        dataschema=draw(st.none() | _TEXT),
        traceparent=draw(st.none() | _TEXT),
    )


def _event() -> CloudEvent:
    return CloudEvent(
        id="1",
        type="be.vlaanderen.antwoordhub.v1.messages.notify.read",
        source="urn:antwoordhub:documents",
        subject="m",
        time=datetime(2026, 11, 24, tzinfo=UTC),
        data={"a": 1},
        partition_key="k",
        correlation_id="c",
        sequence=3,
    )


@given(events())
def test_an_event_read_back_is_the_event_sent(event: CloudEvent) -> None:
    assert from_headers(to_headers(event), event.body()) == event


def test_the_reference_library_reads_our_records() -> None:
    event = _event()
    message = KafkaMessage(headers=dict(to_headers(event)), key=event.key(), value=event.body())

    read = from_kafka_event(message, JSONFormat())

    assert (event.id, event.type, event.source, event.subject) == (
        read.get_id(),
        read.get_type(),
        read.get_source(),
        read.get_subject(),
    )
    assert event.time == read.get_time()
    assert event.data == read.get_data()


def test_a_time_with_another_offset_is_read_as_utc() -> None:
    headers = dict(to_headers(_event()))
    headers["ce_time"] = b"2026-11-24T01:00:00+01:00"

    read = from_headers(headers.items(), b"{}")

    assert read.time == datetime(2026, 11, 24, 1, tzinfo=timezone(timedelta(hours=1)))
    assert read.time.tzinfo is UTC


@pytest.mark.parametrize(
    ("header", "value", "said"),
    [
        ("ce_id", None, "ce_id"),
        ("ce_id", b"", "ce_id"),
        ("ce_type", b"\xff\xfe", "not UTF-8"),
        ("anything", b"\xff", "not UTF-8"),
        ("ce_specversion", b"0.3", "specversion"),
        ("ce_time", b"yesterday", "RFC 3339"),
        ("ce_time", b"2026-11-24T01:00:00", "no offset"),
        ("ce_sequence", b"-1", "whole number"),
        ("ce_sequence", "١".encode(), "whole number"),
        ("ce_partitionkey", None, "ce_partitionkey"),
    ],
)
def test_a_broken_header_is_named(header: str, value: bytes | None, said: str) -> None:
    headers = dict(to_headers(_event()))
    if value is None:
        del headers[header]
    else:
        headers[header] = value

    with pytest.raises(MalformedEvent, match=said):
        from_headers(headers.items(), b"{}")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedEvent, match="body"):
        from_headers(to_headers(_event()), body)


@given(st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=30)), max_size=12), st.binary(max_size=60))
def test_no_record_at_all_raises_anything_but_malformed(headers: list[tuple[str, bytes]], body: bytes) -> None:
    try:
        from_headers(headers, body)
    except MalformedEvent:
        return
