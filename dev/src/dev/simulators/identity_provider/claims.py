"""The claims of ACM: which scope tells which."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from dev.simulators.identity_provider.people import Capacity, Client, Directory, Person

_TARGET_GROUPS: Final = {
    "BUR": "Burger",
    "GID": "Vlaamse overheidsentiteit",
    "LB": "Lokaal bestuur",
    "OV": "Onderwijs- of vormingsinstelling",
    "EA": "Economische actor",
}


def client_claims(client: Client, directory: Directory) -> dict[str, Any]:
    """What a client's own token says of it. The organisation is told whether or not `vo_info` was asked."""
    claims = {"sub": client.id, "client_id": client.id, "vo_applicatienaam": client.name}
    if client.organisation is None:
        return claims
    name = directory.organisation_name(client.organisation)
    return {**claims, "vo_orgcode": client.organisation, "vo_orgnaam": name}


def person_claims(
    person: Person, capacity: Capacity, scopes: tuple[str, ...], directory: Directory
) -> dict[str, Any]:
    """What is told of a person under these scopes. `acr` and `sub` always are."""
    told: Mapping[str, Mapping[str, Any]] = {
        "profile": {"given_name": person.given_name, "family_name": person.family_name},
        "rrn": {"rrn": person.rrn},
        "vo": _organisation_claims(person, capacity, directory),
        "wettelijkvertegenwoordiger": (
            {"wv_orgcode": capacity.organisation} if capacity.legal_representative else {}
        ),
        "ssm_mandaat": {"ssm_mandaatgever": capacity.mandate} if capacity.mandate else {},
    }
    claims: dict[str, Any] = {"sub": person.subject, "acr": person.acr}
    for scope in scopes:
        claims.update(told.get(scope, {}))
    return claims


def _organisation_claims(person: Person, capacity: Capacity, directory: Directory) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "vo_id": str(uuid5(NAMESPACE_URL, person.subject)),
        "vo_doelgroepcode": capacity.target_group,
        "vo_doelgroepnaam": _TARGET_GROUPS[capacity.target_group],
        "vo_email": f"{person.id}@example.invalid",
    }
    if capacity.organisation is not None:
        claims["vo_orgcode"] = capacity.organisation
        claims["vo_orgnaam"] = directory.organisation_name(capacity.organisation)
    return claims
