"""Whose documents a query may touch. Every repository method takes a scope, so that it can't be forgotten."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class TenantScope:
    """One tenant's documents."""

    tenant: str

    def filter(self) -> dict[str, Any]:
        """What is added to the query."""
        return {"tenant": self.tenant}


@dataclass(frozen=True, slots=True)
class SystemScope:
    """Every tenant's documents: for work that no caller asked for (events, due work, operators)."""

    def filter(self) -> dict[str, Any]:
        """Nothing is added to the query."""
        return {}


Scope = TenantScope | SystemScope
EVERY_TENANT: Final = SystemScope()
