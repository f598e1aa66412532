"""Logs, sealed values, pauses, media types, derived ids."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.cipher import FieldCipher, Undecipherable
from chassis.due_work import backoff
from chassis.http.json_body import read_strictly
from chassis.ids import derived_id, uuid7
from chassis.logs import without_national_numbers
from chassis.media_types import MediaTypeMismatch, TypeCheck
from chassis.problems import Problem
from contracts.identifiers import contains_insz

NUMBER = "85073003328"


@pytest.mark.parametrize(
    "value",
    [
        NUMBER,
        "85.07.30-033.28",
        f"GET /persons/{NUMBER}?x=1",
        int(NUMBER),
        {NUMBER: 1},
        {"a": [{"b": (NUMBER,)}]},
        {NUMBER},
        ValueError(NUMBER),
    ],
)
def test_a_log_line_shows_no_national_number_wherever_it_stands(value: Any) -> None:
    assert NUMBER not in repr(without_national_numbers(value))
    assert "033.28" not in repr(without_national_numbers(value))


@pytest.mark.parametrize("value", ["85073003329", "1234", None, True, 1.5, "OVO002949", {"a": 1}])
def test_what_is_no_number_of_a_person_stays(value: Any) -> None:
    assert without_national_numbers(value) == value


@given(st.text(), st.text(max_size=40))
def test_a_sealed_value_opens_where_it_was_sealed(text: str, context: str) -> None:
    cipher = FieldCipher(bytes(32))
    sealed = cipher.encrypt(text, context)
    assert cipher.decrypt(sealed, context) == text
    with pytest.raises(Undecipherable):
        cipher.decrypt(sealed, f"{context}x")
    with pytest.raises(Undecipherable):
        cipher.decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]), context)


def test_a_value_under_a_retired_key_is_still_read_and_under_a_strange_one_is_not() -> None:
    old = FieldCipher(b"a" * 32).encrypt("text", "c")
    assert FieldCipher(b"b" * 32, retired=[b"a" * 32]).decrypt(old, "c") == "text"
    with pytest.raises(Undecipherable):
        FieldCipher(b"b" * 32).decrypt(old, "c")


@given(st.integers(1, 100))
def test_pauses_grow_and_stay_within_their_cap(attempts: int) -> None:
    base, cap = timedelta(seconds=1), timedelta(minutes=5)
    pause = backoff(attempts, base=base, cap=cap)
    longest = min(cap, base * 2 ** min(attempts - 1, 30))
    assert longest / 2 <= pause <= longest


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_derived_ids_are_equal_for_equal_parts_only(one: list[str], other: list[str]) -> None:
    assert (derived_id(*one) == derived_id(*other)) == (one == other)


def test_fresh_ids_sort_by_time_and_hold_no_national_number() -> None:
    ids = [uuid7() for _ in range(200)]
    assert [each[:8] for each in ids] == sorted(each[:8] for each in ids)
    assert len(set(ids)) == 200
    assert not any(contains_insz(each) for each in ids)


@given(st.integers(1, 40))
def test_a_media_type_is_judged_however_the_bytes_come(size: int) -> None:
    for content, right in ((b"%PDF-1.7 text", True), (b"PK\x03\x04 zip", False), (b"%PD", False)):
        check = TypeCheck("application/pdf")

        def judged(check: TypeCheck = check, content: bytes = content) -> bool:
            try:
                for start in range(0, len(content), size):
                    check.feed(content[start : start + size])
                check.finish()
            except MediaTypeMismatch:
                return False
            return True

        assert judged() is right


def test_text_has_to_be_utf_8_without_nul() -> None:
    def judge(content: bytes) -> None:
        check = TypeCheck("text/csv")
        check.feed(content)
        check.finish()

    judge("é;ü".encode())
    for content in (b"\xff\xfe", b"a\0b", "é".encode()[:1]):
        with pytest.raises(MediaTypeMismatch):
            judge(content)


@pytest.mark.parametrize("body", [b'"a\\u0000b"', b"[" * 70 + b"]" * 70, b"18446744073709551615"])
def test_json_that_can_not_be_kept_is_refused(body: bytes) -> None:
    with pytest.raises(Problem):
        read_strictly(body)
