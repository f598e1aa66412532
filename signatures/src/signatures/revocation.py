"""What has to be asked about the certificates of a signature: only of those that chain to a trusted authority."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Final

from asn1crypto import cms, x509
from pyhanko.sign.general import extract_certificate_info
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import ExpiredError, NotYetValidError, PathError, ValidationError
from pyhanko_certvalidator.fetchers.common_utils import format_ocsp_request
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.validate import async_validate_path

from signatures.validation import Ground
from signatures.verdict import RevocationQuery

_MOST_PATHS: Final = 4


async def queries_for(signed: cms.SignedData, ground: Ground, *, is_timestamp: bool) -> list[RevocationQuery]:
    """What to ask about the signer's certificate and those above it; nothing where they lead to nobody trusted."""
    queries: list[RevocationQuery] = []
    async for path in _trusted_paths(signed, ground, is_timestamp=is_timestamp):
        certificates = [entry for entry in path if isinstance(entry, x509.Certificate)]
        for issuer, certificate in pairwise(certificates):
            query = _query(certificate, issuer)
            if query is not None and query not in queries:
                queries.append(query)
    return queries


async def _trusted_paths(
    signed: cms.SignedData, ground: Ground, *, is_timestamp: bool
) -> AsyncIterator[ValidationPath]:
    """Every path from the signer's certificate to somebody trusted whose signatures hold.

    There may be several: a certificate's issuer is trusted as a listed service, and its root beside it.
    """
    found = extract_certificate_info(signed)
    context = ground.context_of_path(for_timestamps=is_timestamp)
    context.certificate_registry.register_multiple(found.other_certs)
    candidates = context.path_builder.async_build_paths_lazy(found.signer_cert)
    tried = 0
    try:
        async for candidate in candidates:
            tried += 1
            if await _leads_to_trust(context, candidate):
                yield candidate
            if tried == _MOST_PATHS:
                return
    except PathError:
        return
    finally:
        await candidates.cancel()


async def _leads_to_trust(context: ValidationContext, path: ValidationPath) -> bool:
    try:
        await async_validate_path(context, path)
    except (ExpiredError, NotYetValidError):
        # Paths are validated from the root down: up to this certificate, all of it holds.
        return True
    except (PathError, ValidationError):
        return False
    return True


def _query(certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationQuery | None:
    if certificate.ocsp_no_check_value is not None or certificate.self_issued:
        return None
    request = format_ocsp_request(
        certificate, AuthorityWithCert(issuer), certid_hash_algo="sha1", request_nonces=False
    ).dump()
    ocsp = tuple((url, request) for url in certificate.ocsp_urls)
    crls = tuple(point.url for point in certificate.crl_distribution_points if point.url)
    return RevocationQuery(ocsp=ocsp, crls=crls) if ocsp or crls else None
