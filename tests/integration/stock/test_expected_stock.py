"""Stock as it is expected at a moment, from counts, sales, order lines and forecasts, on both databases.

Leek sells 24 kg a day by forecast, one an hour; today is Monday in Shanghai.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine

from data.database import reading, writing
from data.importers.importing import import_file
from data.tables import (
    Band,
    DailySalesRow,
    ForecastRow,
    HourlyForecastRow,
    LotRow,
    OrderLineRow,
    ProductRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    SupplierRow,
    Unit,
    WarehouseRow,
)
from flows.purchasing.planning.outlook import hour_there, outlook_of
from flows.stock.expected_stock import ExpectedStock, expected_stock
from flows.stock.recent_orders import RecentOrders, recent_orders
from warehouse.purchasing.suppliers.yields import Yields

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def shanghai(hour: float, day: date = TODAY) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)


ORIGIN = shanghai(0)


@pytest.fixture
def shop(engine: Engine) -> Engine:
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="One", city="Hangzhou", timezone="Asia/Shanghai"))
        session.add(SupplierRow(supplier_id="F1", name="Farm", kind="farm", delivers_from="17:30"))
        session.add_all(
            ProductRow(product_id=name, name=name, category="leaf", band=Band.LEAF, unit=Unit.KG, shelf_life_days=9)
            for name in ("leek", "okra")
        )
        session.add_all(
            ForecastRow(warehouse_id="W1", product_id="leek", date=TODAY + n * DAY, origin=ORIGIN, model="test",
                        mean=24, **dict.fromkeys(("q05", "q10", "q25", "q50", "q75", "q90", "q95"), 24))
            for n in range(7)
        )  # fmt: skip
    return engine


def keep(engine: Engine, *rows: object) -> None:
    with writing(engine) as session:
        session.add_all(rows)


def lot(quantity: float, counted_at: datetime, lot_id: str = "L", **given: object) -> LotRow:
    known = {"expires_on": TODAY + 9 * DAY, "product_id": "leek", "known_at": counted_at} | given
    return LotRow(warehouse_id="W1", lot_id=lot_id, received_at=counted_at, quantity_received=Decimal(999),
                  quantity_on_hand=Decimal(quantity), counted_at=counted_at, **known)  # fmt: skip


def ordered(number: int, at: datetime, quantity: float, **given: object) -> OrderLineRow:
    known = {"product_id": "leek", "known_at": at, "order_id": f"A{number}"} | given
    return OrderLineRow(warehouse_id="W1", line_no=1, ordered_at=at, quantity=Decimal(str(quantity)), **known)


def sales(day: date, total: float, hours: list[float] | None, known_at: datetime | None = None) -> DailySalesRow:
    packed = None if hours is None else np.array(hours, "<f4").tobytes()
    return DailySalesRow(warehouse_id="W1", product_id="leek", date=day, known_at=known_at or shanghai(0, day + DAY),
                         sales=total, hourly_sales=packed)  # fmt: skip


def by_the_hour(means: NDArray[np.float64]) -> HourlyForecastRow:
    packed = means.astype("<f8").tobytes()
    return HourlyForecastRow(
        warehouse_id="W1", product_id="leek", date=TODAY, origin=ORIGIN, mean=packed, quantiles=b""
    )


def at(engine: Engine, moment: datetime) -> ExpectedStock:
    with reading(engine) as session:
        return expected_stock(session, session.get_one(WarehouseRow, "W1"), ORIGIN, moment)


def left(engine: Engine, moment: datetime) -> float:
    return float(sum(one.quantity for one in at(engine, moment).lots))


def test_what_nobody_told_of_since_the_count_is_what_was_expected(shop: Engine) -> None:
    keep(shop, lot(100, shanghai(6)), lot(7, shanghai(6), "blocked", blocked_at=shanghai(7), blocked_because="recall"))
    assert left(shop, shanghai(5)) == 0  # nobody knew of it
    assert left(shop, shanghai(16)) == pytest.approx(90)
    assert left(shop, shanghai(9, TODAY + DAY)) == pytest.approx(100 - 18 - 9)


def test_order_lines_count_up_to_the_last_one_and_then_what_is_expected(shop: Engine) -> None:
    keep(
        shop,
        lot(100, shanghai(6)),
        ordered(1, shanghai(5), 50),  # before the count
        ordered(2, shanghai(8), 10),
        ordered(3, shanghai(9), 4),
        ordered(4, shanghai(10), -1),
        ordered(5, shanghai(11), 2),
        ordered(6, shanghai(11.5), 30, known_at=shanghai(20)),  # told in the evening
        ordered(7, shanghai(11), 8, wanted_on=TODAY + DAY),  # leaves tomorrow
        ordered(8, shanghai(11), 3, product_id="okra"),
    )
    assert left(shop, shanghai(12)) == pytest.approx(100 - 10 - 4 + 1 - 2 - 1)
    assert left(shop, shanghai(20)) == pytest.approx(100 - 10 - 4 + 1 - 2 - 30 - 8.5)
    assert at(shop, shanghai(12)).ahead == {("leek", TODAY + DAY): 8}


def test_days_that_are_over_sold_what_is_known_of_them_last(shop: Engine) -> None:
    saturday, sunday = TODAY - 2 * DAY, TODAY - DAY
    keep(
        shop,
        lot(100, shanghai(22, saturday)),
        by_the_hour(np.ones(24)),
        sales(saturday, 46, [1.0] * 22 + [4.0, 20.0]),
        sales(sunday, 30, None),
        sales(sunday, 10, None, known_at=shanghai(7)),
        ordered(1, shanghai(9, sunday), 77),  # sales of the day are known
    )
    assert left(shop, shanghai(6)) == pytest.approx(100 - 24 - 30 - 6)
    assert left(shop, shanghai(8)) == pytest.approx(100 - 24 - 10 - 8)


def test_a_day_that_is_not_booked_yet_sold_its_order_lines(shop: Engine) -> None:
    sunday = TODAY - DAY
    keep(shop, lot(100, shanghai(12, sunday)), ordered(1, shanghai(13, sunday), 5), ordered(2, shanghai(2), 1))
    assert left(shop, shanghai(4)) == pytest.approx(100 - 5 - 1 - 2)


def test_looking_back_a_day_is_known_to_its_end_once_a_later_order_is_and_later_orders_are_not_of_it(
    shop: Engine,
) -> None:
    keep(shop, ordered(1, shanghai(2), 1), ordered(2, shanghai(15), 2), ordered(3, shanghai(9, TODAY + 5 * DAY), 4))

    def known(now: datetime) -> RecentOrders:
        with reading(shop) as session:
            return recent_orders(session, session.get_one(WarehouseRow, "W1"), TODAY, TODAY, now)

    assert known(shanghai(20)).until == {TODAY: shanghai(15)}
    later = known(shanghai(10, TODAY + 5 * DAY))
    assert later.until == {TODAY: shanghai(24)}
    assert [quantity for _, quantity in later.bought["leek"]] == [1, 2]


def test_stock_that_was_counted_long_ago_is_drawn_down_by_all_that_sold_since(shop: Engine) -> None:
    counted_on = TODAY - 60 * DAY
    days = [sales(counted_on + n * DAY, 2, None) for n in range(60)]
    keep(shop, lot(500, shanghai(12, counted_on)), *days, sales(counted_on + 3 * DAY, 102, None, shanghai(1)))
    assert left(shop, shanghai(0.5)) == pytest.approx(500 - 59 * 2 - 0.5)
    assert left(shop, shanghai(1)) == pytest.approx(500 - 59 * 2 - 100 - 1)


def test_hours_follow_the_forecast_of_hours_else_what_the_warehouse_sold_lately(shop: Engine) -> None:
    evening = np.array([0.0] * 18 + [4.0] * 6)
    keep(shop, lot(100, shanghai(0)), sales(TODAY - 2 * DAY, 24, list(evening)))
    assert left(shop, shanghai(18)) == pytest.approx(100)
    assert left(shop, shanghai(19)) == pytest.approx(96)
    morning = np.array([0.0] * 6 + [24.0] + [0] * 17)
    keep(shop, by_the_hour(morning))
    assert left(shop, shanghai(18)) == pytest.approx(76)


def test_a_count_that_comes_later_holds_when_a_past_moment_is_looked_at_again(shop: Engine, tmp_path: Path) -> None:
    keep(shop, lot(40, shanghai(20), known_at=shanghai(3)))
    assert left(shop, shanghai(9)) == 40
    header = "lot_id,warehouse_id,product_id,received_at,expires_on,quantity_received,quantity_on_hand\n"
    path = tmp_path / "lots.csv"
    path.write_text(f"{header}N,W1,okra,{TODAY}T06:00,{TODAY + DAY},30,12\n", encoding="utf-8")
    import_file(shop, "lots", path, now=shanghai(12, TODAY + DAY))  # says neither when it was counted nor told
    by_product = {one.product_id: float(one.quantity) for one in at(shop, shanghai(9)).lots}
    assert by_product == {"leek": 40, "okra": 12}
    assert left(shop, shanghai(5)) == 40  # the okra had not come


def test_an_outlook_begins_at_its_hour_with_what_is_ordered_ahead_and_what_comes_at_its_hour(shop: Engine) -> None:
    keep(
        shop,
        lot(100, shanghai(6)),
        ProductRow(product_id="rhubarb", name="rhubarb", category="leaf", band=Band.LEAF, unit=Unit.KG,
                   delisted_on=TODAY),
        ordered(1, shanghai(11, TODAY - DAY), 12, wanted_on=TODAY),
        ordered(2, shanghai(9), 8, wanted_on=TODAY + DAY),
        ordered(3, shanghai(9), 5, product_id="okra", wanted_on=TODAY + DAY),
        ordered(4, shanghai(9), 5, product_id="rhubarb", wanted_on=TODAY + DAY),
        PurchaseOrderRow(purchase_order_id="P1", number="PO-1", supplier_id="F1", warehouse_id="W1", ordered_by="Li",
                         delivery_date=TODAY, ordered_at=shanghai(-10),
                         lines=[PurchaseOrderLineRow(line_no=1, product_id="leek", quantity=Decimal(9),
                                                     unit_price=Decimal(1))]),
    )  # fmt: skip
    with reading(shop) as session:
        place = session.get_one(WarehouseRow, "W1")
        outlook = outlook_of(session, place, ORIGIN, shanghai(14.5), Yields())
    assert outlook.hour == pytest.approx(14.5)
    assert outlook.preordered == {("leek", TODAY): 12, ("leek", TODAY + DAY): 8, ("okra", TODAY + DAY): 5}
    assert outlook.products_from(TODAY + DAY) == ["leek", "okra"]
    assert [(one.delivery_date, one.hour) for one in outlook.on_order] == [(TODAY, 17.5)]
    # from six to nine half an hour's worth of what was ordered ahead for today, then one an hour
    assert float(sum(one.quantity for one in outlook.lots)) == pytest.approx(100 - 3 * 0.5 - 5.5)


def test_a_day_on_which_clocks_change_has_passed_when_it_has_passed() -> None:
    sunday = datetime(2025, 11, 2, tzinfo=UTC)  # in Chicago it has 25 hours
    assert hour_there(sunday + timedelta(hours=5), "America/Chicago") == 0
    assert hour_there(sunday + timedelta(hours=5 + 12.5), "America/Chicago") == 12
    assert hour_there(sunday + timedelta(hours=5 + 24.99), "America/Chicago") < 24
