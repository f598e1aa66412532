"""The digest that a receipt vouches for."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any


def canonical_json(data: Mapping[str, Any]) -> bytes:
    """One form per value: names sorted, no spaces, UTF-8 (as RFC 8785, numbers as Python writes them)."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(
        "utf-8", "surrogatepass"
    )


def content_digest(data: Mapping[str, Any], file_digests: Iterable[str]) -> str:
    """SHA-256 over the canonical data and, one a line, the files' digests in order; base64url without padding."""
    sha = hashlib.sha256(canonical_json(data))
    for digest in file_digests:
        sha.update(b"\n" + digest.encode())
    return urlsafe_b64encode(sha.digest()).rstrip(b"=").decode()
