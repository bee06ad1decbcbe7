"""What /metrics tells: requests by route and status, their durations, readings received, alarms that are active.

Each app has a registry of its own, so that a process can hold several (tests do).
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The figures of one app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
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
        self.active_alarms = Gauge("freshfront_alarms_active", "Alarms that have not ended", registry=self.registry)
