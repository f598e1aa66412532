"""From typed data to the event that travels."""

from datetime import datetime

from contracts.envelope import CloudEvent
from contracts.event import EventData
from contracts.registry import schema_uri


def cloud_event(
    data: EventData,
    *,
    event_id: str,
    source: str,
    subject: str,
    time: datetime,
    partition_key: str,
    correlation_id: str,
    sequence: int | None = None,
    traceparent: str | None = None,
) -> CloudEvent:
    """Put typed data into its envelope. `source` is the service's URN, `subject` the id of the resource."""
    return CloudEvent(
        id=event_id,
        type=data.TYPE,
        source=source,
        subject=subject,
        time=time,
        data=data.to_data(),
        partition_key=partition_key,
        correlation_id=correlation_id,
        sequence=sequence,
        dataschema=schema_uri(type(data)),
        traceparent=traceparent,
    )
