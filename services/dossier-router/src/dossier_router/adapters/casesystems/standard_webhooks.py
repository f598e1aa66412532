"""Signatures of webhooks: Standard Webhooks 1.0, scheme v1 (HMAC-SHA-256 over id, timestamp and body)."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from typing import Final

_PREFIX: Final = "whsec_"


def signed_headers(secret: str, *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a delivery. `timestamp` is in seconds; `body` the exact bytes that are sent."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digest = hmac.new(b64decode(secret.removeprefix(_PREFIX)), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
