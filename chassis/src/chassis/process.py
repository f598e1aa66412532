"""A process of a service, from start to a stop that loses nothing."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

import orjson
import uvicorn
import uvloop
from fastapi import FastAPI

from chassis import logs
from chassis.http.app import Check, states_of
from chassis.metrics import exposition
from chassis.settings import ServiceSettings

_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Task:
    """Something a worker does until it is told to stop."""

    name: str
    run: Callable[[], Coroutine[Any, Any, None]]


class WorkerFailed(RuntimeError):
    """A task of the worker ended, which none does by itself, or could not be started."""


class _Server(uvicorn.Server):
    """uvicorn, ended by a signal with status 0: by itself it raises the signal anew once it has stopped."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _STOPPING:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def run_api(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve until SIGTERM; then take no more requests, finish those in hand, and return.

    A start that fails ends the process with status 1.
    """
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, int(settings.graceful_timeout_s)),
        timeout_keep_alive=30,
    )
    server = _Server(config)
    uvloop.run(server.serve())
    if not server.started:
        raise SystemExit(1)
    logs.get().info("api_stopped")


def run_worker(
    settings: ServiceSettings,
    *,
    start: Callable[[], Awaitable[tuple[Sequence[Task], Mapping[str, Check]]]],
    close: Callable[[], Awaitable[None]],
) -> None:
    """Run tasks until SIGTERM; then let each finish what is in hand, close everything, and return.

    `start` builds the tasks and the checks of readiness, `close` closes what it opened. A task is told to stop by
    being cancelled once; it gets the grace time to finish what it has in hand. A task that ends by itself, or a start
    that fails, ends the process with status 1 and an error line; the orchestrator starts it anew.
    """
    try:
        uvloop.run(_work(settings, start, close))
    except WorkerFailed:
        raise SystemExit(1) from None


async def _work(
    settings: ServiceSettings,
    start: Callable[[], Awaitable[tuple[Sequence[Task], Mapping[str, Check]]]],
    close: Callable[[], Awaitable[None]],
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOPPING:
        loop.add_signal_handler(number, stop.set)
    try:
        tasks, readiness = await _started(start)
        async with _Probes(settings.http_host, settings.health_port, readiness):
            await _until_stopped(tasks, stop, settings.graceful_timeout_s)
    finally:
        await close()
    logs.get().info("worker_stopped")


async def _started(
    start: Callable[[], Awaitable[tuple[Sequence[Task], Mapping[str, Check]]]],
) -> tuple[Sequence[Task], Mapping[str, Check]]:
    try:
        return await start()
    except Exception as error:
        logs.get().error("worker_did_not_start", exc_info=error)
        raise WorkerFailed("start") from error


async def _until_stopped(tasks: Sequence[Task], stop: asyncio.Event, grace_s: float) -> None:
    running = {asyncio.create_task(task.run(), name=task.name) for task in tasks}
    stopping = asyncio.create_task(_waited(stop), name="stop")
    logs.get().info("worker_started", tasks=[task.name for task in tasks])
    ended, _ = await asyncio.wait({*running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    failed = [task for task in ended if task is not stopping]
    for task in failed:
        logs.get().error("task_ended", task=task.get_name(), exc_info=_error_of(task))
    stopping.cancel()
    await _stopped(running - ended, grace_s)
    if failed:
        raise WorkerFailed(", ".join(task.get_name() for task in failed))


async def _waited(stop: asyncio.Event) -> None:
    await stop.wait()


async def _stopped(running: set[asyncio.Task[None]], grace_s: float) -> None:
    if not running:
        return
    for task in running:
        task.cancel()
    ended, late = await asyncio.wait(running, timeout=grace_s)
    for task in late:
        logs.get().error("task_did_not_stop", task=task.get_name())
    for task in ended:
        if (error := _error_of(task)) is not None:
            logs.get().error("task_failed_while_stopping", task=task.get_name(), exc_info=error)


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    return None if task.cancelled() else task.exception()


class _Probes:
    """Health and metrics of a worker: a handful of fixed paths, so no framework."""

    def __init__(self, host: str, port: int, readiness: Mapping[str, Check]) -> None:
        self._host, self._port, self._readiness = host, port, readiness
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._answer, self._host, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(5):
                line = (await reader.readline()).decode("latin-1").split()
                while (await reader.readline()).strip():
                    pass
                status, body, kind = await self._page(line[1] if len(line) > 1 else "")
                head = (
                    f"HTTP/1.1 {status}",
                    f"content-type: {kind}",
                    f"content-length: {len(body)}",
                    "connection: close",
                )
                writer.write("\r\n".join((*head, "", "")).encode() + body)
                await writer.drain()
        except (OSError, TimeoutError, ValueError):
            return
        finally:
            writer.close()

    async def _page(self, path: str) -> tuple[str, bytes, str]:
        match path:
            case "/health/live" | "/health/started":
                return "200 OK", b'{"status":"ok"}', "application/json"
            case "/health/ready":
                states = await states_of(self._readiness)
                ready = all(state == "ok" for state in states.values())
                return "200 OK" if ready else "503 Service Unavailable", orjson.dumps(states), "application/json"
            case "/metrics":
                return "200 OK", exposition(), "text/plain; version=0.0.4"
            case _:
                return "404 Not Found", b"{}", "application/json"
