"""An identity provider that speaks OpenID Connect with the claims of ACM/IDM (authenticatie.vlaanderen.be/docs)."""

from dev.simulators.identity_provider.app import create_app
from dev.simulators.identity_provider.keys import client_key_file, ensure_client_keys
from dev.simulators.identity_provider.people import DEFAULT_DIRECTORY, Directory, load_directory
from dev.simulators.identity_provider.provider import IdentityProviderSettings

__all__ = [
    "DEFAULT_DIRECTORY",
    "Directory",
    "IdentityProviderSettings",
    "client_key_file",
    "create_app",
    "ensure_client_keys",
    "load_directory",
]
