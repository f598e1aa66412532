"""Whom is trusted: explicit roots per level, and the services of the EU trusted lists."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko.sign.validation.qualified.tsp import TSPRegistry, TSPTrustManager
from pyhanko_certvalidator.authority import Authority, TrustAnchor
from pyhanko_certvalidator.registry import SimpleTrustManager, TrustManager


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRoots:
    """Files with PEM certificates; every trust is named, none is the machine's.

    Attributes:
        advanced: roots of certificates for advanced signatures and seals.
        timestamps: roots of timestamping authorities.
        lists: folder with the verified trusted lists; empty where there are none.
    """

    advanced: tuple[str, ...] = ()
    timestamps: tuple[str, ...] = ()
    lists: str = ""


class AnyOf(TrustManager):
    """Trusts what one of several trusts."""

    def __init__(self, *managers: TrustManager) -> None:
        """Ask these, in order."""
        self._managers = managers

    def as_trust_anchor(self, authority: Authority) -> TrustAnchor | None:
        """The anchor of the first that trusts it."""
        anchors = (manager.as_trust_anchor(authority) for manager in self._managers)
        return next((anchor for anchor in anchors if anchor is not None), None)

    def find_potential_issuers(self, cert: x509.Certificate) -> Iterator[TrustAnchor]:
        """Anchors of each."""
        for manager in self._managers:
            yield from manager.find_potential_issuers(cert)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Loaded trust.

    Attributes:
        signers, timestamps: whose certificates may chain to.
        known: roots themselves, without which their revocation lists would be ignored.
        registry: the services of the trusted lists, where there are some.
        version: which lists, for the record.
    """

    signers: TrustManager
    timestamps: TrustManager
    known: tuple[x509.Certificate, ...]
    registry: TSPRegistry | None = None
    version: str = ""


def load_certificates(files: Iterable[str]) -> list[x509.Certificate]:
    """Every certificate in PEM or DER files.

    Raises:
        OSError, ValueError: a file is not there or holds none.
    """
    found: list[x509.Certificate] = []
    for name in files:
        content = Path(name).read_bytes()
        if pem.detect(content):
            found += [x509.Certificate.load(der) for _, _, der in pem.unarmor(content, multiple=True)]
        else:
            found.append(x509.Certificate.load(content))
    return found


def trust_of(
    advanced: Iterable[x509.Certificate],
    timestamps: Iterable[x509.Certificate],
    *,
    registry: TSPRegistry | None = None,
    version: str = "",
) -> Trust:
    """Trust in these roots and in the services of a registry."""
    roots, stamps = list(advanced), list(timestamps)
    signers: TrustManager = SimpleTrustManager.build(trust_roots=roots)
    stampers: TrustManager = SimpleTrustManager.build(trust_roots=stamps)
    if registry is not None:
        listed = TSPTrustManager(registry)
        signers, stampers = AnyOf(listed, signers), AnyOf(listed, stampers)
    return Trust(signers=signers, timestamps=stampers, known=(*roots, *stamps), registry=registry, version=version)
