"""Keys: the issuer's own, which rotate, and those of clients, kept as PEM files."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from dev.simulators.identity_provider.people import Client

Algorithm = Literal["RS256", "ES256"]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def new_private_key(algorithm: Algorithm) -> PrivateKey:
    """A fresh RSA key of 2048 bits, or one on P-256."""
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key of the issuer."""

    kid: str
    algorithm: Algorithm
    private: PrivateKey = field(repr=False)

    @classmethod
    def new(cls, algorithm: Algorithm) -> "SigningKey":
        """A fresh one."""
        return cls(uuid4().hex[:16], algorithm, new_private_key(algorithm))

    def published(self) -> dict[str, Any]:
        """The public half, as in a JWKS (RFC 7517)."""
        public = self.private.public_key()
        turned = RSAAlgorithm.to_jwk(public) if isinstance(public, rsa.RSAPublicKey) else ECAlgorithm.to_jwk(public)
        jwk: dict[str, Any] = json.loads(turned)
        jwk.pop("key_ops", None)
        return {**jwk, "kid": self.kid, "use": "sig", "alg": self.algorithm}

    def sign(self, claims: Mapping[str, Any], headers: Mapping[str, Any]) -> str:
        """A JWT with this key's id."""
        return jwt.encode(dict(claims), self.private, algorithm=self.algorithm, headers={"kid": self.kid, **headers})


@dataclass(slots=True)
class Keyring:
    """The issuer's keys; the last one signs, all are published."""

    algorithm: Algorithm = "RS256"
    _keys: list[SigningKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rotate(self.algorithm, keep_old=False)

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self._keys[-1]

    def rotate(self, algorithm: Algorithm, *, keep_old: bool) -> SigningKey:
        """Sign with a fresh key from now. Where old keys are not kept, their tokens are worthless at once."""
        self._keys = [*(self._keys if keep_old else ()), SigningKey.new(algorithm)]
        self.algorithm = algorithm
        return self.current

    def by_id(self, kid: str | None) -> SigningKey | None:
        """A published key."""
        return next((key for key in self._keys if key.kid == kid), None)

    def jwks(self) -> dict[str, Any]:
        """The published key set."""
        return {"keys": [key.published() for key in self._keys]}


def client_key_file(folder: Path, client_id: str) -> Path:
    """Where a client's private key lies."""
    return folder / f"{client_id}.pem"


def ensure_client_keys(folder: Path, clients: Iterable[Client]) -> dict[str, PublicKey]:
    """Generate what is missing in the folder, one PEM (PKCS #8, mode 600) per client that has a key.

    Returns the public keys by client id. Running it again changes nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return {client.id: _ensure(client_key_file(folder, client.id), client) for client in clients if not client.public}


def _ensure(path: Path, client: Client) -> PublicKey:
    if not path.exists():
        key = new_private_key("RS256" if client.key_type == "RSA" else "ES256")
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        # Written aside and renamed: a service that starts meanwhile reads a whole key or none.
        aside = path.with_suffix(f".{uuid4().hex}")
        aside.touch(mode=0o600)
        aside.write_bytes(pem)
        aside.rename(path)
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(loaded, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path.name} is neither RSA nor elliptic curve")
    return loaded.public_key()
