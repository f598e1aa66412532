"""PDFs signed with the test PKI, in every format, as people's own software would."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from certomancer.integrations.aiohttp_illusionist import AsyncIllusionist
from certomancer.registry import ServiceLabel
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dev.pki.architecture import TestPki
from dev.pki.certificates import AUTHORITIES
from signatures.verdict import Profile

ROOTS: Final = ("root", "foreign-root", "rogue-root")


class LocalTimeStamper(TimeStamper):
    """A timestamping unit of the test PKI, asked without a network. `at` is its clock."""

    def __init__(self, pki: TestPki, label: str = "tsa", *, at: datetime | None = None) -> None:
        """Take the unit of that label."""
        super().__init__()  # type: ignore[no-untyped-call]  # the library's base class has no types here
        self._pki, self._label, self._at = pki, label, at

    async def async_request_tsa_response(self, req: Any) -> Any:
        """See TimeStamper."""
        registry = self._pki.architecture.service_registry
        unit = registry.summon_timestamper(ServiceLabel(self._label), self._at or datetime.now(UTC))
        return unit.request_tsa_response(req)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How a signature is made. `at` is the moment that every clock around it shows."""

    who: str = "an"
    profile: Profile = Profile.B_B
    at: datetime | None = None
    tsa: str = "tsa"
    field: str = "Signature1"
    prefer_pss: bool = False
    md: str | None = None
    metadata: dict[str, Any] | None = None
    chain: bool = True
    spec: SigFieldSpec | None = None


def signer_for(pki: TestPki, who: str, *, prefer_pss: bool = False, chain: bool = True) -> SimpleSigner:
    """Somebody with certificate and key."""
    registry = SimpleCertificateStore()
    if chain:
        registry.register_multiple(pki.chain(who))
    return SimpleSigner(
        signing_cert=pki.certificate(who), signing_key=pki.key(who), cert_registry=registry, prefer_pss=prefer_pss
    )


async def sign(pdf: bytes, pki: TestPki, how: Signing) -> bytes:
    """Sign a PDF; the result begins with its very bytes."""
    async with AsyncIllusionist(pki.architecture, at_time=how.at).serving_session() as session:
        context = ValidationContext(
            trust_roots=[pki.certificate(label) for label in ROOTS],
            other_certs=[pki.certificate(authority.label) for authority in AUTHORITIES],
            allow_fetching=how.at is None,
            fetcher_backend=AIOHttpFetcherBackend(session=session),
            revocation_mode="soft-fail",
        )
        with_time = how.profile.reaches(Profile.B_T)
        metadata = PdfSignatureMetadata(
            field_name=how.field,
            subfilter=SigSeedSubFilter.PADES,
            md_algorithm=how.md or ("sha512" if how.who.endswith("ed25519") else "sha256"),
            embed_validation_info=how.profile.reaches(Profile.B_LT),
            use_pades_lta=how.profile is Profile.B_LTA,
            validation_context=context if how.profile.reaches(Profile.B_LT) else None,
            **(how.metadata or {}),
        )
        signer = PdfSigner(
            metadata,
            signer_for(pki, how.who, prefer_pss=how.prefer_pss, chain=how.chain),
            timestamper=LocalTimeStamper(pki, how.tsa, at=how.at) if with_time else None,
            new_field_spec=how.spec or SigFieldSpec(how.field),
        )
        signed = BytesIO()
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        await signer.async_sign_pdf(writer, output=signed, appearance_text_params=None)
        return signed.getvalue()


def signed(pdf: bytes, pki: TestPki, how: Signing) -> bytes:
    """`sign`, for callers without an event loop."""
    return asyncio.run(sign(pdf, pki, how))
