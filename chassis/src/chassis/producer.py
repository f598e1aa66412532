"""The Kafka producer of the relay: idempotent, every replica in sync has to acknowledge."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis import logs
from chassis.kafka import KafkaSettings

_FLUSH_S: Final = 2.0


def make_producer(settings: KafkaSettings) -> AIOKafkaProducer:
    """A producer that is not started yet."""
    return AIOKafkaProducer(
        **settings.client_options(),
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=2,
        request_timeout_ms=settings.request_timeout_ms,
        max_request_size=1_048_576,
    )


async def close_producer(producer: AIOKafkaProducer) -> None:
    """Flush and close, in two seconds at most; what is not sent by then is dropped, whatever the broker does."""
    try:
        async with asyncio.timeout(_FLUSH_S):
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        logs.get().info("producer_not_flushed", error=repr(error)[:200])
        # stop() waits for the broker before it closes, and does nothing the second time. Left so, its sender would
        # publish old events whenever the broker is back, after newer ones of its successor.
        sender = producer._sender  # noqa: SLF001 - no public way to close without a flush
        if sender is not None:
            await sender.close()
        await producer.client.close()
