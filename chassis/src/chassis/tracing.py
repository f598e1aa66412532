"""Traces by OpenTelemetry: through HTTP and Kafka by the W3C header, exported only where an endpoint is set."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_HEADER: Final = "traceparent"
_PROPAGATOR: Final = TraceContextTextMapPropagator()


def configure_tracing(service: str, *, otlp_endpoint: str) -> None:
    """Export spans to an OTLP/HTTP endpoint; an empty one leaves tracing off, at no cost."""
    if not otlp_endpoint:
        return
    # Imported here: the exporter pulls requests and protobuf in, which a process without traces need not load.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - see above

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{otlp_endpoint}/v1/traces")))
    trace.set_tracer_provider(provider)


def traceparent() -> str | None:
    """The current span as a W3C header, or None outside any."""
    if not trace.get_current_span().get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(_HEADER)


async def traced(request: httpx.Request) -> None:
    """Put the current span on a request; an event hook of our HTTP clients."""
    header = traceparent()
    if header is not None:
        request.headers.setdefault("traceparent", header)


@contextmanager
def span_from(parent: str | None, name: str, *, kind: SpanKind = SpanKind.CONSUMER) -> Iterator[trace.Span]:
    """A span that continues a trace, or begins one. Names are templates, never ids or paths."""
    context = _PROPAGATOR.extract({_HEADER: parent}) if parent else None
    with trace.get_tracer("antwoordhub").start_as_current_span(name, context=context, kind=kind) as span:
        yield span
