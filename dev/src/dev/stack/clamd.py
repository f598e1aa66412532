"""A real clamd as a local process, with a database of one signature of our own: it knows EICAR, and nothing else."""

import asyncio
import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from dev.house.processes import die_with_parent, free_port
from dev.stack.artifacts import ensure_programs
from dev.stack.servers import StackUnavailable

_START_S: Final = 30
_NAME: Final = "Antwoordhub.Test.EICAR"
# The test file of EICAR as its signature sees it: any file (type 0), anywhere (*), these bytes in hexadecimal.
_SIGNATURE: Final = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!".hex()
_CONFIGURATION: Final = """\
Foreground yes
TCPSocket {port}
TCPAddr 127.0.0.1
DatabaseDirectory {database}
StreamMaxLength 40M
MaxScanSize 60M
MaxFileSize 60M
MaxThreads 4
ReadTimeout 30
User root
"""


async def _installed() -> str:
    """The daemon's path.

    Raises:
        StackUnavailable: it can't be had; the message says what to install.
    """
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    if shutil.which("clamd", path=path) is None:
        await ensure_programs({"clamd": "clamav-daemon"})
    found = shutil.which("clamd", path=path)
    if found is None:
        raise StackUnavailable("install ClamAV's daemon (Debian: clamav-daemon)")
    return found


@asynccontextmanager
async def clamd() -> AsyncIterator[str]:
    """The daemon, until the block ends; yields its host:port."""
    program = await _installed()
    folder = Path(tempfile.mkdtemp(prefix="clamd-"))
    (folder / "antwoordhub.ndb").write_text(f"{_NAME}:0:*:{_SIGNATURE}\n")
    port = free_port()
    configuration = folder / "clamd.conf"
    configuration.write_text(_CONFIGURATION.format(port=port, database=folder))
    process = await asyncio.create_subprocess_exec(
        program,
        f"--config-file={configuration}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        preexec_fn=die_with_parent,
    )
    try:
        await _until_it_answers(port, process)
        yield f"127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _until_it_answers(port: int, process: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.returncode is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        await asyncio.sleep(0.1)
    raise StackUnavailable("clamd did not start")
