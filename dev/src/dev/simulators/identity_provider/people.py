"""Who is known: agencies, clients with the scopes they may ask, and people with the capacities they may act in.

All people are invented. Their numbers hold by the checksum of the national register or BIS.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

TargetGroup = Literal["BUR", "GID", "LB", "OV", "EA"]
"""ACM's doelgroepen: citizen, Flemish entity, local authority, education, other organisation."""

OIDC_SCOPES = ("openid", "profile", "rrn", "vo", "wettelijkvertegenwoordiger", "ssm_mandaat")


class _Entry(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Organisation(_Entry):
    """An agency, a local authority or an enterprise. `code` is an OVO or KBO number."""

    code: str
    name: str


class Capacity(_Entry):
    """What a person may sign in as. `organisation` is the code of `vo_orgcode`.

    A legal representative has it as `wv_orgcode` too; with `mandate` set, the enterprise that gave the mandate is
    told as `ssm_mandaatgever`.
    """

    target_group: TargetGroup = "BUR"
    organisation: str | None = None
    legal_representative: bool = False
    mandate: str | None = None

    @property
    def name(self) -> str:
        """How it is picked: `BUR`, or target group and organisation, with the giver of the mandate."""
        return "/".join(part for part in (self.target_group, self.organisation, self.mandate) if part)


class Person(_Entry):
    """Somebody who can sign in. `id` stands for the person wherever the number must not."""

    id: str
    rrn: str = Field(repr=False)
    given_name: str
    family_name: str
    acr: str = "urn:be:vlaanderen:authmech:eid"
    capacities: tuple[Capacity, ...] = (Capacity(),)

    @property
    def subject(self) -> str:
        """The claim `sub`."""
        return f"person-{self.id}"

    def capacity(self, name: str | None) -> Capacity | None:
        """The capacity of that name; the first one for None; None where there is no such capacity."""
        if name is None:
            return self.capacities[0]
        return next((capacity for capacity in self.capacities if capacity.name == name), None)


class Client(_Entry):
    """A registered client.

    Attributes:
        organisation: told as `vo_orgcode` in the client's own tokens.
        scopes: all it may ask; another one makes the whole request fail.
        audience: of its tokens where the request names none.
        redirect_uris: exact; for http://127.0.0.1 and http://localhost any port (RFC 8252, 7.3).
        public: has no key and proves itself by PKCE.
    """

    id: str
    name: str
    organisation: str | None = None
    scopes: tuple[str, ...] = ()
    audience: str = "antwoordhub"
    redirect_uris: tuple[str, ...] = ()
    public: bool = False
    key_type: Literal["RSA", "EC"] = "RSA"


class Directory(_Entry):
    """All who are known."""

    organisations: tuple[Organisation, ...] = ()
    clients: tuple[Client, ...] = ()
    people: tuple[Person, ...] = ()

    def organisation_name(self, code: str) -> str:
        """The name of an organisation, or its code where it is not listed."""
        return next((entry.name for entry in self.organisations if entry.code == code), code)

    def client(self, client_id: str) -> Client | None:
        """One client."""
        return next((client for client in self.clients if client.id == client_id), None)

    def person(self, person_id: str) -> Person | None:
        """One person."""
        return next((person for person in self.people if person.id == person_id), None)


AGENCY = "OVO002949"
OTHER_AGENCY = "OVO900001"
MUNICIPALITY = "0999000129"
ENTERPRISE = "0316380841"
OTHER_ENTERPRISE = "0406798006"

_AGENCY_SCOPES = ("vo_info", "msg_msg_v1_P", "msg_msg_v1_G", "rply_reply_v1_G")
_CASE_SYSTEM_SCOPES = (
    "vo_info",
    "rply_reply_v1_G",
    "dssr_dossier_v1_P",
    "dssr_filing_v1_G",
    "dssr_filing_v1_P",
    "dssr_parked_v1_P",
)
_EBOX = "scope:document:management:consult:ws-eboxrestentreprise"
_SERVICE_SCOPES = ("vo_info", "hub_service_v1", f"{_EBOX}:publicationsender", f"{_EBOX}:messagesfull")


def _agency(client_id: str, organisation: str) -> tuple[Client, Client]:
    return (
        Client(
            id=f"agency-{client_id}",
            name=f"Agency {client_id.upper()}",
            organisation=organisation,
            scopes=_AGENCY_SCOPES,
        ),
        Client(
            id=f"case-system-{client_id}",
            name=f"Case system of agency {client_id.upper()}",
            organisation=organisation,
            scopes=_CASE_SYSTEM_SCOPES,
            key_type="EC",
        ),
    )


def _service(name: str) -> Client:
    return Client(id=name, name=name, scopes=_SERVICE_SCOPES)


DEFAULT_DIRECTORY = Directory(
    organisations=(
        Organisation(code=AGENCY, name="Agentschap Digitaal Vlaanderen"),
        Organisation(code=OTHER_AGENCY, name="Agentschap Voorbeeld"),
        Organisation(code=MUNICIPALITY, name="Gemeente Voorbeeldegem"),
        Organisation(code=ENTERPRISE, name="Bakkerij Van Damme bv"),
        Organisation(code=OTHER_ENTERPRISE, name="Boekhoudkantoor Wouters nv"),
    ),
    clients=(
        *_agency("a", AGENCY),
        *_agency("b", OTHER_AGENCY),
        *_agency("m", MUNICIPALITY),
        _service("documents"),
        _service("reply-hub"),
        _service("dossier-router"),
        Client(id="operator", name="Operator of the hub", organisation=AGENCY, scopes=("vo_info", "hub_ops_v1")),
        Client(id="ebox", name="eBox", scopes=("vo_info", "hub_service_v1")),
        Client(
            id="mijn-burgerprofiel",
            name="Mijn Burgerprofiel",
            scopes=(*OIDC_SCOPES, "rply_reply_v1_P"),
            redirect_uris=("http://127.0.0.1/callback", "http://localhost/callback"),
            public=True,
        ),
    ),
    people=(
        Person(id="an-peeters", rrn="85073003328", given_name="An", family_name="Peeters"),
        Person(
            id="noor-claes",
            rrn="17073003384",
            given_name="Noor",
            family_name="Claes",
            acr="urn:be:vlaanderen:authmech:itsme",
        ),
        Person(
            id="yusuf-demir",
            rrn="98472899765",
            given_name="Yusuf",
            family_name="Demir",
            acr="urn:be:vlaanderen:authmech:itsme",
        ),
        Person(
            id="bart-vandamme",
            rrn="68051534586",
            given_name="Bart",
            family_name="Van Damme",
            capacities=(
                Capacity(),
                Capacity(target_group="EA", organisation=ENTERPRISE, legal_representative=True),
            ),
        ),
        Person(
            id="greet-wouters",
            rrn="90021411214",
            given_name="Greet",
            family_name="Wouters",
            capacities=(
                Capacity(),
                Capacity(target_group="EA", organisation=OTHER_ENTERPRISE, legal_representative=True),
                Capacity(target_group="EA", organisation=OTHER_ENTERPRISE, mandate=ENTERPRISE),
            ),
        ),
        Person(
            id="tom-aerts",
            rrn="75010100196",
            given_name="Tom",
            family_name="Aerts",
            capacities=(Capacity(), Capacity(target_group="GID", organisation=AGENCY)),
        ),
    ),
)
"""Two agencies, a municipality, the hub's services, and people who act for themselves or for an enterprise."""


def load_directory(path: Path | None) -> Directory:
    """Read a JSON file in the shape of Directory (camelCase); None gives the default.

    Raises:
        pydantic.ValidationError: it has another shape.
    """
    return DEFAULT_DIRECTORY if path is None else Directory.model_validate_json(path.read_bytes())
