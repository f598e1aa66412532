"""Tables of the documentation that are generated from code."""

from contracts.registry import EVENTS, schema_name
from contracts.topics import TENANT_PHASES, TOPICS, Topic

_DAY_MS = 24 * 60 * 60 * 1000


def contracts_page() -> str:
    """The page `docs/contracts.md`: topics and events."""
    return "\n".join(
        [
            "# Contracts",
            "",
            "Written by `make contracts`; don't edit it by hand. Events are CloudEvents 1.0 in",
            "binary mode: attributes as `ce_*` headers, the data as a JSON body. JSON Schemas are in",
            "`contracts/schemas/`, AsyncAPI documents in `contracts/asyncapi/`, examples in `contracts/examples/`.",
            "",
            "## Topics",
            "",
            "| topic | key | partitions | kept | written by | read by | what |",
            "|---|---|---|---|---|---|---|",
            *(_topic_row(topic) for topic in (*TOPICS, TENANT_PHASES)),
            "",
            "## Events",
            "",
            "| event | topic | what |",
            "|---|---|---|",
            *(
                f"| `{event.TYPE}` ([schema](../contracts/schemas/{schema_name(event)}.writer.json)) "
                f"| `{event.TOPIC.name if 'deadLetters' not in event.TYPE else '<service>.deadletters.v1'}` "
                f"| {(event.__doc__ or '').strip().splitlines()[0]} |"
                for event in EVENTS
            ),
            "",
        ]
    )


def _topic_row(topic: Topic) -> str:
    name = f"{topic.name}.<tenant>" if topic is TENANT_PHASES else topic.name
    kept = "the last per key" if topic.retention_ms is None else f"{topic.retention_ms // _DAY_MS} days"
    return (
        f"| `{name}` | {topic.key} | {topic.partitions} | {kept} | {', '.join(topic.writers)} "
        f"| {', '.join(topic.readers)} | {topic.description} |"
    )
