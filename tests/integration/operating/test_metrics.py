"""What Prometheus is told: the database's state without waiting for it, each process at its own port; what the alert
rules and the dashboard ask for exists."""

import json
import re
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from api.middleware.metrics import Metrics
from data.database import open_database, writing
from data.tables import (
    DailySalesRow,
    DayRunRow,
    ForecastRow,
    OutboxEventRow,
    ProductRow,
    QuarantineCause,
    QuarantinedMessageRow,
    ReadingRow,
    SensorRow,
    WarehouseRow,
    WebhookDeliveryRow,
    WebhookRow,
    ZoneRow,
)
from flows.errors import NotNow
from flows.operating import figures
from flows.operating.ages import state_of_database
from flows.operating.figures import DatabaseFigures, families
from flows.operating.metrics_port import registry_of_process, told_at
from flows.processes.readings_by_mqtt import Heard
from flows.processes.watcher_figures import watcher_figures
from tests.ports import free_port

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 10:00 in Shanghai
HOUR = timedelta(hours=1)
HOUSE = Path(__file__).parents[3]
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def region(engine: Engine) -> Engine:
    """W1 sold on 1 March and is forecast from its end; W2 is closed since long; one event and two deliveries wait."""
    spread = dict.fromkeys(("q05", "q10", "q25", "q50", "q75", "q90", "q95", "mean"), 1.0)
    with writing(engine) as session:
        for name, closed in (("W1", None), ("W2", date(2025, 1, 1))):
            session.add(WarehouseRow(warehouse_id=name, name=name, city="杭州", timezone="Asia/Shanghai",
                                     closed_on=closed))  # fmt: skip
        session.add(ProductRow(product_id="milk", name="milk", category="dairy", band="chilled", unit="piece"))
        session.flush()
        session.add(ZoneRow(zone_id="Z", warehouse_id="W1", name="Z", band="chilled", x_m=0, y_m=0, width_m=1,
                            depth_m=1))  # fmt: skip
        session.flush()
        session.add_all(SensorRow(sensor_id=f"S{n}", zone_id="Z", name=f"S{n}") for n in (1, 2))
        session.flush()
        session.add_all([
            DailySalesRow(warehouse_id=name, product_id="milk", date=date(2026, 3, 1), known_at=NOW, sales=3.0)
            for name in ("W1", "W2")
        ])  # fmt: skip
        for hours in (10, 34):
            session.add(ForecastRow(warehouse_id="W1", product_id="milk", date=date(2026, 3, 3),
                                    origin=NOW - hours * HOUR, model="test", **spread))  # fmt: skip
        for sensor, hours in (("S1", 5), ("S1", 2), ("S2", 9)):
            session.add(ReadingRow(sensor_id=sensor, taken_at=NOW - hours * HOUR, temperature_c=3.0, known_at=NOW))
        session.add(QuarantinedMessageRow(message_id="m1", topic="t", payload=b"x", payload_bytes=1, reason="no number",
                                          cause=QuarantineCause.NOT_A_READING, received_at=NOW, attempts=1,
                                          last_tried_at=NOW))  # fmt: skip
        session.add(DayRunRow(run_id="night", started_at=NOW - 9 * HOUR, finished_at=NOW - 8 * HOUR, plan_id=None,
                              failed={"W1": "no sales"}))  # fmt: skip
        session.add(WebhookRow(webhook_id="wh", url="https://x.example", secret="whsec_eA==", created_at=NOW,  # noqa: S106
                               created_by="ops"))  # fmt: skip
        for number, passed_on in ((1, None), (2, NOW), (3, NOW)):
            session.add(OutboxEventRow(event_id=f"e{number}", type="alarm.raised", payload={}, written_at=NOW,
                                       happened_at=NOW - number * HOUR, passed_on_at=passed_on))  # fmt: skip
        session.flush()
        for number, attempts, error in ((2, 0, None), (3, 2, "ConnectError")):
            session.add(WebhookDeliveryRow(delivery_id=f"d{number}", webhook_id="wh", event_id=f"e{number}",
                                           status="waiting", attempts=attempts, next_attempt_at=NOW, created_at=NOW,
                                           planned_at=NOW, last_error=error))  # fmt: skip
    return engine


