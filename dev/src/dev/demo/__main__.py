"""`python -m dev.demo play | up | down`: the house with its story, or staying up to be tried by hand."""

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import IO, Any, Final
from uuid import uuid4

import orjson

from dev.demo.invitation import invitation
from dev.demo.story import Teller, play
from dev.house.clients import eventually
from dev.house.house import house

_STATE: Final = Path("build/up.json")
_LOG: Final = Path("build/up.log")
_UP_S: Final = 240
_INTERRUPTED: Final = 130


def main() -> None:
    """Play the story, or put the house up or down."""
    parser = argparse.ArgumentParser(
        prog="dev.demo",
        description="Starts Kafka, MongoDB, the three services and the systems around them on this machine.",
        epilog="KAFKA_BOOTSTRAP_SERVERS and MONGODB_URI name servers to be used instead of starting some.",
    )
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("play", help="start everything, play the story of an answer, stop everything")
    up = what.add_parser("up", help="start everything, print where it is and how to call it, and leave it up")
    up.add_argument("--foreground", action="store_true", help="stay until a signal, then stop everything")
    what.add_parser("down", help="stop what `up` left up")
    options = parser.parse_args()
    match options.what:
        case "play":
            _until_signalled(_play())
        case "up" if options.foreground:
            _until_signalled(_stay_up())
        case "up":
            _up()
        case _:
            _down()


def _until_signalled(work: Coroutine[Any, Any, int]) -> None:
    """Run it; SIGTERM and Ctrl-C cancel it, so that everything started is stopped on the way out."""

    async def run() -> int:
        task = asyncio.create_task(work)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            print("interrupted; everything that was started is stopped", flush=True)
            return _INTERRUPTED

    raise SystemExit(asyncio.run(run()))


async def _play() -> int:
    say = Teller()
    folder = Path(tempfile.mkdtemp(prefix="antwoordhub-demo-"))
    try:
        async with house(folder, name=f"demo{uuid4().hex[:8]}") as running:
            say(running.stack.report)
            say("the services and the systems around them are up; files pass unscanned here")
            await play(running, say)
    except Exception as error:  # noqa: BLE001 - whatever it was, the reader learns where and in which log
        for one in _each(error):
            print(f"\nThe story broke after: {say.step}\n{type(one).__name__}: {one}", file=sys.stderr)
        print(f"The logs are in {folder / 'logs'}", file=sys.stderr, flush=True)
        return 1
    else:
        shutil.rmtree(folder, ignore_errors=True)
        return 0


def _each(error: Exception) -> list[Exception]:
    """What went wrong, out of the groups it may be in."""
    if isinstance(error, ExceptionGroup):
        return [inner for each in error.exceptions for inner in _each(each)]
    return [error]


async def _stay_up() -> int:
    folder = Path(tempfile.mkdtemp(prefix="antwoordhub-up-"))
    try:
        async with house(folder, name=f"up{uuid4().hex[:8]}") as running:
            text = await invitation(running)
            _STATE.parent.mkdir(exist_ok=True)
            state = {"pid": os.getpid(), "folder": str(folder), "text": text}
            aside = _STATE.with_suffix(".new")
            aside.write_bytes(orjson.dumps(state))
            aside.rename(_STATE)
            print(text, flush=True)
            await asyncio.Event().wait()
    finally:
        _STATE.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _up() -> None:
    if _state() is not None:
        print("It is up already; `make down` stops it.", file=sys.stderr)
        raise SystemExit(1)
    _LOG.parent.mkdir(exist_ok=True)
    with _LOG.open("wb") as log:
        asyncio.run(_left_up(log))


async def _left_up(log: IO[bytes]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "dev.demo", "up", "--foreground"),
        stdout=log,
        stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )

    async def look() -> dict[str, Any] | None:
        if process.returncode is not None:
            print(f"It did not come up; see {_LOG}:\n{_LOG.read_text()[-2000:]}", file=sys.stderr)
            raise SystemExit(1)
        return _state()

    try:
        print((await eventually("everything is up", look, timeout_s=_UP_S))["text"])
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise


def _down() -> None:
    state = _state()
    if state is None:
        print("Nothing is up.")
        return
    os.kill(state["pid"], signal.SIGTERM)
    deadline = time.monotonic() + 60
    while _runs(state["pid"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    print("Everything is stopped." if not _runs(state["pid"]) else f"It is slow to stop; see {_LOG}.")


def _state() -> dict[str, Any] | None:
    """What is up, if its process is there."""
    try:
        state: dict[str, Any] = orjson.loads(_STATE.read_bytes())
    except FileNotFoundError:
        return None
    return state if _runs(state["pid"]) else None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
