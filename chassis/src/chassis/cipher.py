"""Encryption of single values at rest: AES-256-GCM (NIST SP 800-38D).

A sealed value: one byte of format (1), four bytes that name the key (the start of its SHA-256), twelve of nonce, then
the ciphertext with its tag. Naming the key lets a new one be taken into use while values under the old stay readable.
"""

import hashlib
import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = len(_FORMAT) + _KEY_ID_BYTES + _NONCE_BYTES


class Undecipherable(ValueError):
    """The value was changed, belongs elsewhere, or was encrypted under another key."""


class FieldCipher:
    """Encrypts values so that each can only be read in the place it was written for."""

    def __init__(self, key: bytes, *, retired: Sequence[bytes] = ()) -> None:
        """Take the environment's key, and those that only decrypt any more.

        Raises:
            ValueError: a key is not of 32 bytes.
        """
        if any(len(each) != 32 for each in (key, *retired)):
            raise ValueError("a data key has 32 bytes")
        self._key_id = _key_id(key)
        self._ciphers = {_key_id(each): AESGCM(each) for each in (*retired, key)}

    def encrypt(self, text: str, context: str) -> bytes:
        """Encrypt; `context` (say, the document's id) is named again to decrypt. Never twice the same."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._key_id].encrypt(nonce, text.encode(), context.encode())
        return _FORMAT + self._key_id + nonce + sealed

    def decrypt(self, sealed: bytes, context: str) -> str:
        """Decrypt.

        Raises:
            Undecipherable: see there.
        """
        if sealed[:1] != _FORMAT or len(sealed) < _HEAD_BYTES:
            raise Undecipherable("the value has an unknown format")
        key_id, nonce = sealed[1 : 1 + _KEY_ID_BYTES], sealed[1 + _KEY_ID_BYTES : _HEAD_BYTES]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Undecipherable("the value was encrypted under a key that is not at hand")
        try:
            return cipher.decrypt(nonce, sealed[_HEAD_BYTES:], context.encode()).decode()
        except InvalidTag:
            raise Undecipherable("the value does not belong here, or was changed") from None


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_KEY_ID_BYTES]
