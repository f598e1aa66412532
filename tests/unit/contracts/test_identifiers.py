"""Numbers of persons and organisations follow their registers' rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.identifiers import (
    InvalidIdentifier,
    Party,
    PartyType,
    Pseudonymiser,
    Scheme,
    contains_insz,
    dossier_key,
    parse_insz,
    parse_kbo,
    parse_party,
    parse_tenant,
)


@pytest.mark.parametrize("number", ["85073003328", "17073003384", "98472899765", "01490700185", "53480200724"])
def test_register_and_bis_numbers_of_both_centuries_are_valid(number: str) -> None:
    assert parse_insz(number) == number
    assert parse_insz(f"{number[:2]}.{number[2:4]}.{number[4:6]}-{number[6:9]}.{number[9:]}") == number


@pytest.mark.parametrize(
    "number", ["71022722580", "84022711080", "55050533154", "8507300332", "850730033288", "8507300332a", ""]
)
def test_a_wrong_number_is_refused_without_being_repeated(number: str) -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        parse_insz(number)
    assert not number or number not in str(refused.value)


@given(st.integers(0, 999_999_999), st.booleans())
def test_every_number_with_a_right_checksum_is_valid(base: int, from_2000: bool) -> None:
    check = 97 - ((2_000_000_000 if from_2000 else 0) + base) % 97
    assert parse_insz(f"{base:09d}{check:02d}")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0316380841", "0316380841"),
        ("BE 0403.019.261", "0403019261"),
        ("206731645", "0206731645"),
        ("0428315871", "0428315871"),
    ],
)
def test_enterprise_numbers_are_padded_to_ten_digits(text: str, number: str) -> None:
    assert parse_kbo(text) == number


@pytest.mark.parametrize("text", ["0123456789", "", "OVO002949", "2316380841", "03163808411"])
def test_wrong_enterprise_numbers_are_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_kbo(text)


@pytest.mark.parametrize(
    ("kind", "scheme", "text"),
    [
        (PartyType.ESTABLISHMENT, Scheme.VESTIGING, "2000000000"),
        (PartyType.ASSOCIATION, Scheme.VCODE, "V0001031"),
        (PartyType.AUTHORITY, Scheme.OVO, "OVO002949"),
    ],
)
def test_other_parties_have_their_own_numbers(kind: PartyType, scheme: Scheme, text: str) -> None:
    assert parse_party(kind, scheme, text) == Party(kind, scheme, text)


@pytest.mark.parametrize(
    ("kind", "scheme", "text"),
    [
        (PartyType.ESTABLISHMENT, Scheme.VESTIGING, "1000000000"),
        (PartyType.ASSOCIATION, Scheme.VCODE, "V001031"),
        (PartyType.AUTHORITY, Scheme.OVO, "OVO00294"),
        (PartyType.AUTHORITY, Scheme.OVO, "OVO٠٠٢٩٤٩"),
        (PartyType.CITIZEN, Scheme.KBO, "0316380841"),
    ],
)
def test_a_number_of_another_form_or_register_is_refused(kind: PartyType, scheme: Scheme, text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_party(kind, scheme, text)


def test_a_tenant_is_an_ovo_code_or_an_enterprise_number() -> None:
    assert parse_tenant("OVO002949") == "OVO002949"
    assert parse_tenant("316380841") == "0316380841"
    with pytest.raises(InvalidIdentifier):
        parse_tenant("OVO2949")


def test_a_party_does_not_show_a_persons_number() -> None:
    assert "85073003328" not in repr(Party(PartyType.CITIZEN, Scheme.INSZ, "85073003328"))


@pytest.mark.parametrize("text", ["85073003328", "dossier 85.07.30-033.28/b", "x85073003328y"])
def test_a_persons_number_is_found_within_text(text: str) -> None:
    assert contains_insz(text)


@pytest.mark.parametrize("text", ["ST-2026-000123", "85073003329", "850730033281", "0316380841", ""])
def test_other_numbers_are_not_taken_for_a_persons(text: str) -> None:
    assert not contains_insz(text)


def test_pseudonyms_are_equal_for_equal_parties_under_one_key_only() -> None:
    party = parse_party(PartyType.CITIZEN, Scheme.INSZ, "85.07.30-033.28")
    same = parse_party(PartyType.CITIZEN, Scheme.INSZ, "85073003328")
    one, other = Pseudonymiser(b"k" * 32), Pseudonymiser(b"o" * 32)

    assert one.of(party) == one.of(same)
    assert one.of(party) != other.of(party)
    assert "85073003328" not in one.of(party)


def test_a_short_pseudonym_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonymiser(b"short")


def test_dossiers_of_different_bronnen_have_different_keys() -> None:
    assert dossier_key("https://a", "1") != dossier_key("https://b", "1")
    assert dossier_key("https://a", "1") == dossier_key("https://a", "1")
