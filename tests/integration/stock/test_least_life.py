"""For how many days the first lot of a product may still be dispatched, as slots and their page show it."""

from sqlalchemy import Engine

from data.database import reading, writing
from data.tables import WarehouseRow
from flows.stock.blocking import block_lot
from flows.stock.lots_ageing import least_days_left

from .conftest import NOON


def test_the_lot_with_the_least_life_counts_unless_it_is_blocked(shelves: Engine) -> None:
    def left() -> dict[str, float]:
        with reading(shelves) as session:
            return least_days_left(session, session.get_one(WarehouseRow, "W1"), NOON)

    assert left() == {"spinach": 1.0}

    with writing(shelves) as session:
        block_lot(session, "W1", "S-old", "it smells", NOON, "Wang")

    assert left() == {"spinach": 3.0}, "rice keeps, and a blocked lot is not dispatched"
