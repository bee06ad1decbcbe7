"""The step of the day that suggests slots and moves, a warehouse at a time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from data.database import writing
from flows.database import database
from flows.for_each_warehouse import Each, RunSummary, finished
from flows.settings import Settings
from flows.slotting import slots_and_moves


def suggest_slots(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Suggests slots and moves for every warehouse."""
    return finished(each("slots", partial(_suggest_slots, now=now), warehouses))


def _suggest_slots(warehouse_id: str, now: datetime) -> int:
    shop = Settings()
    with database() as engine, writing(engine) as session:
        return slots_and_moves.suggest_slots(session, warehouse_id, now, shop.move_effort, shop.days_in_stock)
