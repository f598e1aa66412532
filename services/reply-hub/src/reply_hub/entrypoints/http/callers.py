"""From a token to who answers or reads, under pseudonyms."""

from dataclasses import dataclass
from typing import Final

from chassis.authentication import Principal
from chassis.problems import FORBIDDEN, Problem
from contracts.identifiers import Pseudonymiser, Scheme
from reply_hub.application.access import Reader
from reply_hub.domain.answering import Actor, Capacity

PERSON: Final = "rply_reply_v1_P"
AGENCY: Final = "rply_reply_v1_G"
PUSHER: Final = "msg_msg_v1_P"
SERVICE: Final = "hub_service_v1"
OPERATOR: Final = "hub_ops_v1"


@dataclass(frozen=True, slots=True)
class Callers:
    """Knows callers. National numbers go no further than here."""

    pseudonymiser: Pseudonymiser

    def person(self, principal: Principal) -> Actor:
        """The person before the caller.

        Raises:
            Problem: FORBIDDEN, where there is none.
        """
        person = principal.person
        if person is None:
            raise Problem(FORBIDDEN, "this call is for a person who signed in: the token has no `rrn`")
        of = self.pseudonymiser.of_number
        represents: list[tuple[Capacity, str]] = []
        if person.represents is not None:
            represents.append((Capacity.LEGAL_REPRESENTATIVE, of(Scheme.KBO, person.represents)))
        if person.mandate_of is not None:
            represents.append((Capacity.MANDATE_HOLDER, of(Scheme.KBO, person.mandate_of)))
        if principal.organization is not None and not principal.organization.startswith("OVO"):
            represents.append((Capacity.EMPLOYEE, of(Scheme.KBO, principal.organization)))
        return Actor(pseudonym=of(Scheme.INSZ, person.insz), represents=tuple(represents), acr=person.acr)

    def reader(self, principal: Principal) -> Reader:
        """Whoever reads: one of our services, a person, or an agency.

        Raises:
            Problem: FORBIDDEN, where the token is none of these.
        """
        if SERVICE in principal.scopes:
            return Reader(is_service=True)
        if PERSON in principal.scopes and principal.person is not None:
            return Reader(actor=self.person(principal))
        if AGENCY in principal.scopes and principal.organization is not None:
            return Reader(tenant=principal.organization)
        raise Problem(FORBIDDEN, "the token names neither a person nor an organisation for this call")
