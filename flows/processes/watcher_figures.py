"""What the watcher tells Prometheus: what came in since it started, by what became of it."""

from collections.abc import Iterator
from dataclasses import asdict

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from flows.operating.metrics_port import registry_of_process
from flows.processes.readings_by_mqtt import Heard

READINGS, ALARMS = ("accepted", "duplicates"), ("raised", "ended")


class _Heard(Collector):
    def __init__(self, heard: Heard) -> None:
        self._heard = heard

    def collect(self) -> Iterator[CounterMetricFamily]:
        heard = asdict(self._heard)
        yield CounterMetricFamily("freshfront_watcher_messages", "Messages that came by MQTT", heard["messages"])
        yield CounterMetricFamily(
            "freshfront_watcher_quarantined", "Messages put into the quarantine", heard["quarantined"]
        )
        readings = CounterMetricFamily("freshfront_watcher_readings", "Readings by MQTT", labels=["outcome"])
        for outcome in READINGS:
            readings.add_metric([outcome], heard[outcome])
        yield readings
        alarms = CounterMetricFamily("freshfront_watcher_alarms", "Alarms that readings changed", labels=["change"])
        for change in ALARMS:
            alarms.add_metric([change], heard[change])
        yield alarms


def watcher_figures(heard: Heard) -> CollectorRegistry:
    """The watcher's figures, read from what it counts anyway."""
    registry = registry_of_process()
    registry.register(_Heard(heard))
    return registry
