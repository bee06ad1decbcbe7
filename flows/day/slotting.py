"""The step of the day that suggests slots and moves, some warehouses at a time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from flows.database import database
from flows.for_each_warehouse import Each, RunSummary, finished
from flows.settings import Settings
from flows.slotting import slots_and_moves

TOGETHER = 16  # warehouses at once


def suggest_slots(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Suggests slots and moves for every warehouse."""
    return finished(each("slots", partial(_suggest_slots, now=now), warehouses, TOGETHER))


def _suggest_slots(warehouse_ids: Sequence[str], now: datetime) -> dict[str, int]:
    shop = Settings()
    with database() as engine:
        return slots_and_moves.suggest_slots(engine, warehouse_ids, now, shop.move_effort, shop.days_in_stock)
