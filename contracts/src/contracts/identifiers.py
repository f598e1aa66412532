"""Identifiers of parties and dossiers, and the pseudonyms under which persons appear outside the services.

Sources: INSZ (national register and BIS numbers) with modulo 97 over nine digits, a 2 before them for births from
2000; enterprise numbers with modulo 97 over eight digits; establishment numbers that begin with 2 to 8; OVO codes
of the Flemish organisation register (OVO and six digits); association codes (V and seven digits).
Sex and date are never judged: unknown dates and exhausted counters make them unreliable.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from stdnum.exceptions import ValidationError

Tenant = NewType("Tenant", str)
"""An organisation's OVO code or enterprise number: the owner of letters, bronnen and answers."""


class Scheme(StrEnum):
    """The register a number comes from."""

    INSZ = "INSZ"
    KBO = "KBO"
    VESTIGING = "VESTIGING"
    VCODE = "VCODE"
    OVO = "OVO"


class PartyType(StrEnum):
    """What a party is. Stated by whoever names it, never inferred from the number."""

    CITIZEN = "citizen"
    ENTERPRISE = "enterprise"
    ESTABLISHMENT = "establishment"
    ASSOCIATION = "association"
    AUTHORITY = "authority"


SCHEMES_OF: Final[dict[PartyType, frozenset[Scheme]]] = {
    PartyType.CITIZEN: frozenset({Scheme.INSZ}),
    PartyType.ENTERPRISE: frozenset({Scheme.KBO}),
    PartyType.ESTABLISHMENT: frozenset({Scheme.VESTIGING}),
    PartyType.ASSOCIATION: frozenset({Scheme.VCODE, Scheme.KBO}),
    PartyType.AUTHORITY: frozenset({Scheme.OVO, Scheme.KBO}),
}


class InvalidIdentifier(ValueError):
    """The number breaks its register's rule. The message never repeats the number: it may be a person's."""


@dataclass(frozen=True, slots=True)
class Party:
    """A party with its number in canonical form (digits only, enterprise numbers of ten digits)."""

    type: PartyType
    scheme: Scheme
    value: str

    def __repr__(self) -> str:
        """Without the number where it is a person's, so that it can't slip into a log."""
        shown = "…" if self.scheme is Scheme.INSZ else self.value
        return f"Party({self.type.value}, {self.scheme.value}, {shown})"


_PATTERNS: Final = {
    Scheme.VESTIGING: re.compile(r"[2-8]\d{9}"),
    Scheme.VCODE: re.compile(r"V\d{7}"),
    Scheme.OVO: re.compile(r"OVO\d{6}"),
}
_ELEVEN_DIGITS: Final = re.compile(r"(?<!\d)(\d{2})[.\- ]?(\d{2})[.\- ]?(\d{2})[.\- ]?(\d{3})[.\- ]?(\d{2})(?!\d)")


def parse_party(party_type: PartyType, scheme: Scheme, text: str) -> Party:
    """Check a number and bring it into canonical form.

    Raises:
        InvalidIdentifier: this type of party has no number of that register, or the number breaks its rule.
    """
    if scheme not in SCHEMES_OF[party_type]:
        allowed = " or ".join(sorted(SCHEMES_OF[party_type]))
        raise InvalidIdentifier(f"a party of type {party_type.value} is named by {allowed}, not {scheme.value}")
    return Party(party_type, scheme, _canonical(scheme, text))


def _canonical(scheme: Scheme, text: str) -> str:
    match scheme:
        case Scheme.INSZ:
            return parse_insz(text)
        case Scheme.KBO:
            return parse_kbo(text)
        case _:
            value = text.strip().replace(".", "").replace(" ", "")
            if not _PATTERNS[scheme].fullmatch(value) or not value.isascii():
                raise InvalidIdentifier(f"this is no {scheme.value} number: its form is wrong")
            return value


def parse_insz(text: str) -> str:
    """The eleven digits of a national register or BIS number.

    Raises:
        InvalidIdentifier: wrong length, other characters than digits and separators, or a wrong checksum.
    """
    digits = re.sub(r"[.\- ]", "", text)
    if not re.fullmatch(r"[0-9]{11}", digits):
        raise InvalidIdentifier("an INSZ has eleven digits")
    if not _insz_checksum_holds(digits):
        raise InvalidIdentifier("the checksum of this INSZ is wrong")
    return digits


def _insz_checksum_holds(digits: str) -> bool:
    base, check = int(digits[:9]), int(digits[9:])
    return check in {97 - base % 97, 97 - (2_000_000_000 + base) % 97}


def parse_kbo(text: str) -> str:
    """The ten digits of an enterprise number; an old one of nine digits gets its leading zero.

    Raises:
        InvalidIdentifier: the number's form or checksum is wrong.
    """
    # Imported late: stdnum.be.vat pulls the VIES client in, which nobody here needs at start.
    from stdnum.be import vat  # noqa: PLC0415 - see the line above

    try:
        digits = str(vat.validate(text))
    except ValidationError:
        raise InvalidIdentifier("this is no enterprise number: its form or checksum is wrong") from None
    if digits[0] not in "01":
        raise InvalidIdentifier("an enterprise number begins with 0 or 1")
    return digits


def parse_tenant(text: str) -> Tenant:
    """An organisation's OVO code or enterprise number.

    Raises:
        InvalidIdentifier: it is neither.
    """
    if text.startswith("OVO"):
        return Tenant(_canonical(Scheme.OVO, text))
    return Tenant(parse_kbo(text))


def contains_insz(text: str) -> bool:
    """Whether a run of eleven digits in the text, separated or not, is a checksum-valid INSZ."""
    return any(_looks_like_a_person("".join(found)) for found in _ELEVEN_DIGITS.findall(text))


def _looks_like_a_person(digits: str) -> bool:
    # Months: 00-12, and 20 or 40 more in a BIS number. This keeps most telephone and account numbers out.
    month = int(digits[2:4])
    return month % 20 <= 12 and month <= 52 and int(digits[4:6]) <= 31 and _insz_checksum_holds(digits)


class Pseudonymiser:
    """Keyed pseudonyms of parties (HMAC-SHA-256): equal for equal parties within one environment, else unlinkable."""

    def __init__(self, key: bytes) -> None:
        """Take the environment's key.

        Raises:
            ValueError: the key is shorter than 32 bytes.
        """
        if len(key) < 32:
            raise ValueError("a pseudonym key has at least 32 bytes")
        self._key = key

    def of(self, party: Party) -> str:
        """64 hexadecimal digits."""
        return self.of_number(party.scheme, party.value)

    def of_number(self, scheme: Scheme, value: str) -> str:
        """The pseudonym of a number in canonical form."""
        return hmac.new(self._key, f"{scheme.value}:{value}".encode(), hashlib.sha256).hexdigest()


def dossier_key(bron: str, dossier_nummer: str) -> str:
    """The key of everything about one dossier: 32 hexadecimal digits of SHA-256 over bron and dossierNummer."""
    return hashlib.sha256(f"{bron}\n{dossier_nummer}".encode()).hexdigest()[:32]


def bron_key(bron: str) -> str:
    """The key of a bron: 32 hexadecimal digits of SHA-256."""
    return hashlib.sha256(bron.encode()).hexdigest()[:32]
