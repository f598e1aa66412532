"""Every metric of the chassis, declared once: name, unit, meaning, labels. No label ever names a person."""

from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest

_LATENCIES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUESTS: Final = Histogram(
    "http_request_duration_seconds",
    "Time from the first byte of a request to the last of its answer, by route template.",
    ("method", "route", "status"),
    buckets=_LATENCIES,
)
EVENTS: Final = Histogram(
    "event_handling_seconds",
    "Time to handle one event, retries included, by type and outcome.",
    ("group", "type", "outcome"),
    buckets=_LATENCIES,
)
EVENT_LAG: Final = Gauge(
    "event_lag_records", "Records behind the end of the topic, per partition held.", ("group", "topic", "partition")
)
LAST_PROGRESS: Final = Gauge(
    "event_last_progress_timestamp_seconds", "When a group last handled an event.", ("group",)
)
DEAD_LETTERS: Final = Counter("dead_letters_total", "Events put aside, by reason.", ("group", "reason"))
OUTBOX_AGE: Final = Gauge(
    "outbox_oldest_pending_seconds",
    "Age of the oldest event that waits for the broker; alert above 60.",
    ("collection",),
)
OUTBOX_PUBLISHED: Final = Counter("outbox_published_total", "Events the broker acknowledged.", ("collection",))
OUTBOX_FAILURES: Final = Counter("outbox_failures_total", "Batches that could not be published.", ("collection",))
DUE_WORK: Final = Histogram(
    "due_work_seconds", "Time of one piece of due work, by kind and outcome.", ("kind", "outcome"), buckets=_LATENCIES
)


def exposition() -> bytes:
    """All metrics of this process in Prometheus' text form."""
    return bytes(generate_latest(REGISTRY))
