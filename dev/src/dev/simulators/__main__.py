"""`python -m dev.simulators`: identity-provider, ebox, case-system or trust-services, served until SIGTERM."""

import argparse
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from chassis.authentication import JwksVerifier
from chassis.discovery import ClientKey, Discovery
from chassis.outbound import ServiceTokens, http_client
from dev.pki.architecture import TestPki
from dev.simulators.case_system.app import create_app as case_system_app
from dev.simulators.case_system.desk import Desk
from dev.simulators.case_system.settings import CaseSystemSettings
from dev.simulators.ebox.app import create_app as ebox_app
from dev.simulators.ebox.settings import EboxSimulatorSettings
from dev.simulators.identity_provider.app import create_app as identity_provider_app
from dev.simulators.identity_provider.people import load_directory
from dev.simulators.identity_provider.provider import IdentityProviderSettings
from dev.simulators.misbehaviour import Misbehaviours, misbehaving
from dev.simulators.trust_services.app import create_app as trust_services_app

_MANY = 500


def main() -> None:
    """Serve one simulator."""
    options = _parser().parse_args()
    misbehaviours = Misbehaviours()
    app: FastAPI = options.build(options, misbehaviours)

    @app.get("/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    uvicorn.run(
        misbehaving(app, misbehaviours),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.simulators", description="Plays one of the systems around the hub. PUT /sim/misbehaviour spoils it."
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    shared.add_argument("--port", type=int, required=True, help="port to listen on")
    kinds = parser.add_subparsers(required=True, metavar="simulator")
    provider = kinds.add_parser("identity-provider", parents=[shared], help="plays ACM/IDM; its issuer is .../op")
    provider.add_argument("--keys", type=Path, required=True, help="folder of clients' private keys; made if missing")
    provider.add_argument("--directory", type=Path, help="JSON file of people and clients, instead of the built-in")
    provider.set_defaults(build=_identity_provider)
    ebox = kinds.add_parser("ebox", parents=[shared], help="plays eBox: registry, federation, and the human side")
    ebox.add_argument("--issuer", help="check tokens of this issuer; without it nobody's token is looked at")
    ebox.add_argument("--audience", default="ebox", help="audience a token has to name (%(default)s)")
    ebox.add_argument("--folder", type=Path, help="where files are kept; a temporary folder by default")
    ebox.set_defaults(build=_ebox)
    case_system = kinds.add_parser("case-system", parents=[shared], help="plays an agency's case system")
    case_system.add_argument("--issuer", required=True, help="issuer its own tokens come from")
    case_system.add_argument("--client", default="case-system-a", help="its client id (%(default)s)")
    case_system.add_argument("--key", type=Path, required=True, help="PEM file of its private key")
    case_system.add_argument("--router-url", required=True, help="URL of dossier-router, where it acknowledges")
    case_system.set_defaults(build=_case_system)
    trust = kinds.add_parser("trust-services", parents=[shared], help="plays OCSP, CRLs, timestamps; signs PDFs")
    trust.add_argument(
        "--keys", type=Path, required=True, help="folder of the test PKI's private keys; made if missing"
    )
    trust.set_defaults(build=_trust_services)
    return parser


def _identity_provider(options: argparse.Namespace, _misbehaviours: Misbehaviours) -> FastAPI:
    directory = load_directory(options.directory)
    return identity_provider_app(IdentityProviderSettings(client_keys=options.keys, directory=directory))


def _ebox(options: argparse.Namespace, misbehaviours: Misbehaviours) -> FastAPI:
    settings = EboxSimulatorSettings(everyone_active=True, folder=options.folder)
    if options.issuer is None:
        return ebox_app(settings, misbehaviours=misbehaviours)
    discovery = Discovery(http_client(), issuer=options.issuer, client_id="ebox")
    verifier = JwksVerifier(discovery=discovery, audience=options.audience)
    return ebox_app(settings, verifier=verifier, misbehaviours=misbehaviours)


def _case_system(options: argparse.Namespace, _misbehaviours: Misbehaviours) -> FastAPI:
    http = http_client(connections=_MANY)
    key = ClientKey(options.key.read_bytes())
    tokens = ServiceTokens(Discovery(http, issuer=options.issuer, client_id=options.client, key=key))
    return case_system_app(Desk(http=http, tokens=tokens, settings=CaseSystemSettings(router_url=options.router_url)))


def _trust_services(options: argparse.Namespace, _misbehaviours: Misbehaviours) -> FastAPI:
    return trust_services_app(TestPki(options.keys, url=f"http://{options.host}:{options.port}"))


if __name__ == "__main__":
    main()
