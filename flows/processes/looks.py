"""What the watcher looks at by the clock: what no reading and no request would notice.

A look is a step of its area with the moment at which it is taken. It costs the same whatever was ever kept, since it
is taken for ever."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from data.database import reading
from flows.coldchain.alarms.alarms import AlarmsChanged
from flows.coldchain.alarms.comparing import compare_neighbours
from flows.coldchain.alarms.drifting import tell_of_drift
from flows.coldchain.alarms.silence import tick
from flows.coldchain.records import seal_records
from flows.coldchain.sensors.clocks_that_differ import tell_of_clocks
from flows.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """A step that is taken every so many seconds; `what` is how the log calls it."""

    what: str
    step: Callable[[Engine, datetime, Settings], None]
    every: float


def see_that_plans_are_in_time(engine: Engine, now: datetime, settings: Settings) -> None:
    """Tells of purchase orders that are overdue and of transfers that had not left in time, and sees that the day's
    plan is there before its cut-off."""
    # slow to import: readings do not wait
    from flows.ordering.telling import tell_of_overdue_orders
    from flows.purchasing.on_time.in_time import late_plans
    from flows.stock.transfers.ending import lapse_transfers

    tell_of_overdue_orders(engine, now, settings.overdue_order_counts)
    lapse_transfers(engine, now)
    with reading(engine) as session:
        if not late_plans(session, now, settings.plan_ready_before_cut_off):
            return
    from flows.purchasing.on_time.fallback_plans import see_that_plans_are_in_time  # loads all that plans are made with

    made = see_that_plans_are_in_time(engine, now, settings.plan_ready_before_cut_off, settings.purchasing)
    if made is not None:
        log.warning("the day's plan is late; fallback plan %s is made from the last forecasts", made)


def _look_ahead_for_couriers(engine: Engine, now: datetime, settings: Settings) -> None:
    from flows.couriers.looking_ahead import tell_of_short_couriers  # slow to import: readings do not wait

    tell_of_short_couriers(engine, now)


def _seal_records(engine: Engine, now: datetime, settings: Settings) -> None:
    seal_records(engine, now, Path(settings.records_folder))


def _tell_of_clocks(engine: Engine, now: datetime, settings: Settings) -> None:
    tell_of_clocks(engine, now)


def _notice_silence(engine: Engine, now: datetime, settings: Settings) -> None:
    _log(tick(engine, now, settings.sensor_silent_after))


def _compare_sensors(engine: Engine, now: datetime, settings: Settings) -> None:
    _log(compare_neighbours(engine, now))


def _tell_of_drift(engine: Engine, now: datetime, settings: Settings) -> None:
    _log(tell_of_drift(engine, now))


def _log(changed: AlarmsChanged) -> None:
    for alarm_id in changed.raised:
        log.info("alarm %s raised", alarm_id)


LOOKS = (
    Look("looking for plans", see_that_plans_are_in_time, 120.0),  # cut-offs are told in minutes
    Look("looking ahead for couriers", _look_ahead_for_couriers, 300.0),  # 0.1 s of work a warehouse
    Look("sealing records", _seal_records, 60.0),
    Look("looking at clocks", _tell_of_clocks, 10.0),
    Look("listening for silence", _notice_silence, 10.0),
    Look("comparing sensors", _compare_sensors, 60.0),  # what is stuck has been so for many readings
    Look("comparing weeks of sensors", _tell_of_drift, 86_400.0),  # from means of whole days
)
