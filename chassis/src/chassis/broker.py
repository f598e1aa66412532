"""FastStream's broker, told everything it would otherwise guess."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage
from faststream.security import BaseSecurity, SASLScram256, SASLScram512

from chassis.kafka import KafkaSettings


def make_broker(settings: KafkaSettings, *, graceful_timeout: timedelta) -> KafkaBroker:
    """A broker that is not connected yet. It makes no topics, logs nothing per message and waits when it stops."""
    options = settings.client_options()
    security_protocol = options.pop("security_protocol")
    return KafkaBroker(
        options.pop("bootstrap_servers"),
        client_id=options.pop("client_id"),
        metadata_max_age_ms=options.pop("metadata_max_age_ms"),
        security=_security(security_protocol, options),
        allow_auto_create_topics=False,
        graceful_timeout=graceful_timeout.total_seconds(),
        request_timeout_ms=settings.request_timeout_ms,
        acks="all",
        enable_idempotence=True,
        apply_types=False,
        logger=None,
    )


async def parse_nothing(record: Any, original: Callable[[Any], Awaitable[Any]]) -> StreamMessage[Any]:
    """FastStream's parser decodes every header and skips the record where that fails: give it none to decode."""
    headers, record.headers = record.headers, ()
    try:
        message: StreamMessage[Any] = await original(record)
    finally:
        record.headers = headers
    return message


async def decode_nothing(message: StreamMessage[Any]) -> Any:
    """The record itself: reading it is ours."""
    return message.raw_message


def _security(protocol: str, options: dict[str, Any]) -> Any:
    """FastStream's own words for what `client_options` says."""
    context = options.pop("ssl_context", None)
    mechanism = options.pop("sasl_mechanism", None)
    if mechanism is not None:
        kind = SASLScram256 if mechanism == "SCRAM-SHA-256" else SASLScram512
        return kind(
            username=options.pop("sasl_plain_username"),
            password=options.pop("sasl_plain_password"),
            ssl_context=context,
            use_ssl=protocol == "SASL_SSL",
        )
    return BaseSecurity(ssl_context=context, use_ssl=True) if context is not None else None
