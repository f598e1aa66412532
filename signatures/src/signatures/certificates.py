"""What a signer's certificate says: who, and whether a person or an organisation."""

import hashlib
import re
from collections.abc import Callable
from typing import Final

from asn1crypto import x509
from pyhanko.sign.ades.qualified_asn1 import get_qc_statements

from contracts.identifiers import InvalidIdentifier, parse_insz, parse_kbo
from signatures.verdict import Kind, Signer

_PERSON: Final = re.compile(r"(?:PNOBE-)?(\d{11})")
"""The national number as Belgian eID cards write it, or after ETSI EN 319 412-1, 5.1.3."""
_ORGANISATION: Final = re.compile(r"(?:NTRBE|VATBE)-(\d{9,10})")


def signer_of(certificate: x509.Certificate) -> Signer:
    """Who it was made out to. Numbers that break their register's rule are nobody's."""
    return Signer(
        national_number=_number(certificate, "serial_number", _PERSON, parse_insz),
        organisation_number=_number(certificate, "organization_identifier", _ORGANISATION, parse_kbo),
        certificate_sha256=hashlib.sha256(certificate.dump()).hexdigest(),
    )


def kind_of(certificate: x509.Certificate) -> Kind:
    """A qualified certificate says so; of another, an organisation without a person's name seals."""
    for statement in get_qc_statements(certificate):
        if statement["statement_id"].native == "qc_type":
            return Kind.SEAL if "qct_eseal" in statement["statement_info"].native else Kind.SIGNATURE
    attributes = certificate.subject.native
    is_person = bool({"given_name", "surname", "serial_number"} & attributes.keys())
    return Kind.SEAL if "organization_identifier" in attributes and not is_person else Kind.SIGNATURE


def _number(
    certificate: x509.Certificate, attribute: str, form: re.Pattern[str], parse: Callable[[str], str]
) -> str | None:
    values = certificate.subject.native.get(attribute)
    for value in values if isinstance(values, list) else [values]:
        found = form.fullmatch(value or "")
        if found:
            try:
                return parse(found[1])
            except InvalidIdentifier:
                continue
    return None