def samples(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    """Every figure by its name and the values of its labels."""
    text = generate_latest(registry).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def told_of(engine: Engine) -> dict[tuple[str, ...], float]:
    """What is told once the database has answered, on a busy machine too."""
    registry = CollectorRegistry()
    registry.register(DatabaseFigures(engine, HOUR, lambda: NOW))
    with patch.object(figures, "WAITS_AT_MOST", 60.0):
        return samples(registry)


def test_the_database_tells_how_old_everything_is(region: Engine) -> None:
    told = told_of(region)

    age = "freshfront_data_age_seconds"
    assert told[age, "sales", "W1"] == 10 * 3600  # the day ended at midnight in Shanghai
    assert told[age, "forecasts", "W1"] == 10 * 3600
    assert told[age, "readings", "W1"] == 2 * 3600
    assert not [labels for labels in told if "W2" in labels]
    assert told["freshfront_database_up",] == 1
    assert told["freshfront_outbox_events_waiting",] == 1
    assert told["freshfront_outbox_oldest_age_seconds",] == 3600
    assert (told["freshfront_deliveries_waiting",], told["freshfront_deliveries_failing",]) == (2, 1)
    assert told["freshfront_quarantined_messages",] == 1
    assert told["freshfront_day_run_finished_age_seconds",] == 8 * 3600
    assert told["freshfront_day_run_failures",] == 1


@one_database
def test_a_database_that_hangs_holds_up_nobody_who_asks(region: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs, asked = threading.Event(), []

    def hang(*_: object) -> Any:
        asked.append(1)
        hangs.wait()
        raise OperationalError("", {}, Exception("ended"))

    monkeypatch.setattr(figures, "READ_EVERY", 0.0)
    registry = CollectorRegistry()
    registry.register(DatabaseFigures(region, HOUR, lambda: NOW))
    monkeypatch.setattr(figures, "WAITS_AT_MOST", 5.0)
    assert samples(registry)["freshfront_database_up",] == 1
    monkeypatch.setattr(figures, "state_of_database", hang)
    monkeypatch.setattr(figures, "WAITS_AT_MOST", 0.05)

    began = monotonic()
    told = [samples(registry) for _ in range(3)][-1]

    assert monotonic() - began < 2
    assert told["freshfront_database_up",] == 0
    assert told["freshfront_data_age_seconds", "readings", "W1"] == 2 * 3600  # what was read before
    assert len(asked) == 1
    hangs.set()


def test_a_database_that_is_none_is_told_as_down(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'empty.sqlite'}")

    assert told_of(engine) == {("freshfront_database_up",): 0.0}
    engine.dispose()


def test_a_process_tells_at_its_own_port_until_it_ends() -> None:
    port = free_port()
    with told_at(watcher_figures(Heard(messages=7, accepted=5, quarantined=2)), "127.0.0.1", port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            told = answer.read().decode()
        with pytest.raises(NotNow, match=f"127.0.0.1:{port}"), told_at(CollectorRegistry(), "127.0.0.1", port):
            pass
    assert "freshfront_watcher_messages_total 7.0" in told
    assert 'freshfront_watcher_readings_total{outcome="accepted"} 5.0' in told
    assert "freshfront_watcher_quarantined_total 2.0" in told
    assert "process_resident_memory_bytes" in told
    with told_at(CollectorRegistry(), "127.0.0.1", port):  # free again
        pass
    with told_at(CollectorRegistry(), "127.0.0.1", None):
        pass


@pytest.fixture
def names(region: Engine) -> set[str]:
    """The names of everything that the processes tell, and what Prometheus adds."""
    service = Metrics()
    service.tell_of_database(region, HOUR)
    service.requests.labels("GET", "/", 200).inc()
    service.duration.labels("GET", "/").observe(1)
    service.readings.labels("accepted").inc()
    told: set[str] = {"up"}
    for registry in (service.registry, watcher_figures(Heard()), registry_of_process()):
        told |= {name for name, *_ in samples(registry)}
    with writing(region) as session:
        told |= {family.name for family in families(state_of_database(session, NOW, HOUR), NOW)}
    return told


METRIC = re.compile(r"\b(?:freshfront|process)_[a-z_]+\b|\bup\b")


def expressions() -> Iterator[tuple[str, str]]:
    rules = yaml.safe_load((HOUSE / "deploy/prometheus/freshfront-alerts.yml").read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"]["summary"]
            assert rule["annotations"]["do"], rule
            yield rule["alert"], rule["expr"]
    dashboard = json.loads((HOUSE / "deploy/grafana/freshfront.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


@one_database
def test_alert_rules_and_dashboard_ask_for_figures_that_exist(names: set[str]) -> None:
    asked = [(where, name) for where, expression in expressions() for name in METRIC.findall(expression)]

    assert len(asked) > 20
    assert [one for one in asked if one[1] not in names] == []
