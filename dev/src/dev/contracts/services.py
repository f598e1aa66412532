"""The services' applications and settings, built without any server: nothing connects before it is used."""

import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI

import documents.bootstrap
import dossier_router.bootstrap
import reply_hub.bootstrap
from chassis.settings import ServiceSettings
from documents.settings import DocumentsSettings
from dossier_router.settings import RouterSettings
from reply_hub.settings import ReplyHubSettings

_KEY: Final = b64encode(bytes(32)).decode()
_NOWHERE: Final = "https://nowhere.invalid"


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its folder's name, its settings, and how its API is built from them."""

    name: str
    settings: type[ServiceSettings]
    build: Callable[[Any], FastAPI]
    own: Mapping[str, Any]


SERVICES: Final = (
    Service(
        "documents",
        DocumentsSettings,
        lambda settings: documents.bootstrap.build_api(documents.bootstrap.build(settings)),
        {
            "senders": {},
            "reply_hub_url": _NOWHERE,
            "reply_hub_audience": "reply-hub",
            "ebox_registry_url": _NOWHERE,
            "ebox_federation_url": _NOWHERE,
        },
    ),
    Service(
        "reply-hub",
        ReplyHubSettings,
        lambda settings: reply_hub.bootstrap.build_api(reply_hub.bootstrap.build_house(settings)),
        {"documents_url": _NOWHERE, "documents_audience": "documents"},
    ),
    Service(
        "dossier-router",
        RouterSettings,
        lambda settings: dossier_router.bootstrap.build_api(dossier_router.bootstrap.build(settings)),
        {},
    ),
)


@contextmanager
def key_file() -> Iterator[Path]:
    """A fresh private key in a file, as services want one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key.pem"
        path.write_bytes(
            ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        yield path


def application(service: Service) -> FastAPI:
    """The service's API as production has it: without the sandbox's clock."""
    with key_file() as key:
        settings = service.settings.model_validate(
            {
                "public_url": _NOWHERE,
                "mongodb_uri": "mongodb://nowhere.invalid",
                "mongodb_database": service.name,
                "kafka_bootstrap_servers": "nowhere.invalid:9092",
                "issuer": _NOWHERE,
                "audience": service.name,
                "client_id": service.name,
                "client_key_file": str(key),
                "pseudonym_key": _KEY,
                "data_key": _KEY,
                "clamd_address": "nowhere.invalid:3310",
                **service.own,
            }
        )
        return service.build(settings)
