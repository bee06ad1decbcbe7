"""The step of the day that adds up what days were worth, a warehouse at a time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from flows.database import database
from flows.for_each_warehouse import Each, RunSummary, finished, one_at_a_time
from flows.reports.morning.keeping_days import keep_days
from flows.settings import Settings


def add_up_days(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Brings the days of every warehouse up to date; days written by warehouse."""
    return finished(each("days", one_at_a_time(partial(_keep_days, now=now)), warehouses))


def _keep_days(warehouse_id: str, now: datetime) -> int:
    with database() as engine:
        return keep_days(engine, warehouse_id, now, Settings().assumed_markup)
