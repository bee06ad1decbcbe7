"""The step of the day that plans couriers, a warehouse at a time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from flows.couriers import planning
from flows.database import database
from flows.for_each_warehouse import Each, RunSummary, finished, one_at_a_time


def plan_couriers(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Plans the couriers of today and tomorrow for every warehouse."""
    return finished(each("couriers", one_at_a_time(partial(_plan_couriers, now=now)), warehouses))


def _plan_couriers(warehouse_id: str, now: datetime) -> int:
    with database() as engine:
        return planning.plan_couriers(engine, warehouse_id, now)
