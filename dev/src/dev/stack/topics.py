"""Makes the topics of the registry on a development broker. In production they are the cluster operator's."""

from collections.abc import Sequence
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from contracts.topics import TENANT_PHASES, TOPICS, Topic, TopicNames

_ALREADY_EXISTS: Final = 36


async def create_topics(bootstrap_servers: str, *, prefix: str = "", tenants: Sequence[str] = ()) -> None:
    """Make every topic, and one phase topic per tenant; those that exist stay as they are.

    Raises:
        aiokafka.errors.KafkaError: the broker refuses one.
    """
    names = TopicNames(prefix)
    wanted = [_new(names.of(topic), topic) for topic in TOPICS]
    wanted += [_new(names.phases_of(tenant), TENANT_PHASES) for tenant in tenants]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        answer = await admin.create_topics(wanted)
        for _name, code, *_ in answer.topic_errors:
            if code not in {0, _ALREADY_EXISTS}:
                raise for_code(code)
    finally:
        await admin.close()


def _new(name: str, topic: Topic) -> NewTopic:
    kept = {"cleanup.policy": "compact"} if topic.retention_ms is None else {"retention.ms": str(topic.retention_ms)}
    return NewTopic(name, topic.partitions, 1, topic_configs=kept)
