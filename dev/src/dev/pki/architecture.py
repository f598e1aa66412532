"""The test PKI put together: keys on disk, certificates and services in Certomancer's hands."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from asn1crypto import x509
from asn1crypto.keys import PrivateKeyInfo
from certomancer.registry import ArchLabel, CertLabel, KeyLabel, PKIArchitecture
from certomancer.registry.config import CertomancerConfig
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dev.pki.certificates import AUTHORITIES, YEAR, Authority, Config, Holder, holders, iso, qc_statements

ARCHITECTURE: Final = "test-pki"
TSAS: Final = ("tsa", "tsa-2", "tsa-rogue")


class TestPki:
    """Certificates and keys by label; `url` is where its services are reached."""

    __test__ = False

    def __init__(self, folder: Path, *, url: str = "http://pki.test", now: datetime | None = None) -> None:
        """Make it, with keys kept in `folder`: the same folder gives the same keys."""
        self.url = url
        self.folder = folder
        self.now = (now or datetime.now(UTC)).replace(microsecond=0)
        people = list(holders())
        _make_keys(folder, {**{a.label: a.key for a in AUTHORITIES}, **{h.label: h.key for h in people}})
        self.config = _config(url, self.now, people)
        loaded = CertomancerConfig(self.config, str(folder))
        self.architecture: PKIArchitecture = loaded.get_pki_arch(ArchLabel(ARCHITECTURE))

    def certificate(self, label: str) -> x509.Certificate:
        """The certificate of somebody."""
        return self.architecture.get_cert(CertLabel(label))

    def key(self, label: str) -> PrivateKeyInfo:
        """Somebody's private key."""
        return self.architecture.key_set.get_private_key(KeyLabel(label))

    def chain(self, label: str) -> list[x509.Certificate]:
        """The authorities above somebody, without the root."""
        issuers = {self.certificate(a.label).subject.hashable: a for a in AUTHORITIES}
        found: list[x509.Certificate] = []
        authority = issuers[self.certificate(label).issuer.hashable]
        while authority.issuer:
            found.append(self.certificate(authority.label))
            authority = issuers[found[-1].issuer.hashable]
        return found

    def tsa_url(self, label: str = "tsa") -> str:
        """Where a timestamping unit is reached."""
        return f"{self.url}/{ARCHITECTURE}/tsa/{label}"


def _make_keys(folder: Path, wanted: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for label, kind in wanted.items():
        path = folder / f"{label}.pem"
        if not path.exists():
            key = _new_key(kind)
            path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _new_key(kind: str) -> Any:
    match kind:
        case "ec256":
            return ec.generate_private_key(ec.SECP256R1())
        case "ec384":
            return ec.generate_private_key(ec.SECP384R1())
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            size = int(kind.removeprefix("rsa"))
            return rsa.generate_private_key(public_exponent=65537, key_size=size)


def _config(url: str, now: datetime, people: list[Holder]) -> Config:
    labels = [*(a.label for a in AUTHORITIES), *(h.label for h in people)]
    entities: Config = {a.label: {"common-name": a.name} for a in AUTHORITIES}
    entities |= {h.label: dict(h.subject) for h in people}
    certificates: Config = {a.label: _of_authority(a, now) for a in AUTHORITIES}
    certificates |= {h.label: _of_holder(h, now) for h in people}
    return {
        "external-url-prefix": url,
        "keysets": {ARCHITECTURE: {"keys": {label: {"path": f"{label}.pem"} for label in labels}}},
        "pki-architectures": {
            ARCHITECTURE: {
                "keyset": ARCHITECTURE,
                "entity-defaults": {"country-name": "BE"},
                "entities": entities,
                "certs": certificates,
                "services": _services(),
            }
        },
    }


def _of_authority(authority: Authority, now: datetime) -> Config:
    issuer = authority.issuer or authority.label
    usages = ["digital_signature", "key_cert_sign", "crl_sign"]
    extensions: list[Config] = [
        {"id": "basic_constraints", "critical": True, "value": {"ca": True}},
        {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": usages}},
    ]
    if authority.issuer:
        extensions += _revocation_of(issuer)
    return {
        "subject": authority.label,
        "subject-key": authority.label,
        "issuer": issuer,
        "authority-key": issuer,
        "issuer-cert": issuer,
        "validity": {"valid-from": iso(now - 5 * YEAR), "valid-to": iso(now + 15 * YEAR)},
        "extensions": extensions,
    }


def _of_holder(holder: Holder, now: datetime) -> Config:
    usage = {"schema": "key-usage", "params": list(holder.usage)}
    extensions: list[Config] = [{"id": "key_usage", "critical": True, "smart-value": usage}]
    if holder.purpose:
        extensions.append({"id": "extended_key_usage", "critical": True, "value": [holder.purpose]})
    if holder.qualified:
        der = {"schema": "der-bytes", "params": qc_statements(holder.qualified, qscd=holder.qscd)}
        extensions.append({"id": "qc_statements", "critical": False, "smart-value": der})
    if holder.unchecked:
        extensions.append({"id": "ocsp_no_check", "critical": False, "value": None})
    elif not holder.without_revocation:
        extensions += _revocation_of(holder.issuer)
    config: Config = {
        "subject": holder.label,
        "subject-key": holder.label,
        "issuer": holder.issuer,
        "authority-key": holder.issuer,
        "issuer-cert": holder.issuer,
        "digest-algo": holder.hash,
        "validity": {"valid-from": iso(now + holder.start), "valid-to": iso(now + holder.end)},
        "extensions": extensions,
    }
    if holder.revoked is not None:
        config["revocation"] = {"revoked-since": iso(now + holder.revoked), "reason": holder.reason}
    return config


def _revocation_of(issuer: str) -> list[Config]:
    """Where revocations of an authority's certificates are told."""
    repository = {"schema": "crl-dist-url", "params": {"crl-repo-names": [issuer]}}
    told: list[Config] = [{"id": "crl_distribution_points", "smart-value": repository}]
    if next(a for a in AUTHORITIES if a.label == issuer).ocsp:
        responder = {"schema": "aia-urls", "params": {"ocsp-responder-names": [issuer]}}
        told.append({"id": "authority_information_access", "smart-value": responder})
    return told


def _services() -> Config:
    return {
        "crl-repo": {
            a.label: {"for-issuer": a.label, "signing-key": a.label, "simulated-update-schedule": "P1D"}
            for a in AUTHORITIES
        },
        "ocsp": {
            a.label: {
                "for-issuer": a.label,
                "responder-cert": f"{a.label}-ocsp",
                "signing-key": f"{a.label}-ocsp",
            }
            for a in AUTHORITIES
            if a.ocsp
        },
        "time-stamping": {label: {"signing-key": label, "signing-cert": label} for label in TSAS},
    }
