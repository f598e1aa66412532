"""Validation data that a PDF carries itself (document security store), put to what is known."""

from dataclasses import replace

from asn1crypto import crl, ocsp
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.policy_decl import LocalKnowledge
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from signatures.validation import Ground


def has_validation_data(reader: PdfFileReader) -> bool:
    """Whether it carries revocation data."""
    store = _store(reader)
    return store is not None and bool(store.ocsps or store.crls)


def with_dss(ground: Ground, reader: PdfFileReader) -> Ground:
    """The ground, with what the file carries. Nothing of it is trusted for being there: each is checked when used."""
    store = _store(reader)
    if store is None:
        return ground
    known = ground.knowledge
    ocsps = [
        container
        for reference in store.ocsps
        for container in OCSPContainer.load_multi(
            ocsp.OCSPResponse.load(reference.get_object().read_data(DecodePurpose.OCSP_RESPONSE))
        )
    ]
    crls = [
        CRLContainer(crl.CertificateList.load(reference.get_object().read_data(DecodePurpose.CRL)))
        for reference in store.crls
    ]
    knowledge = LocalKnowledge(
        known_ocsps=[*known.known_ocsps, *ocsps],
        known_crls=[*known.known_crls, *crls],
        known_certs=[*known.known_certs, *store.load_certs()],
        known_poes=known.known_poes,
    )
    return replace(ground, knowledge=knowledge)


def _store(reader: PdfFileReader) -> DocumentSecurityStore | None:
    try:
        return DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return None
