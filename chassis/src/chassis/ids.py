"""Ids: fresh ones that sort by time, and derived ones that are the same for the same parts."""

import os
import time
from typing import Final
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("6f0b9d3c-5f1e-5c1a-9a53-2f6c1d6f7a11")


def uuid7() -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = milliseconds << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return str(UUID(int=value))


def derived_id(*parts: str) -> str:
    """A UUID of version 5 over the parts: equal for equal parts, in every process, for ever."""
    # Lengths keep ("a", "bc") and ("ab", "c") apart, whatever the parts contain.
    return str(uuid5(_NAMESPACE, "".join(f"{len(part)}:{part}" for part in parts)))
