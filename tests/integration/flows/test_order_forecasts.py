"""Customers' orders by half hour: made from what was known at the origin alone, kept, and read as the day goes."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, delete, select

from data.bulk import write_rows
from data.database import reading, writing
from data.frames.order_counts import OrdersCounted, order_counts
from data.local_days import moment_there, start_of_day
from data.tables import ForecastRow, OrderForecastRow, OrderLineRow, WarehouseRow
from flows.demand.order_forecasts import forecast_orders, kept_orders, known_orders, next_orders
from tests.integration.conftest import Filling
from tests.integration.flows.few_weeks import LAST, ORIGIN, PRODUCTS, ZONE, sell_and_forecast

TODAY = LAST + timedelta(days=1)
COLUMNS = ["warehouse_id", "order_id", "line_no", "product_id", "ordered_at", "quantity", "known_at", "wanted_on"]
Line = tuple[object, ...]


def orders_of(day: date, an_hour: int, warehouse_id: str = "W1", hours: range = range(8, 20)) -> Iterator[Line]:
    """As many orders of two lines in each hour, two thirds of them in its first half."""
    for hour in hours:
        for number in range(an_hour):
            minute = 5 if number % 3 < 2 else 40
            at = moment_there(day, pd.Timestamp(year=2026, month=1, day=1, hour=hour, minute=minute).time(), ZONE)
            for line in (1, 2):
                product = PRODUCTS[(number + 7 * line + hour) % len(PRODUCTS)]
                yield warehouse_id, f"{day}-{hour}-{number}", line, product, at, 3, at, None


def book(engine: Engine, lines: list[Line]) -> None:
    with writing(engine) as session:
        write_rows(session.connection(), OrderLineRow.__table__, COLUMNS, lines)  # type: ignore[arg-type]


def days_before_today(count: int) -> list[date]:
    return [TODAY - timedelta(days=ago) for ago in range(count, 0, -1)]


@pytest.fixture
def filling() -> Filling:
    return sold_and_ordered


def sold_and_ordered(engine: Engine) -> None:
    sell_and_forecast(engine)
    book(engine, [line for day in days_before_today(28) for line in orders_of(day, 6)])
    book(engine, list(orders_of(LAST, 12, "W2")))  # which opened yesterday


def counts(engine: Engine, first: date, moment: datetime) -> list[OrdersCounted]:
    with reading(engine) as session:
        return order_counts(session, ["W1"], ZONE, first, moment)


def test_an_order_counts_once_in_the_half_hour_of_its_first_line(engine: Engine) -> None:
    found = counts(engine, LAST, ORIGIN)

    assert [(one.slot, one.orders, one.lines) for one in found[:3]] == [(16, 4, 8), (17, 2, 4), (18, 4, 8)]
    assert {one.date for one in found} == {LAST}
    assert sum(one.orders for one in found) == 12 * 6


@pytest.mark.parametrize(
    ("changed", "counted"),
    [
        ({}, 1),
        ({"quantity": -1}, 0),
        ({"quantity": 0}, 0),
        ({"wanted_on": TODAY}, 1),
        ({"wanted_on": TODAY + timedelta(days=1)}, 0),
        ({"known_at": ORIGIN + timedelta(hours=12)}, 0),
    ],
)
def test_returned_cancelled_ordered_ahead_and_not_known_yet_count_not(
    engine: Engine, changed: dict[str, object], counted: int
) -> None:
    at = moment_there(TODAY, pd.Timestamp("2026-01-01 09:10").time(), ZONE)
    line = dict(zip(COLUMNS, ("W1", "one", 1, "P00", at, 2, at, None), strict=True)) | changed
    book(engine, [tuple(line.values())])

    assert sum(one.orders for one in counts(engine, TODAY, at + timedelta(hours=1))) == counted


def test_orders_booked_after_the_origin_change_nothing_that_it_knows(engine: Engine) -> None:
    def known() -> pd.DataFrame:
        with reading(engine) as session:
            return known_orders(session, ["W1", "W2"], ORIGIN).counts

    before = known()
    late = [(*line[:6], ORIGIN + timedelta(hours=3), None) for line in orders_of(LAST, 40, hours=range(20, 23))]
    book(engine, late)
    book(engine, list(orders_of(TODAY, 9)))

    pd.testing.assert_frame_equal(known(), before)


def test_the_half_hours_of_three_days_are_kept_and_a_new_shop_leans_on_the_other(engine: Engine) -> None:
    kept = forecast_orders(engine, ["W1", "W2"], ORIGIN)

    with reading(engine) as session:
        rows = session.scalars(select(OrderForecastRow).order_by(OrderForecastRow.half_hour)).all()
    assert kept == len(rows) == 2 * 3 * 48
    of_shop = {name: [row for row in rows if row.warehouse_id == name] for name in ("W1", "W2")}
    for name, mine in of_shop.items():
        assert {row.date for row in mine} == {TODAY + timedelta(days=ahead) for ahead in range(3)}
        assert mine[0].half_hour == start_of_day(TODAY, ZONE)
        assert sum(row.mean for row in mine[:48]) > 40, name
        assert sum(row.mean for row in mine[:16]) < 1e-9, name  # before eight nobody ordered
        # two thirds of an hour's orders come in its first half
        assert mine[20].mean == pytest.approx(2 * mine[21].mean, rel=0.2)


def test_orders_rise_with_the_demand_that_is_forecast(engine: Engine) -> None:
    forecast_orders(engine, ["W1", "W2"], ORIGIN)
    usual = mean_of_day(engine, TODAY)
    with writing(engine) as session:
        for row in session.scalars(select(ForecastRow).where(ForecastRow.date == TODAY)):
            row.mean *= 1.5

    forecast_orders(engine, ["W1", "W2"], ORIGIN)

    assert mean_of_day(engine, TODAY) == pytest.approx(1.5 * usual, rel=1e-6)


def mean_of_day(engine: Engine, day: date) -> float:
    with reading(engine) as session:
        mine = select(OrderForecastRow).where(OrderForecastRow.warehouse_id == "W1", OrderForecastRow.date == day)
        return sum(row.mean for row in session.scalars(mine))


def test_a_past_day_is_told_as_it_was_foreseen_on_its_eve_and_others_at_that_height(engine: Engine) -> None:
    def lines(day: date) -> tuple[float, bool]:
        with reading(engine) as session:
            demand = known_orders(session, ["W1", "W2"], ORIGIN).demand
        (mine,) = demand[(demand["warehouse_id"] == "W1") & (demand["date"] == pd.Timestamp(day))].itertuples()
        return mine.lines, mine.foreseen

    recovered, before = lines(LAST)[0], lines(LAST - timedelta(days=3))[0]
    eve = start_of_day(LAST - timedelta(days=1), ZONE)
    nothing = dict.fromkeys(("q05", "q10", "q25", "q50", "q75", "q90", "q95"), 0.0)
    with writing(engine) as session:
        for origin, mean in ((eve, 90.0), (start_of_day(LAST, ZONE), 600.0)):
            row = ForecastRow(
                warehouse_id="W1", product_id="P00", date=LAST, origin=origin, mean=mean, model="test", **nothing
            )
            session.add(row)

    assert lines(LAST) == (pytest.approx(30.0), True)  # three a line
    assert lines(LAST - timedelta(days=3)) == (pytest.approx(before * 30 / recovered), False)


def test_without_demand_orders_are_forecast_from_themselves(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(delete(ForecastRow))

    forecast_orders(engine, ["W1", "W2"], ORIGIN)

    assert mean_of_day(engine, TODAY) == pytest.approx(72, rel=0.02)


def test_without_orders_none_are_forecast(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(delete(OrderLineRow))

    assert forecast_orders(engine, ["W1", "W2"], ORIGIN) == 0


def test_an_older_origin_leaves_the_later_forecast_alone(engine: Engine) -> None:
    forecast_orders(engine, ["W1", "W2"], ORIGIN)

    assert forecast_orders(engine, ["W1"], ORIGIN - timedelta(days=1)) == 0

    with reading(engine) as session:
        assert set(session.scalars(select(OrderForecastRow.origin))) == {ORIGIN}


@pytest.mark.parametrize("far", [np.less, np.greater])
def test_what_came_of_today_moves_the_rest_of_it_and_not_tomorrow(
    engine: Engine, far: Callable[[float, float], bool]
) -> None:
    forecast_orders(engine, ["W1", "W2"], ORIGIN)
    noon = moment_there(TODAY, pd.Timestamp("2026-01-01 14:10").time(), ZONE)
    book(engine, list(orders_of(TODAY, 3 if far is np.less else 12, hours=range(8, 14))))

    with reading(engine) as session:
        found = next_orders(session, "W1", noon)
        kept = kept_orders(session, "W1", start_of_day(TODAY, ZONE), noon + timedelta(days=2))

    assert found["half_hour"].iloc[0] == pd.Timestamp(noon).floor("30min")
    assert len(found) == 2 * 48 + 1
    both = found.merge(kept, on="half_hour", suffixes=("", "_kept"))
    rest = (both["date"] == pd.Timestamp(TODAY)) & (both["mean_kept"] > 0)
    assert far(both["mean"][rest], both["mean_kept"][rest]).all()
    assert (both["mean"] == both["mean_kept"])[both["date"] > pd.Timestamp(TODAY)].all()


def test_a_feed_that_told_nothing_today_moves_nothing(engine: Engine) -> None:
    forecast_orders(engine, ["W1", "W2"], ORIGIN)
    evening = moment_there(TODAY, pd.Timestamp("2026-01-01 19:00").time(), ZONE)

    with reading(engine) as session:
        found = next_orders(session, "W1", evening, hours=2)
        kept = kept_orders(session, "W1", evening, evening + timedelta(hours=2))

    assert found["mean"].tolist() == kept["mean"].tolist()


def test_a_closed_warehouse_gets_no_orders_after_its_last_day(engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(WarehouseRow, "W1").closed_on = TODAY
        session.execute(delete(ForecastRow).where(ForecastRow.warehouse_id == "W1", ForecastRow.date > TODAY))

    forecast_orders(engine, ["W1", "W2"], ORIGIN)

    assert mean_of_day(engine, TODAY) > 0
    assert mean_of_day(engine, TODAY + timedelta(days=1)) == 0
