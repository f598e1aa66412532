"""A test PKI and what it signs, for every test of judging."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import ocsp
from certomancer.registry import ServiceLabel

from dev.demo.letters import one_page_pdf
from dev.pki.architecture import TestPki
from signatures.judge import Question, judge_file
from signatures.trust import Trust, trust_of
from signatures.verdict import Evidence, FileVerdict


@pytest.fixture(scope="session")
def page() -> bytes:
    """A PDF of one page."""
    return one_page_pdf("Een antwoord", b"")


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    return TestPki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def trust(pki: TestPki) -> Trust:
    return trust_of([pki.certificate("root")], [pki.certificate("tsa-ca")])


def evidence_for(pki: TestPki, verdict: FileVerdict) -> Evidence:
    """What the responders of the PKI answer to everything a verdict wants."""
    services, now = pki.architecture.service_registry, datetime.now(UTC)
    ocsps = [
        services.summon_responder(ServiceLabel(url.rsplit("/", 1)[1]), now)
        .build_ocsp_response(ocsp.OCSPRequest.load(request))
        .dump()
        for query in verdict.wanted
        for url, request in query.ocsp
    ]
    crls = [
        services.get_crl(ServiceLabel(url.split("/")[-2]), now).dump()
        for query in verdict.wanted
        for url in query.crls
    ]
    return Evidence(ocsps=tuple(ocsps), crls=tuple(crls))


@pytest.fixture
def evidence(pki: TestPki) -> Callable[[FileVerdict], Evidence]:
    """What the responders answer to what a verdict wants."""
    return lambda verdict: evidence_for(pki, verdict)


Judge = Callable[..., FileVerdict]


@pytest.fixture
def judged(pki: TestPki, trust: Trust, tmp_path: Path) -> Judge:
    """Judge bytes; with revocation data where they are wanted, unless `ask` is false."""

    def judge(pdf: bytes, *, ask: bool = True, **wanted: object) -> FileVerdict:
        path = tmp_path / "file.pdf"
        path.write_bytes(pdf)
        now = datetime.now(UTC)
        about = {"path": str(path), "at": now, "now": now, **wanted}
        verdict = judge_file(Question(**about), trust)  # type: ignore[arg-type]  # whatever the test asks for
        if not ask or not verdict.wanted:
            return verdict
        evidence = evidence_for(pki, verdict)
        return judge_file(Question(**about, evidence=evidence), trust)  # type: ignore[arg-type]  # as above

    return judge
