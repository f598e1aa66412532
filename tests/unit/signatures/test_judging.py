"""What a signature is worth, from signatures that a whole PKI made."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dev.pki.architecture import TestPki
from dev.pki.signing import Signing, signed
from signatures.verdict import FileVerdict, Indication, Kind, Profile, Qualification, Refusal, SubIndication

Judge = Callable[..., FileVerdict]
PASSED, FAILED, UNDECIDED = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@pytest.mark.parametrize("profile", list(Profile))
def test_a_sound_signature_passes_in_each_format(page: bytes, pki: TestPki, judged: Judge, profile: Profile) -> None:
    [verdict] = judged(signed(page, pki, Signing(profile=profile))).signatures
    assert (verdict.indication, verdict.profile) == (PASSED, profile)
    assert (verdict.qualification, verdict.kind) == (Qualification.ADESIG, Kind.SIGNATURE)
    assert verdict.proved_by == ("RECEIPT" if profile is Profile.B_B else "SIGNATURE_TIMESTAMP")


@pytest.mark.parametrize("who", ["an-rsa", "an-p384", "an-ed25519", "an-itsme"])
def test_the_signer_is_known_whatever_the_key_and_the_form_of_the_number(
    page: bytes, pki: TestPki, judged: Judge, who: str
) -> None:
    [verdict] = judged(signed(page, pki, Signing(who=who))).signatures
    assert (verdict.indication, verdict.signer.national_number) == (PASSED, "85073003328")


def test_an_organisation_seals(page: bytes, pki: TestPki, judged: Judge) -> None:
    [verdict] = judged(signed(page, pki, Signing(who="company-seal"))).signatures
    assert (verdict.kind, verdict.qualification) == (Kind.SEAL, Qualification.ADESEAL)
    assert verdict.signer.organisation_number == "0316380841"


@pytest.mark.parametrize(
    ("how", "sub"),
    [
        (Signing(who="an-rsa1024"), SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
        (Signing(who="an-expired"), SubIndication.OUT_OF_BOUNDS_NO_POE),
        (Signing(who="an-revoked"), SubIndication.REVOKED_NO_POE),
        (Signing(who="an-wrong-usage"), SubIndication.CHAIN_CONSTRAINTS_FAILURE),
        (Signing(who="rogue"), SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
        (Signing(who="an", chain=False), SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
        (Signing(profile=Profile.B_T, tsa="tsa-rogue"), SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
        (
            Signing(profile=Profile.B_T, at=datetime.now(UTC) + timedelta(days=40)),
            SubIndication.TIMESTAMP_ORDER_FAILURE,
        ),
    ],
    ids=lambda value: value.who if isinstance(value, Signing) else None,
)
def test_what_can_not_be_decided_says_why(
    page: bytes, pki: TestPki, judged: Judge, how: Signing, sub: SubIndication
) -> None:
    [verdict] = judged(signed(page, pki, how)).signatures
    assert (verdict.indication, verdict.sub_indication) == (UNDECIDED, sub)
    assert verdict.qualification is Qualification.NOT_APPLICABLE


def test_a_certificate_that_is_revoked_after_the_proved_moment_is_judged_at_that_moment(
    page: bytes, pki: TestPki, judged: Judge
) -> None:
    pdf = signed(page, pki, Signing(who="an-revoked-lately"))
    [now] = judged(pdf).signatures
    [then] = judged(pdf, at=datetime.now(UTC) - timedelta(minutes=20)).signatures
    assert (now.indication, then.indication) == (UNDECIDED, PASSED)


def test_without_revocation_data_it_is_to_be_tried_later_and_says_what_to_ask(
    page: bytes, pki: TestPki, judged: Judge
) -> None:
    found = judged(signed(page, pki, Signing()), ask=False)
    assert found.signatures[0].sub_indication is SubIndication.TRY_LATER
    assert {url for query in found.wanted for url, _ in query.ocsp} == {
        "http://pki.test/test-pki/ocsp/citizen-ca",
        "http://pki.test/test-pki/ocsp/root",
    }


@pytest.mark.parametrize("who", ["rogue", "foreigner"])
def test_nothing_is_asked_of_addresses_in_certificates_that_lead_to_nobody_trusted(
    page: bytes, pki: TestPki, judged: Judge, who: str
) -> None:
    assert judged(signed(page, pki, Signing(who=who)), ask=False).wanted == ()


def test_two_people_may_sign_one_file_and_archive_it(page: bytes, pki: TestPki, judged: Judge) -> None:
    first = signed(page, pki, Signing())
    both = signed(first, pki, Signing(who="bart", field="Signature2", profile=Profile.B_LTA))
    found = judged(both).signatures
    assert [verdict.indication for verdict in found] == [PASSED, PASSED]
    assert [verdict.signer.national_number for verdict in found] == ["85073003328", "68051534586"]


def test_changed_bytes_fail(page: bytes, pki: TestPki, judged: Judge) -> None:
    pdf = signed(page, pki, Signing()).replace(b"0 0 595 842", b"0 0 595 841", 1)
    [verdict] = judged(pdf).signatures
    assert (verdict.indication, verdict.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)


def test_bytes_after_the_end_fail(page: bytes, pki: TestPki, judged: Judge) -> None:
    [verdict] = judged(signed(page, pki, Signing()) + b"PK\x03\x04 something else").signatures
    assert (verdict.indication, verdict.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)


def test_a_file_that_is_no_pdf_is_refused(judged: Judge) -> None:
    assert judged(b"%PDF-1.7\nnothing").refusal is Refusal.NO_PDF


def test_the_signed_file_begins_with_the_bytes_that_were_to_be_signed(
    page: bytes, pki: TestPki, judged: Judge
) -> None:
    pdf, ours = signed(page, pki, Signing()), (len(page), hashlib.sha256(page).hexdigest())
    other = (len(page), hashlib.sha256(b"another summary").hexdigest())
    assert judged(pdf, begins_with=ours).signatures[0].indication is PASSED
    assert judged(pdf, begins_with=other).refusal is Refusal.NOT_THE_SUMMARY


def test_a_verdict_holds_nothing_of_the_certificate_but_what_the_service_needs(
    page: bytes, pki: TestPki, judged: Judge
) -> None:
    shown = repr(judged(signed(page, pki, Signing())))
    assert "85073003328" not in shown
    assert "Peeters" not in shown
