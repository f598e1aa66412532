"""Programs as child processes: started, waited for until ready, stopped, killed; none outlives its parent."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

_PR_SET_PDEATHSIG = 1


class ProgramFailed(RuntimeError):
    """A program ended, or was not ready in time; the message names its log."""


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def die_with_parent() -> None:
    """Run in a child before it becomes another program: it is told to end when its parent is gone."""
    # Linux only; elsewhere an orphan is stopped by nobody but its own clean-up.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(slots=True)
class Program:
    """One program. `ready_url` answers 200 when it can be used."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    ready_url: str
    log: Path
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _output: IO[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """The process id.

        Raises:
            ProgramFailed: it does not run.
        """
        if self._process is None or self._process.returncode is not None:
            raise ProgramFailed(f"{self.name} does not run; see {self.log}")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it; `wait_until_ready` tells when it can be used."""
        self._output = self.log.open("ab")
        self._process = await asyncio.create_subprocess_exec(
            *self.argv,
            env=dict(self.env),
            stdout=self._output,
            stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    async def wait_until_ready(self, *, timeout_s: float = 30) -> None:
        """Wait until its ready URL answers 200.

        Raises:
            ProgramFailed: it ended, or did not get ready in time.
        """
        deadline = time.monotonic() + timeout_s
        async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
            while time.monotonic() < deadline:
                if not self.running:
                    raise ProgramFailed(f"{self.name} ended while starting; see {self.log}")
                if await _answers(http, self.ready_url):
                    return
                await asyncio.sleep(0.05)
        raise ProgramFailed(f"{self.name} was not ready in {timeout_s:g} s; see {self.log}")

    async def stop(self, *, grace_s: float = 20) -> int | None:
        """End it with SIGTERM, after the grace time with SIGKILL; returns its exit status."""
        return await self._end(signal.SIGTERM, grace_s)

    async def kill(self) -> None:
        """End it at once, as a crash would."""
        await self._end(signal.SIGKILL, 5)

    async def _end(self, how: signal.Signals, grace_s: float) -> int | None:
        process = self._process
        if process is None:
            return None
        if process.returncode is None:
            process.send_signal(how)
            try:
                await asyncio.wait_for(process.wait(), grace_s)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._output is not None:
            self._output.close()
            self._output = None
        return process.returncode


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def python_environment() -> dict[str, str]:
    """The environment a program of ours starts from: what finds interpreters and folders, and no more."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "SSL_CERT_FILE", "XDG_CACHE_HOME")
    return {"PYTHONUNBUFFERED": "1", **{name: os.environ[name] for name in kept if name in os.environ}}
