"""The Kafka producer of the relay: idempotent, every replica in sync has to acknowledge."""

from aiokafka import AIOKafkaProducer

from chassis.kafka import KafkaSettings


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
