"""What has to be asked about the certificates of a signature: only of those that chain to a trusted authority."""

from collections.abc import Iterable

from asn1crypto import cms, x509
from pyhanko.sign.general import extract_certificate_info
from pyhanko_certvalidator import CertificateValidator
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.errors import ExpiredError, NotYetValidError, PathError, ValidationError
from pyhanko_certvalidator.fetchers.common_utils import format_ocsp_request
from pyhanko_certvalidator.path import ValidationPath

from signatures.validation import Ground
from signatures.verdict import RevocationQuery


async def queries_for(signed: cms.SignedData, ground: Ground, *, is_timestamp: bool) -> list[RevocationQuery]:
    """What to ask about the signer's certificate and those above it; nothing where they lead to nobody trusted."""
    found = extract_certificate_info(signed)
    path = await _trusted_path(found.signer_cert, found.other_certs, ground, is_timestamp=is_timestamp)
    if path is None:
        return []
    certificates = [entry for entry in path if isinstance(entry, x509.Certificate)]
    pairs = zip(certificates[1:], certificates, strict=False)
    return [query for certificate, issuer in pairs if (query := _query(certificate, issuer)) is not None]


async def _trusted_path(
    certificate: x509.Certificate, others: Iterable[x509.Certificate], ground: Ground, *, is_timestamp: bool
) -> ValidationPath | None:
    context = ground.context_of_path(for_timestamps=is_timestamp)
    try:
        return await CertificateValidator(
            certificate, intermediate_certs=list(others), validation_context=context
        ).async_validate_path()
    except (ExpiredError, NotYetValidError) as error:
        # Paths are validated from the root down: up to this certificate, all of it chains to somebody trusted.
        return error.original_path
    except (PathError, ValidationError):
        return None


def _query(certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationQuery | None:
    if certificate.ocsp_no_check_value is not None or certificate.self_issued:
        return None
    request = format_ocsp_request(
        certificate, AuthorityWithCert(issuer), certid_hash_algo="sha1", request_nonces=False
    ).dump()
    ocsp = tuple((url, request) for url in certificate.ocsp_urls)
    crls = tuple(point.url for point in certificate.crl_distribution_points if point.url)
    return RevocationQuery(ocsp=ocsp, crls=crls) if ocsp or crls else None
