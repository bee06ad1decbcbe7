"""What lies in reserve: put away, carried to pick faces before they run short, and told apart from what faces hold."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine, select, update

from data.database import reading, writing
from data.tables import (
    HourlyForecastRow,
    LotRow,
    ReceiptRow,
    ReserveStockRow,
    SlotRow,
    WarehouseRow,
    ZoneRow,
)
from flows.errors import Invalid, NotNow, Unknown
from flows.slotting.putting_away import LotToPutAway, put_away_receipt
from flows.slotting.refilling import NothingToSay, Refilling, held_until, refilling
from flows.stock.counting import StockCount, count_stock
from flows.stock.in_reserve import StockInSlots, lay_in_reserve, stock_in_slots
from flows.stock.receiving import Received, ReceivedLine, receive
from tests.integration.flows.conftest import NOW, ORIGIN, TODAY

TIMES = [time(6), time(14)]


@pytest.fixture
def floor(shop: Engine) -> Engine:
    """Milk: 300 pieces of lot L1 in the warehouse, a face of 50 and two reserve slots of 100 beside it."""
    with writing(shop) as session:
        session.execute(update(SlotRow).where(SlotRow.slot_id == "chilled-2").values(volume_l=Decimal(100)))
        session.add_all(
            SlotRow(slot_id=f"reserve-{n}", warehouse_id="W1", zone_id="W1-chilled", x_m=n, y_m=0, distance_m=10.0 * n,
                    volume_l=Decimal(200), pick_face=False)
            for n in (3, 9)
        )  # fmt: skip
    return shop


def lay(floor: Engine, slot_id: str, lot_id: str, quantity: int, was: int | None = None) -> None:
    with writing(floor) as session:
        lay_in_reserve(session, slot_id, lot_id, Decimal(quantity), None if was is None else Decimal(was))


def stock(floor: Engine) -> StockInSlots:
    with reading(floor) as session:
        return stock_in_slots(session, session.get_one(WarehouseRow, "W1"), None, NOW)


def holds(floor: Engine) -> dict[str, str | None]:
    with reading(floor) as session:
        return {slot.slot_id: slot.product_id for slot in session.scalars(select(SlotRow))}


def hourly(floor: Engine, product: str, day: date, *mean: float) -> None:
    """So much is expected in the hours from 10:00 on, for certain."""
    hours = np.zeros(24)
    hours[10 : 10 + len(mean)] = mean
    with writing(floor) as session:
        session.add(
            HourlyForecastRow(warehouse_id="W1", product_id=product, date=day, origin=ORIGIN,
                              mean=hours.astype("<f8").tobytes(),
                              quantiles=np.repeat(hours[:, None], 7, axis=1).astype("<f4").tobytes())
        )  # fmt: skip


def refills(floor: Engine, now: datetime = NOW) -> Refilling:
    with reading(floor) as session:
        return refilling(session, session.get_one(WarehouseRow, "W1"), now, TIMES)


def test_what_is_put_into_reserve_is_not_in_the_face_and_may_be_said_twice(floor: Engine) -> None:
    for _ in range(2):
        lay(floor, "reserve-3", "L1", 200, was=0)

    found = stock(floor)
    assert found.in_reserve == {("reserve-3", "L1"): 200}
    assert found.by_face() == {"milk": 100}
    assert holds(floor)["reserve-3"] == "milk"


def test_an_emptied_reserve_slot_holds_nothing(floor: Engine) -> None:
    lay(floor, "reserve-3", "L1", 200)

    for _ in range(2):
        lay(floor, "reserve-3", "L1", 0, was=200)

    assert (stock(floor).in_reserve, holds(floor)["reserve-3"]) == ({}, None)


def test_where_less_is_left_than_was_put_into_reserve_the_face_is_empty(floor: Engine) -> None:
    lay(floor, "reserve-3", "L1", 200)
    with writing(floor) as session:
        count_stock(session, "c", StockCount("W1", NOW, lots=[("L1", Decimal(150))]), NOW, "staff")

    found = stock(floor)

    assert (found.in_reserve, found.by_face()) == ({("reserve-3", "L1"): 150}, {"milk": 0})


@pytest.mark.parametrize(
    ("slot_id", "lot_id", "quantity", "was", "error", "field"),
    [
        ("nowhere", "L1", 5, None, Unknown, "slot_id"),
        ("reserve-3", "L9", 5, None, Unknown, "lot_id"),
        ("chilled-2", "L1", 5, None, Invalid, "slot_id"),
        ("reserve-3", "L1", -5, None, Invalid, "quantity"),
        ("reserve-3", "L1", 5, 7, NotNow, None),
        ("reserve-9", "L1", 5, None, NotNow, None),
    ],
)
def test_what_cannot_lie_there_is_refused_and_changes_nothing(
    floor: Engine, slot_id: str, lot_id: str, quantity: int, was: int | None, error: type[Exception], field: str | None
) -> None:
    with writing(floor) as session:
        session.execute(update(SlotRow).where(SlotRow.slot_id == "reserve-9").values(product_id="spinach"))

    with pytest.raises(error) as refused:
        lay(floor, slot_id, lot_id, quantity, was)

    assert refused.value.field == field
    with reading(floor) as session:
        assert session.scalars(select(ReserveStockRow)).all() == []


@pytest.mark.parametrize(
    ("hour", "until"),  # in Shanghai, on Monday
    [(5, "02 14:00"), (7, "02 14:00"), (9, "03 06:00"), (15, "03 06:00"), (17, "03 14:00"), (23, "03 14:00")],
)
def test_faces_are_to_hold_until_the_chance_after_the_one_at_work_or_next(hour: int, until: str) -> None:
    now = NOW + timedelta(hours=hour - 10, minutes=30)

    assert f"{held_until(now, 'Asia/Shanghai', TIMES):%d %H:%M}" == until


def test_a_face_that_would_run_short_is_refilled_from_reserve(floor: Engine) -> None:
    lay(floor, "reserve-9", "L1", 90)
    lay(floor, "reserve-3", "L1", 200)  # 10 are left in the face, which has room for 50
    hourly(floor, "milk", TODAY, 4, 4, 4, 4)

    found = refills(floor)

    (carry,) = found.carries
    assert (carry.from_slot_id, carry.to_slot_id, carry.lot_id) == ("reserve-3", "chilled-2", "L1")
    assert (carry.quantity, carry.left, carry.holds, carry.enough) == (40, 160, 10, 16)
    assert carry.runs_out_in is not None
    assert f"{found.hours[carry.runs_out_in]:%H:%M}" == "12:00"
    assert f"{found.until:%d %H:%M}" == "03 06:00"

    lay(floor, carry.from_slot_id, carry.lot_id, int(carry.left), was=200)
    assert refills(floor).carries == ()


def test_of_an_hour_that_is_running_only_the_rest_counts(floor: Engine) -> None:
    lay(floor, "reserve-3", "L1", 200)
    lay(floor, "reserve-9", "L1", 97)
    hourly(floor, "milk", TODAY, 6)

    assert [carry.enough for carry in refills(floor).carries] == [6]
    assert [carry.enough for carry in refills(floor, NOW + timedelta(minutes=45)).carries] == [1.5]


def test_where_no_slot_holds_reserve_or_nothing_is_forecast_it_is_said(shop: Engine, floor: Engine) -> None:
    assert refills(floor).nothing_because == NothingToSay.NO_FORECAST
    with writing(floor) as session:
        session.execute(update(SlotRow).values(pick_face=True))
    assert refills(floor).nothing_because == NothingToSay.NO_RESERVE


def received(floor: Engine, product: str, quantity: int, lot_id: str = "new") -> None:
    with writing(floor) as session:
        line = ReceivedLine(product, Decimal(quantity), lot_id=lot_id)
        receive(session, f"receipt-{lot_id}", Received("W1", None, NOW, [line]), NOW, "staff")


def put_away(floor: Engine, lot_id: str = "new") -> LotToPutAway:
    with reading(floor) as session:
        place, receipt = session.get_one(WarehouseRow, "W1"), session.get_one(ReceiptRow, f"receipt-{lot_id}")
        (lot,) = put_away_receipt(session, place, receipt, NOW)
        return lot


def test_what_came_goes_to_its_face_and_the_rest_to_the_nearest_reserve(floor: Engine) -> None:
    with writing(floor) as session:
        count_stock(session, "c", StockCount("W1", NOW, lots=[("L1", Decimal(30))]), NOW, "staff")
    received(floor, "milk", 70)

    assert [(one.slot_id, one.quantity) for one in put_away(floor).goes] == [("chilled-2", 20), ("reserve-3", 50)]

    lay(floor, "reserve-3", "new", 50)
    after = put_away(floor)
    assert after.in_reserve == [("reserve-3", 50)]
    assert [(one.slot_id, one.quantity) for one in after.goes] == [("chilled-2", 20)]


def test_where_nothing_is_free_the_rule_is_named(floor: Engine) -> None:
    with writing(floor) as session:
        session.execute(update(ZoneRow).where(ZoneRow.zone_id == "W1-ambient").values(band="frozen"))
    received(floor, "saffron", 5)

    (none,) = put_away(floor).goes

    assert (none.slot_id, [reason.as_dict() for reason in none.reasons]) == (
        None,
        [{"code": "no_slot_in_band", "band": "ambient"}],
    )


def test_what_is_sold_by_now_goes_nowhere(floor: Engine) -> None:
    received(floor, "milk", 10)
    with writing(floor) as session:
        session.execute(update(LotRow).where(LotRow.lot_id == "new").values(quantity_on_hand=Decimal(0)))
        place, receipt = session.get_one(WarehouseRow, "W1"), session.get_one(ReceiptRow, "receipt-new")
        assert put_away_receipt(session, place, receipt, NOW) == []
