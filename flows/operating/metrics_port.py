"""The figures of a process that answers no requests, at a port of its own for Prometheus.

One port for all processes would need one that knows the others; a port each is what Prometheus expects, in a container
and on a machine alike, and a process that is gone is seen as gone."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, start_http_server

from flows.errors import NotNow


def registry_of_process() -> CollectorRegistry:
    """A registry that tells what the process itself takes: memory, CPU, open files."""
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry


@contextmanager
def told_at(registry: CollectorRegistry, host: str, port: int | None) -> Iterator[None]:
    """Answers GET /metrics while it goes on; without a port it does nothing. Raises NotNow for a port that is taken."""
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise NotNow(
            "{host}:{port} for metrics is not free ({why}): set another port.", host=host, port=port, why=error.strerror
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
