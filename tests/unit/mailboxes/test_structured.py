"""Structured answers as keyed text and back."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailboxes.models import BusinessDatum
from mailboxes.structured import NotExpressible, expressible, from_business_data, to_business_data

FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "naam": {"type": "string", "maxLength": 64},
        "datum": {"type": "string", "format": "date"},
        "keuze": {"enum": ["ja", "nee", 3, 4.5, True]},
        "titels": {"oneOf": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}]},
        "bedrag": {"type": "string", "format": "decimal"},
        "prijs": {"type": "number", "multipleOf": 0.01},
        "aantal": {"type": ["integer", "null"]},
        "akkoord": {"type": "boolean"},
        "talen": {"type": "array", "items": {"type": "string", "maxLength": 10}},
        "maten": {"type": "array", "items": {"type": "number"}},
        "adres": {"$ref": "#/$defs/adres"},
        "a/b~c": {"type": "integer"},
    },
    "required": ["naam"],
    "$defs": {
        "adres": {
            "type": "object",
            "properties": {"gemeente": {"type": "string", "maxLength": 40}, "post": {"type": "integer"}},
        }
    },
}
MAPPING = {
    "n": "/naam",
    "d": "/datum",
    "k": "/keuze",
    "ti": "/titels",
    "b": "/bedrag",
    "p": "/prijs",
    "aa": "/aantal",
    "ak": "/akkoord",
    "t": "/talen",
    "m": "/maten",
    "g": "/adres/gemeente",
    "po": "/adres/post",
    "x": "/a~1b~0c",
}

numbers = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
answers = st.fixed_dictionaries(
    {},
    optional={
        "naam": st.text(max_size=64),
        "datum": st.dates().map(lambda day: day.isoformat()),
        "keuze": st.sampled_from(["ja", "nee", 3, 4.5, True]),
        "titels": st.sampled_from(["a", "b"]),
        "bedrag": st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
        "prijs": numbers,
        "aantal": st.integers(-(10**30), 10**30),
        "akkoord": st.booleans(),
        "talen": st.lists(st.text(max_size=10)),
        "maten": st.lists(numbers),
        "adres": st.one_of(
            st.fixed_dictionaries({"gemeente": st.text(max_size=40)}, optional={"post": st.integers(0, 9999)}),
            st.fixed_dictionaries({"post": st.integers(0, 9999)}),
        ),
        "a/b~c": st.integers(-5, 5),
    },
)


def one(pointer: str, *texts: str) -> tuple[Any, list[str]]:
    """A single field typed back: its value and the codes of faults."""
    decoded = from_business_data(FORM, {"k": pointer}, [BusinessDatum("k", texts)])
    assert all(fault.pointer == pointer for fault in decoded.faults)
    return decoded.data.get(pointer[1:]), [fault.code for fault in decoded.faults]


def test_the_form_can_travel() -> None:
    assert expressible(FORM, MAPPING) == []


@given(answers)
def test_data_come_back_as_they_went(data: dict[str, Any]) -> None:
    decoded = from_business_data(FORM, MAPPING, to_business_data(MAPPING, data))
    assert decoded.faults == ()
    assert decoded.data == data
    assert all(type(decoded.data[name]) is type(value) for name, value in data.items())


@given(answers)
def test_every_value_of_an_expressible_form_fits(data: dict[str, Any]) -> None:
    for datum in to_business_data(MAPPING, data):
        assert all(len(value.encode()) <= 256 for value in datum.values)


texts = st.text(max_size=300) | st.text(alphabet=string.digits + ".,-eE +", max_size=20)


@given(st.lists(st.builds(BusinessDatum, st.sampled_from([*MAPPING, "?"]), st.lists(texts).map(tuple))))
def test_any_text_is_typed_or_kept_and_told_never_an_error(data: list[BusinessDatum]) -> None:
    decoded = from_business_data(FORM, MAPPING, data)
    kept = {fault.pointer for fault in decoded.faults}
    assert kept <= {"", *MAPPING.values()}
    for pointer in kept - {""}:
        found: Any = decoded.data
        for token in pointer[1:].split("/"):
            found = found[token.replace("~1", "/").replace("~0", "~")]
        assert found is not None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12,50", 12.5),
        ("12.50", 12.5),
        ("1.234,56", 1234.56),
        ("1 234,56", 1234.56),
        ("1\u00a0234\u202f567,8", 1234567.8),
        ("-0,5", -0.5),
        (" 7 ", 7),
        ("1.234", 1.234),
        ("1e3", 1000.0),
    ],
)
def test_numbers_may_be_written_the_belgian_way(text: str, number: float) -> None:
    assert one("/prijs", text) == (number, [])


@pytest.mark.parametrize(
    "text", ["", "twaalf", "1,2,3", "12,34.5", "NaN", "Infinity", "1e999", "0x10", "٣", "9" * 400]
)
def test_what_is_no_number_is_kept_as_text_and_told(text: str) -> None:
    assert one("/prijs", text) == (text, ["NOT_A_NUMBER"])


def test_whole_numbers() -> None:
    assert one("/aantal", "5") == (5, [])
    assert one("/aantal", "5,0") == (5, [])
    assert one("/aantal", "5,5") == ("5,5", ["NOT_AN_INTEGER"])


def test_money_in_a_string_gets_a_point_and_keeps_its_digits() -> None:
    assert one("/bedrag", "1.234,50") == ("1234.50", [])
    assert one("/bedrag", "12.50") == ("12.50", [])
    assert one("/bedrag", "veel") == ("veel", ["NOT_A_NUMBER"])


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("Ja", True), ("oui", True), ("FALSE", False), ("nee", False)]
)
def test_yes_and_no(text: str, value: bool) -> None:
    assert one("/akkoord", text) == (value, [])


def test_neither_yes_nor_no() -> None:
    assert one("/akkoord", "1") == ("1", ["NOT_A_BOOLEAN"])


def test_choices_find_their_type_and_strangers_stay_text() -> None:
    assert one("/keuze", "3") == (3, [])
    assert one("/keuze", "4,5") == (4.5, [])
    assert one("/keuze", "true") == (True, [])
    assert one("/keuze", "misschien") == ("misschien", [])


def test_values_of_one_key_are_taken_together() -> None:
    parts = [BusinessDatum("t", ("nl",)), BusinessDatum("t", ("fr",))]
    assert from_business_data(FORM, MAPPING, parts).data == {"talen": ["nl", "fr"]}


def test_two_values_for_one_are_told() -> None:
    assert one("/naam", "a", "b") == (["a", "b"], ["TOO_MANY_VALUES"])


def test_a_key_of_nobody_is_told() -> None:
    decoded = from_business_data(FORM, MAPPING, [BusinessDatum("zzz", ("1",))])
    assert decoded.data == {}
    assert [fault.code for fault in decoded.faults] == ["UNKNOWN_KEY"]


def test_a_key_without_value_is_a_field_without_value() -> None:
    assert from_business_data(FORM, MAPPING, [BusinessDatum("n", ())]).data == {}


def test_null_and_missing_do_not_travel() -> None:
    assert to_business_data(MAPPING, {"aantal": None, "adres": "?"}) == ()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("é" * 129, "VALUE_TOO_LONG"),
        ({"a": 1}, "NOT_A_PLAIN_VALUE"),
        ([["a"]], "NOT_A_PLAIN_VALUE"),
        (float("nan"), "NOT_A_PLAIN_VALUE"),
    ],
)
def test_what_cannot_travel_is_refused_without_repeating_it(value: Any, code: str) -> None:
    with pytest.raises(NotExpressible) as refused:
        to_business_data({"n": "/naam"}, {"naam": value})
    assert (refused.value.pointer, refused.value.code) == ("/naam", code)
