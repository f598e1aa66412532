"""AsyncAPI 3.0.0 documents, one per service, made from the topic registry and the events."""

from typing import Any

from contracts.event import EventData
from contracts.registry import EVENTS, schema_name
from contracts.topics import TENANT_PHASES, Topic
from dev.contracts.schemas import writer_schema

SERVICES = ("documents", "reply-hub", "dossier-router")

_HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes in Kafka's binary mode.",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type"],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "description": "Id of the event; the same event keeps it when it is sent again."},
        "ce_type": {"type": "string", "description": "What happened."},
        "ce_source": {"type": "string", "description": "URN of the service."},
        "ce_subject": {"type": "string", "description": "Id of the resource."},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_dataschema": {"type": "string", "description": "URN of the schema of the data."},
        "ce_partitionkey": {"type": "string", "description": "The record's key."},
        "ce_correlationid": {"type": "string", "description": "Correlation id of the call that began it."},
        "ce_sequence": {"type": "string", "description": "Order among the events of one resource, where it matters."},
        "traceparent": {"type": "string", "description": "W3C trace context."},
        "content-type": {"type": "string", "const": "application/json"},
    },
}


def asyncapi(service: str) -> dict[str, Any]:
    """The document of one service: what it sends and what it receives."""
    events = [event for event in EVENTS if service in (*_writers(event), *_readers(event))]
    topics = {event.TOPIC.name: event.TOPIC for event in events}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Antwoordhub {service}",
            "version": "1.0.0",
            "description": f"Events that {service} sends and receives over Kafka.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(topic, events) for name, topic in topics.items()},
        "operations": dict(_operation(service, event) for event in events),
        "components": {"messages": {schema_name(event): _message(event) for event in events}},
    }


def _writers(event: type[EventData]) -> tuple[str, ...]:
    # Every service announces its own dead letters; the model names one of those topics.
    return SERVICES if event.TYPE.endswith("deadLetters.notify.added") else event.TOPIC.writers


def _readers(event: type[EventData]) -> tuple[str, ...]:
    return event.TOPIC.readers


def _channel(topic: Topic, events: list[type[EventData]]) -> dict[str, Any]:
    per_tenant = topic is TENANT_PHASES
    channel: dict[str, Any] = {
        "address": f"{topic.name}.{{tenant}}" if per_tenant else topic.name,
        "description": topic.description,
        "messages": {
            schema_name(event): {"$ref": f"#/components/messages/{schema_name(event)}"}
            for event in events
            if event.TOPIC is topic
        },
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["compact"] if topic.compacted else ["delete"],
                    **({} if topic.retention_ms is None else {"retention.ms": topic.retention_ms}),
                },
                "bindingVersion": "0.5.0",
            }
        },
    }
    if per_tenant:
        channel["parameters"] = {"tenant": {"description": "OVO code or enterprise number of the tenant."}}
    return channel


def _operation(service: str, event: type[EventData]) -> tuple[str, dict[str, Any]]:
    action = "send" if service in _writers(event) else "receive"
    channel = f"#/channels/{event.TOPIC.name.replace('/', '~1')}"
    return f"{action}.{schema_name(event)}", {
        "action": action,
        "channel": {"$ref": channel},
        "summary": (event.__doc__ or "").strip().splitlines()[0],
        "messages": [{"$ref": f"{channel}/messages/{schema_name(event)}"}],
    }


def _message(event: type[EventData]) -> dict[str, Any]:
    return {
        "name": event.TYPE,
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "headers": _HEADERS,
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": writer_schema(event),
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": event.TOPIC.key}, "bindingVersion": "0.5.0"}},
    }
