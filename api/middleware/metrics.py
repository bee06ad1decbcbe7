"""What /metrics tells of a process of the service: requests by route and status, their durations, readings received,
what the process takes; the database's state joins them when it is opened.

Each app has a registry of its own, so that a process can hold several (tests do).
"""

from datetime import UTC, datetime, timedelta

from prometheus_client import Counter, Histogram
from sqlalchemy import Engine

from flows.operating.figures import DatabaseFigures
from flows.operating.metrics_port import registry_of_process


class Metrics:
    """The figures of one app."""

    def __init__(self) -> None:
        self.registry = registry_of_process()
        self.requests = Counter(
            "freshfront_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self.duration = Histogram(
            "freshfront_request_seconds",
            "Seconds from a request's arrival to the end of its answer",
            ["method", "route"],
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )
        self.readings = Counter(
            "freshfront_readings_received", "Readings received over HTTP", ["outcome"], registry=self.registry
        )

    def tell_of_database(self, engine: Engine, plan_ready_before: timedelta) -> None:
        """Tells of the database's state too, by the clock of this machine."""
        self.registry.register(DatabaseFigures(engine, plan_ready_before, lambda: datetime.now(UTC)))
