"""The database's state as Prometheus' figures. Who asks for them never waits for the database: they are read beside, at
most every few seconds, and what was read last is told with its age."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import monotonic

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from data.database import reading
from flows.operating.ages import State, state_of_database

READ_EVERY = 15.0  # seconds; as often as Prometheus asks by default
WAITS_AT_MOST = 1.0  # seconds, of who asks, for figures that are being read

log = logging.getLogger(__name__)


class DatabaseFigures(Collector):
    """Tells the latest state that was read. One reading at a time: a database that hangs holds one thread."""

    def __init__(self, engine: Engine, plan_ready_before: timedelta, clock: Callable[[], datetime]) -> None:
        self._engine, self._plan_ready_before, self._clock = engine, plan_ready_before, clock
        self._state: State | None = None
        self._read_at: datetime | None = None
        self._answers = False
        self._asked: float | None = None
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._done.set()

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing: a registry would otherwise read the database to learn the names."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures, read anew where the last ones are old."""
        self._read_if_old()
        self._done.wait(WAITS_AT_MOST)
        now = self._clock()
        yield GaugeMetricFamily("freshfront_database_up", "Whether the database answered when it was asked last",
                                float(self._answers and self._done.is_set()))  # fmt: skip
        if self._state is None or self._read_at is None:
            return
        yield GaugeMetricFamily("freshfront_database_read_age_seconds", "How old the figures of the database are",
                                (now - self._read_at).total_seconds())  # fmt: skip
        yield from families(self._state, now)

    def _read_if_old(self) -> None:
        with self._lock:
            is_old = self._asked is None or monotonic() - self._asked >= READ_EVERY
            if not is_old or not self._done.is_set():
                return
            self._asked = monotonic()
            self._done.clear()
        threading.Thread(target=self._read, name="database figures", daemon=True).start()

    def _read(self) -> None:
        now = self._clock()
        try:
            with reading(self._engine) as session:
                self._state, self._read_at = state_of_database(session, now, self._plan_ready_before), now
            self._answers = True
        except SQLAlchemyError as error:
            self._answers = False
            log.warning("the database's figures could not be read: %s", error)
        finally:
            self._done.set()


def families(state: State, now: datetime) -> Iterator[GaugeMetricFamily]:
    """A state as figures; what was never known has no figure."""
    ages = GaugeMetricFamily(
        "freshfront_data_age_seconds",
        "How long ago what is known of a warehouse ends: its last day with sales, its forecast's origin, its last"
        " count, its last reading",
        labels=["kind", "warehouse_id"],
    )
    for kind, by_warehouse in state.known_until.items():
        for warehouse_id, at in sorted(by_warehouse.items()):
            ages.add_metric([kind, warehouse_id], (now - at).total_seconds())
    yield ages
    late = GaugeMetricFamily(
        "freshfront_plans_late_warehouses", "Warehouses without their day's plan near or past the first order cut-off",
        labels=["timezone"],
    )  # fmt: skip
    for timezone, count in state.plans_late.items():
        late.add_metric([timezone], count)
    yield late
    for name, told, value in (
        ("alarms_active", "Alarms that have not ended", state.alarms_active),
        ("alarms_unacknowledged", "Those of them that nobody has acknowledged", state.alarms_unacknowledged),
        ("outbox_events_waiting", "Events that were not passed on yet", state.events_waiting),
        ("outbox_oldest_age_seconds", "Age of the oldest event that was not passed on; 0: none waits",
         _age(state.oldest_event_waiting, now) or 0),
        ("deliveries_waiting", "Webhook messages on their way", state.deliveries_waiting),
        ("deliveries_failing", "Webhook messages that failed and are tried again", state.deliveries_failing),
        ("webhooks_failing", "Webhooks with messages that failed and are tried again", state.webhooks_failing),
        ("notifier_sends", "Whether somebody tells webhooks what they are to be told; 0: the watcher is dead or stuck",
         state.notifier_sends),
        ("notifier_look_age_seconds", "How long ago somebody looked for what webhooks are to be told",
         _age(state.notifier_looked, now)),
        ("quarantined_messages", "Messages in the quarantine", state.quarantined),
        ("day_run_began_age_seconds", "How long ago the latest run of the day began", _age(state.day_run_began, now)),
        ("day_run_finished_age_seconds", "How long ago a run of the day finished last",
         _age(state.day_run_finished, now)),
        ("day_run_failures", "Warehouses (or the whole region, once) that failed in the run that finished last",
         state.day_run_failures),
    ):  # fmt: skip
        if value is not None:
            yield GaugeMetricFamily(f"freshfront_{name}", told, value)


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else (now - moment).total_seconds()
