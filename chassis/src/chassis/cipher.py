"""Encryption of single values at rest: AES-256-GCM."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT: Final = b"\x01"
_NONCE_BYTES: Final = 12


class Undecipherable(ValueError):
    """The value was changed, belongs elsewhere, or was encrypted under another key."""


class FieldCipher:
    """Encrypts values so that each can only be read in the place it was written for."""

    def __init__(self, key: bytes) -> None:
        """Take the environment's key.

        Raises:
            ValueError: the key is not of 32 bytes.
        """
        if len(key) != 32:
            raise ValueError("a data key has 32 bytes")
        self._aead = AESGCM(key)

    def encrypt(self, text: str, context: str) -> bytes:
        """Encrypt; `context` (say, the document's id) is named again to decrypt. Never twice the same."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + self._aead.encrypt(nonce, text.encode(), context.encode())

    def decrypt(self, sealed: bytes, context: str) -> str:
        """Decrypt.

        Raises:
            Undecipherable: see there.
        """
        if sealed[:1] != _FORMAT:
            raise Undecipherable("the value has an unknown format")
        nonce, content = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, content, context.encode()).decode()
        except InvalidTag:
            raise Undecipherable("the value does not belong here, or was changed") from None
