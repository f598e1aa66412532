"""What a signature is worth by services as trusted lists name them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyhanko.sign.validation.qualified.tsp import (
    CA_QC_URI,
    BaseServiceInformation,
    CAServiceInformation,
    QcCertType,
    TSPRegistry,
)

from dev.pki.architecture import TestPki
from dev.pki.signing import Signing, signed
from signatures.judge import Question, judge_file
from signatures.trust import Trust, trust_of
from signatures.verdict import Evidence, FileVerdict, Indication, Qualification

YEARS = timedelta(days=730)


def listed(
    pki: TestPki, *, granted: timedelta = -YEARS, withdrawn: timedelta | None = None, authorities: tuple[str, ...]
) -> Trust:
    """Trust in qualified services of these authorities, granted and withdrawn so long before or after now."""
    now, registry = datetime.now(UTC), TSPRegistry()
    for label in authorities:
        kinds = {QcCertType.QC_ESEAL} if label == "seal-ca" else {QcCertType.QC_ESIGN}
        about = BaseServiceInformation(
            service_type=CA_QC_URI,
            service_name=label,
            valid_from=now + granted,
            valid_until=now + withdrawn if withdrawn else None,
            provider_certs=(pki.certificate(label),),
            additional_info_certificate_type=frozenset(kinds),
            other_additional_info=frozenset(),
        )
        service = CAServiceInformation(
            base_info=about, qualifications=frozenset(), expired_certs_revocation_info=None
        )
        registry.register_ca(service)
    roots = [pki.certificate("root")]
    return trust_of(roots, [pki.certificate("tsa-ca")], registry=registry, version="made here")


Worth = Callable[[str, Trust], FileVerdict]


@pytest.fixture
def worth(page: bytes, pki: TestPki, tmp_path: Path, evidence: Callable[[FileVerdict], Evidence]) -> Worth:
    """Sign as somebody, and judge by that trust."""

    def judge(who: str, trust: Trust) -> FileVerdict:
        path = tmp_path / "file.pdf"
        path.write_bytes(signed(page, pki, Signing(who=who)))
        now = datetime.now(UTC)
        about = Question(path=str(path), at=now, now=now)
        asked = evidence(judge_file(about, trust))
        return judge_file(replace(about, evidence=asked), trust)

    return judge


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("an", Qualification.QESIG),
        ("an-qc", Qualification.ADESIG_QC),
        ("an-plain", Qualification.ADESIG),
        ("company-seal", Qualification.QESEAL),
        ("hub-seal", Qualification.ADESEAL),
    ],
)
def test_a_listed_service_makes_what_its_certificates_say(
    pki: TestPki, worth: Worth, who: str, expected: Qualification
) -> None:
    verdict = worth(who, listed(pki, authorities=("citizen-ca", "seal-ca")))
    assert verdict.signatures[0].indication is Indication.TOTAL_PASSED
    assert verdict.signatures[0].qualification is expected
    assert verdict.trusted_lists == "made here"


def test_a_certificate_that_says_it_is_qualified_is_not_where_no_list_has_its_issuer(
    pki: TestPki, worth: Worth
) -> None:
    verdict = worth("an", listed(pki, authorities=("itsme-ca",)))
    assert verdict.signatures[0].qualification is Qualification.ADESIG


def test_a_service_that_was_withdrawn_before_decides_nothing(pki: TestPki, worth: Worth) -> None:
    trust = listed(pki, authorities=("citizen-ca",), withdrawn=-timedelta(days=30))
    [verdict] = worth("an", trust).signatures
    assert (verdict.indication, verdict.qualification) == (Indication.INDETERMINATE, Qualification.NOT_APPLICABLE)
