"""Whether a consumer is in its group, and how far it is behind."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from chassis import logs, metrics

_POSITION_S: Final = 0.2


@dataclass(slots=True)
class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """One consumer's place in its group. It is a member with an empty set of partitions, too."""

    group: str
    joined: bool = False
    consumer_of: Callable[[], Any] = field(default=lambda: None)
    _measured: set[TopicPartition] = field(default_factory=set)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """The group is being shared out anew; what is in hand is finished, and at worst handled twice."""
        self.joined = False

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """The group has agreed; the set may be empty."""
        self.joined = True
        for gone in self._measured - assigned:
            metrics.EVENT_LAG.remove(self.group, gone.topic, str(gone.partition))
        self._measured &= assigned
        logs.get().info("partitions_assigned", group=self.group, count=len(assigned))

    async def measure_lag(self) -> None:
        """Set the lag of every partition held whose end is known, which it is after the first fetch."""
        consumer = self.consumer_of()
        if consumer is None:
            return
        for partition in consumer.assignment():
            end = consumer.highwater(partition)
            if end is None:
                continue
            try:
                async with asyncio.timeout(_POSITION_S):
                    position = await consumer.position(partition)
            except (KafkaError, TimeoutError):
                continue
            labels = (self.group, partition.topic, str(partition.partition))
            metrics.EVENT_LAG.labels(*labels).set(max(0, end - position))
            self._measured.add(partition)
