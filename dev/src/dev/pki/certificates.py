"""Who has a certificate in the test PKI, of which kind, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pyhanko.sign.ades.qualified_asn1 import QcCertificateType, QcStatement, QcStatements

Config = dict[str, Any]

YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate authority. `issuer` is empty for a root; only some tell their revocations by OCSP too."""

    label: str
    name: str
    issuer: str = ""
    ocsp: bool = True
    key: str = "ec256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A certificate of somebody who signs.

    Attributes:
        subject: name attributes in Certomancer's words.
        qualified: `esign` or `eseal` where the certificate says it is qualified.
        qscd: it says that the key is in a qualified device.
        start, end: of its validity, counted from now.
        revoked: since when, counted from now.
        usage: key usages.
    """

    label: str
    issuer: str
    subject: Mapping[str, str]
    key: str = "ec256"
    qualified: str = ""
    qscd: bool = False
    start: timedelta = -YEAR
    end: timedelta = 2 * YEAR
    revoked: timedelta | None = None
    reason: str = "key_compromise"
    usage: tuple[str, ...] = ("non_repudiation",)
    purpose: str = ""
    hash: str = "sha256"
    without_revocation: bool = False
    unchecked: bool = field(default=False)


AUTHORITIES: Final = (
    Authority(label="root", name="Test Belgium Root CA"),
    Authority(label="citizen-ca", name="Test Citizen CA", issuer="root"),
    Authority(label="itsme-ca", name="Test itsme Issuing CA", issuer="root"),
    Authority(label="seal-ca", name="Test Organisation CA", issuer="root"),
    Authority(label="tsa-ca", name="Test Timestamping CA", issuer="root"),
    Authority(label="foreign-root", name="Test Foreign Root CA"),
    Authority(label="foreign-ca", name="Test Foreign Citizen CA", issuer="foreign-root"),
    Authority(label="rogue-root", name="Rogue Root CA"),
)

_TSA: Final[Config] = {
    "usage": ("digital_signature",),
    "purpose": "time_stamping",
    "start": -4 * YEAR,
    "end": 6 * YEAR,
}


def citizen(given: str, surname: str, number: str) -> dict[str, str]:
    """The subject of an eID-like certificate: the national number is the serialNumber."""
    return {
        "common-name": f"{given} {surname} (Signature)",
        "given-name": given,
        "surname": surname,
        "serial-number": number,
    }


def itsme(given: str, surname: str, number: str) -> dict[str, str]:
    """The subject of an itsme-like certificate: the number in ETSI EN 319 412-1's form."""
    return {**citizen(given, surname, f"PNOBE-{number}"), "common-name": f"{given} {surname}"}


def organisation(name: str, number: str) -> dict[str, str]:
    """The subject of an organisation's certificate."""
    return {"common-name": name, "organization-name": name, "organization-identifier": f"NTRBE-{number}"}


AN: Final = ("An", "Peeters", "85073003328")
NOOR: Final = ("Noor", "Claes", "17073003384")


def holders() -> Iterator[Holder]:
    """Everybody."""
    good: dict[str, Any] = {"issuer": "citizen-ca", "qualified": "esign", "qscd": True}
    yield Holder(label="an", subject=citizen(*AN), **good)
    yield Holder(label="noor", subject=citizen(*NOOR), **good)
    yield Holder(label="bart", subject=citizen("Bart", "Van Damme", "68051534586"), **good)
    yield Holder(label="an-itsme", subject=itsme(*AN), **{**good, "issuer": "itsme-ca"})
    yield Holder(label="an-rsa", subject=citizen(*AN), key="rsa2048", **good)
    yield Holder(label="an-p384", subject=citizen(*AN), key="ec384", **good)
    yield Holder(label="an-ed25519", subject=citizen(*AN), key="ed25519", **good)
    yield Holder(label="an-rsa1024", subject=citizen(*AN), key="rsa1024", **good)
    yield Holder(label="an-qc", subject=citizen(*AN), issuer="citizen-ca", qualified="esign")
    yield Holder(label="an-plain", subject=citizen(*AN), issuer="citizen-ca")
    yield Holder(label="an-no-number", subject={"common-name": "An Peeters"}, **good)
    yield Holder(label="an-expired", subject=citizen(*AN), start=-3 * YEAR, end=-YEAR, **good)
    yield Holder(label="an-future", subject=citizen(*AN), start=YEAR, end=2 * YEAR, **good)
    yield Holder(label="an-revoked", subject=citizen(*AN), revoked=-timedelta(days=30), **good)
    yield Holder(label="an-revoked-lately", subject=citizen(*AN), revoked=-timedelta(minutes=5), **good)
    yield Holder(label="an-wrong-usage", subject=citizen(*AN), usage=("key_encipherment",), **good)
    yield Holder(label="foreigner", subject={"common-name": "Jean Dupont", "country-name": "FR"}, issuer="foreign-ca")
    yield Holder(label="rogue", subject=citizen(*AN), issuer="rogue-root")
    company = organisation("Bakkerij Van Damme bv", "0316380841")
    yield Holder(label="company-seal", issuer="seal-ca", subject=company, qualified="eseal", qscd=True)
    hub = organisation("Antwoordhub", "0643634986")
    yield Holder(label="hub-seal", issuer="seal-ca", subject=hub, usage=("digital_signature", "non_repudiation"))
    yield Holder(label="tsa", issuer="tsa-ca", subject={"common-name": "Test Timestamping Unit 1"}, **_TSA)
    yield Holder(label="tsa-2", issuer="tsa-ca", subject={"common-name": "Test Timestamping Unit 2"}, **_TSA)
    yield Holder(label="tsa-rogue", issuer="rogue-root", subject={"common-name": "Rogue Timestamps"}, **_TSA)
    for authority in AUTHORITIES:
        if authority.ocsp:
            yield Holder(
                label=f"{authority.label}-ocsp",
                issuer=authority.label,
                subject={"common-name": f"{authority.name} OCSP"},
                usage=("digital_signature",),
                purpose="ocsp_signing",
                unchecked=True,
                start=-4 * YEAR,
                end=6 * YEAR,
            )


def qc_statements(kind: str, *, qscd: bool) -> str:
    """The QcStatements extension (ETSI EN 319 412-5) as hexadecimal DER."""
    statements = [QcStatement({"statement_id": "qc_compliance"})]
    if qscd:
        statements.append(QcStatement({"statement_id": "qc_sscd"}))
    kinds = QcCertificateType([f"qct_{kind}"])
    statements.append(QcStatement({"statement_id": "qc_type", "statement_info": kinds}))
    return str(QcStatements(statements).dump().hex())


def iso(moment: datetime) -> str:
    """A moment in Certomancer's form."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")
