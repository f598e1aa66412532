"""Structured logs: JSON lines, one per request and one per event, without anybody's national number."""

import logging  # noqa: TID251 - libraries log through it; here it is led into structlog
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import orjson
import structlog

_ELEVEN_DIGITS: Final = re.compile(r"(?<!\d)(\d{2})[.\- ]?(\d{2})[.\- ]?(\d{2})[.\- ]?(\d{3})[.\- ]?(\d{2})(?!\d)")
_HIDDEN: Final = "[number]"
_QUIET: Final = ("aiokafka", "httpx", "httpcore", "uvicorn.access", "pymongo", "asyncio", "faststream")


def _hide(found: re.Match[str]) -> str:
    digits = "".join(found.groups())
    return _HIDDEN if _names_a_person(digits) else found.group()


def _names_a_person(digits: str) -> bool:
    base, check = int(digits[:9]), int(digits[9:])
    # Months are 00 to 12, and 20 or 40 more in a BIS number: ids of other kinds pass more often than not.
    is_date = int(digits[2:4]) % 20 <= 12 and int(digits[2:4]) <= 52 and int(digits[4:6]) <= 31
    return is_date and check in {97 - base % 97, 97 - (2_000_000_000 + base) % 97}


def without_national_numbers(value: Any) -> Any:
    """The value with every checksum-valid national number in it hidden. The last line of defence."""
    match value:
        case None | bool() | float():
            return value
        case str():
            return _ELEVEN_DIGITS.sub(_hide, value)
        case int():
            hidden = _ELEVEN_DIGITS.sub(_hide, str(value))
            return hidden if hidden.startswith(_HIDDEN) else value
        case Mapping():
            return {
                without_national_numbers(str(key)): without_national_numbers(inner) for key, inner in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [without_national_numbers(inner) for inner in value]
        case _:
            # Whatever the line would show of it, is looked at as it would be shown.
            return _ELEVEN_DIGITS.sub(_hide, str(value))


def _redact(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return dict(without_national_numbers(line))


def _dump(line: Any, **_options: Any) -> bytes:
    return orjson.dumps(line, default=str)


def configure_logs(service: str, process: str, *, level: str = "INFO") -> None:
    """Set up logs of this process, and lead those of libraries into them."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _redact, structlog.processors.JSONRenderer(serializer=_dump)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service, process=process)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redact,
                structlog.processors.JSONRenderer(
                    serializer=lambda line, **_: orjson.dumps(line, default=str).decode()
                ),
            ],
        )
    )
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def get() -> Any:
    """The logger. Event names are snake_case words; what varies goes into keys."""
    return structlog.get_logger()


bind = structlog.contextvars.bound_contextvars
"""Context manager: adds keys to every line logged within."""
