"""Traces by OpenTelemetry, where the settings name a collector: spans of requests, of SQL and of the day's steps.

Without the setting nothing of OpenTelemetry is loaded. Statements are told without the values that are bound to them,
and requests by their route, so that no name, key or quantity leaves the house this way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from flows.errors import NotNow
from flows.settings import Settings

_tracer: Any = None


def trace(settings: Settings, process: str) -> None:
    """Sends this process's traces to the collector that the settings name, from now on; without one does nothing.
    Raises NotNow where the extra `traces` is not installed."""
    global _tracer
    if settings.traces_url is None or _tracer is not None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise NotNow(
            "FRESHFRONT_TRACES_URL is set, but what sends traces is not installed: install the extra `traces`."
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": f"freshfront-{process}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.traces_url)))
    _tracer = provider.get_tracer("freshfront")
    event.listen(Engine, "before_cursor_execute", _statement_begins)
    event.listen(Engine, "after_cursor_execute", _statement_ends)
    event.listen(Engine, "handle_error", _statement_failed)


@contextmanager
def span(name: str, **attributes: Any) -> Iterator[Any]:
    """A span around what is done within it; what it raises is noted. None where nothing is traced."""
    if _tracer is None:
        yield None
        return
    with _tracer.start_as_current_span(name, attributes=attributes) as begun:
        yield begun


def is_traced() -> bool:
    """Whether this process sends traces."""
    return _tracer is not None


def _statement_begins(_c: Any, _cursor: Any, statement: str, _p: Any, context: Any, _many: bool) -> None:
    if context is None:
        return
    name = statement.split(None, 1)[0].upper() if statement.strip() else "SQL"
    context.freshfront_span = _tracer.start_span(name, attributes={"db.query.text": statement[:2_000]})


def _statement_ends(_c: Any, _cursor: Any, _statement: str, _p: Any, context: Any, _many: bool) -> None:
    if (begun := getattr(context, "freshfront_span", None)) is not None:
        begun.end()


def _statement_failed(failure: Any) -> None:
    if (begun := getattr(failure.execution_context, "freshfront_span", None)) is not None:
        begun.set_attribute("error.type", type(failure.original_exception).__name__)
        begun.end()
