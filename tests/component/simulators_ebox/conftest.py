"""A simulated eBox, spoken to in plain HTTP, so that clients need load no certificates (0.1 s each)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dev.simulators.ebox import EboxSimulatorSettings, Person, create_app
from dev.simulators.ebox.serving import served

INSZ = "85073003328"


@dataclass(frozen=True)
class Someone:
    scopes: frozenset[str]
    organization: str | None


class Tokens:
    """Knows two tokens."""

    async def verify(self, token: str) -> Someone:
        if token not in {"good", "scopeless"}:
            raise ValueError("no such token")
        return Someone(frozenset({"publish"} if token == "good" else ()), "0316380841")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
async def registry(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Open to anybody; keeps files in `folder`."""
    app = create_app(EboxSimulatorSettings(people=(Person("citizen", INSZ),), folder=folder))
    async with served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as http:
        yield http


@pytest.fixture
async def guarded() -> AsyncIterator[httpx.AsyncClient]:
    """Asks for a token with the scope `publish`."""
    app = create_app(EboxSimulatorSettings(required_scope="publish"), verifier=Tokens())
    async with served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as http:
        yield http
