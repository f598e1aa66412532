"""How certificates are validated: roots named, revocation required, weak algorithms refused, the moment given."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asn1crypto import crl, ocsp, x509
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
    bootstrap_validation_data_handlers,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator.context import CertValidationPolicySpec, ValidationContext
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
    DisallowWeakAlgorithmsPolicy,
    RevocationCheckingPolicy,
)
from pyhanko_certvalidator.registry import TrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from signatures.trust import Trust
from signatures.verdict import Evidence

SKEW: Final = timedelta(seconds=60)
"""How far clocks of honest machines may lie apart."""
ALGORITHMS: Final = DisallowWeakAlgorithmsPolicy()
_SIGNING: Final = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
_OFFLINE: Final = RevocationInfoGatheringSpec(
    online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
    certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """On what a validation stands: nothing is fetched, whatever a certificate says.

    Attributes:
        at: the moment for which certificates are judged: that at which the file is proved to have existed.
        now: our own clock, which no honest timestamp is ahead of.
    """

    trust: Trust
    at: datetime
    now: datetime
    knowledge: LocalKnowledge

    @property
    def timing(self) -> ValidationTimingInfo:
        """For which moment."""
        return ValidationTimingInfo(self.at, self.at, point_in_time_validation=True)

    @property
    def spec(self) -> SignatureValidationSpec:
        """As pyHanko takes it."""
        return SignatureValidationSpec(
            cert_validation_policy=_policy(self.trust.signers, REQUIRE_REVINFO),
            ts_cert_validation_policy=_policy(self.trust.timestamps, REQUIRE_REVINFO),
            revinfo_gathering_policy=_OFFLINE,
            local_knowledge=self.knowledge,
            key_usage_settings=_SIGNING,
            signature_algorithm_policy=CMSAlgorithmUsagePolicy.lift_policy(ALGORITHMS),
        )

    def context(self, *, for_timestamps: bool = False) -> ValidationContext:
        """For one validation of a signer's or a timestamping unit's certificate."""
        manager = self.trust.timestamps if for_timestamps else self.trust.signers
        return self._context(manager, REQUIRE_REVINFO)

    def context_of_path(self, *, for_timestamps: bool) -> ValidationContext:
        """For building and checking a path without asking whether something in it was revoked."""
        manager = self.trust.timestamps if for_timestamps else self.trust.signers
        return self._context(manager, NO_REVOCATION)

    def _context(self, manager: TrustManager, revocation: RevocationCheckingPolicy) -> ValidationContext:
        handlers = bootstrap_validation_data_handlers(self.spec, timing_info=self.timing)
        return _policy(manager, revocation).build_validation_context(timing_info=self.timing, handlers=handlers)


def _policy(manager: TrustManager, revocation: RevocationCheckingPolicy) -> CertValidationPolicySpec:
    # Revocation data are asked for after the moment that is judged; what they say of that moment counts.
    revinfo = CertRevTrustPolicy(revocation, retroactive_revinfo=True)
    return CertValidationPolicySpec(
        trust_manager=manager, revinfo_policy=revinfo, algorithm_usage_policy=ALGORITHMS, time_tolerance=SKEW
    )


def knowledge_of(trust: Trust, evidence: Evidence, certificates: Iterable[x509.Certificate] = ()) -> LocalKnowledge:
    """Everything at hand: roots, fetched revocation data, further certificates. What can't be read is left out."""
    ocsps: list[OCSPContainer] = []
    crls: list[CRLContainer] = []
    for der in evidence.ocsps:
        try:
            ocsps += OCSPContainer.load_multi(ocsp.OCSPResponse.load(der))
        except (ValueError, TypeError):
            continue
    for der in evidence.crls:
        try:
            found = crl.CertificateList.load(der)
            _ = found["tbs_cert_list"].native["this_update"]
        except (ValueError, TypeError, KeyError):
            continue
        crls.append(CRLContainer(found))
    return LocalKnowledge(known_ocsps=ocsps, known_crls=crls, known_certs=[*trust.known, *certificates])
