"""Standard Webhooks 1.0 as its receiver checks it: written from the specification, apart from the sender's code."""

import hashlib
import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping

_TOLERANCE_S = 300


class BadSignature(ValueError):
    """The call does not come from who holds the secret, or is old."""


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """Check a call; returns its webhook-id.

    Raises:
        BadSignature: a header is missing, the timestamp is more than five minutes off, or no signature fits.
    """
    try:
        message_id, timestamp = headers["webhook-id"], int(headers["webhook-timestamp"])
        signatures = headers["webhook-signature"].split(" ")
    except (KeyError, ValueError):
        raise BadSignature("a header is missing or malformed") from None
    if abs(time.time() - timestamp) > _TOLERANCE_S:
        raise BadSignature("the timestamp is too far from now")
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    wanted = f"v1,{b64encode(digest).decode()}"
    if not any(hmac.compare_digest(wanted, signature) for signature in signatures):
        raise BadSignature("no signature fits")
    return message_id
