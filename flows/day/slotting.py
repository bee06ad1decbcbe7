"""The step of the day that suggests slots and moves, some warehouses at a time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from data.database import reading
from flows.database import database
from flows.errors import Refusal
from flows.for_each_warehouse import Each, RunSummary, finished, leaving_out
from flows.settings import Settings
from flows.slotting import slots_and_moves

TOGETHER = 16  # warehouses at once


def suggest_slots(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Suggests slots and moves for every warehouse."""
    work = leaving_out(partial(_not_to_slot, now=now), partial(_suggest_slots, now=now))
    return finished(each("slots", work, warehouses, TOGETHER))


def _not_to_slot(warehouse_ids: Sequence[str], now: datetime) -> dict[str, Refusal]:
    with database() as engine, reading(engine) as session:
        return slots_and_moves.refused_warehouses(session, warehouse_ids, now)


def _suggest_slots(warehouse_ids: Sequence[str], now: datetime) -> dict[str, int]:
    shop = Settings()
    with database() as engine:
        return slots_and_moves.suggest_slots(engine, warehouse_ids, now, shop.move_effort, shop.days_in_stock)
