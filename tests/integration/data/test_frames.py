"""Frames as of a moment: the latest row known by then, and nothing that became known later."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

from data.bulk import write_rows
from data.database import reading, writing
from data.frames.known_demand import (
    events_as_of,
    products_frame,
    promotions_as_of,
    sales_as_of,
    warehouses_frame,
    weather_as_of,
)
from data.tables import (
    Band,
    DailyAvailabilityRow,
    DailySalesRow,
    EventRow,
    ProductRow,
    PromotionRow,
    Unit,
    WarehouseRow,
    WeatherRow,
)
from forecasting.known.frames import EVENT_COLUMNS, check_columns

DAY = date(2026, 3, 1)
EVENING = datetime(2026, 3, 1, 16, tzinfo=UTC)  # the day's end in Shanghai
LATER = EVENING + timedelta(days=3)
KEY = ["warehouse_id", "product_id", "date", "known_at"]


def keep(engine: Engine, table, columns, rows) -> None:
    with writing(engine) as session:
        write_rows(session.connection(), table.__table__, columns, rows)


def keep_sales(engine: Engine, *rows) -> None:
    keep(engine, DailySalesRow, [*KEY, "sales", "hourly_sales"], rows)


def keep_promotions(engine: Engine, *rows) -> None:
    columns = ["warehouse_id", "product_id", "starts_on", "known_at", "ends_on", "discount", "promoted"]
    keep(engine, PromotionRow, columns, rows)


def test_sales_corrected_later_are_read_as_they_were_known(engine: Engine) -> None:
    first, second = np.zeros(24, "<f4"), np.full(24, 0.5, "<f4")
    keep_sales(
        engine,
        ("W1", "P1", DAY, EVENING, 0.0, first.tobytes()),
        ("W1", "P1", DAY, LATER, 12.0, second.tobytes()),
    )

    with reading(engine) as session:
        before, hours_before, _ = sales_as_of(session, EVENING)
        after, hours_after, _ = sales_as_of(session, LATER)

    assert before[["sales", "known_at"]].values.tolist() == [[0.0, pd.Timestamp(EVENING)]]
    assert after[["sales", "known_at"]].values.tolist() == [[12.0, pd.Timestamp(LATER)]]
    assert hours_before.sum() == 0.0
    assert hours_after.sum() == 12.0


def test_sales_known_after_the_moment_do_not_exist(engine: Engine) -> None:
    keep_sales(engine, ("W1", "P1", DAY, EVENING, 3.0, None))

    with reading(engine) as session:
        days, hourly, in_stock = sales_as_of(session, EVENING - timedelta(seconds=1))

    assert len(days) == 0
    assert (hourly.shape, in_stock.shape) == ((0, 24), (0, 24))
    assert days.dtypes.astype(str).to_dict() == {
        "warehouse_id": "str",
        "product_id": "str",
        "date": "datetime64[us]",
        "sales": "float64",
        "known_at": "datetime64[us, UTC]",
    }


def test_unknown_hours_and_unknown_availability_say_so(engine: Engine) -> None:
    keep_sales(engine, ("W1", "P1", DAY, EVENING, 3.0, None))

    with reading(engine) as session:
        days, hourly, in_stock = sales_as_of(session, LATER)

    assert days["sales"].tolist() == [3.0]
    assert np.isnan(hourly).all()
    assert (in_stock == -1).all()


def test_availability_joins_its_own_day_as_known(engine: Engine) -> None:
    keep_sales(
        engine,
        ("W1", "P1", DAY, EVENING, 1.0, None),
        ("W1", "P2", DAY, EVENING, 2.0, None),
        ("W2", "P1", DAY + timedelta(days=1), EVENING, 3.0, None),
    )
    keep(
        engine,
        DailyAvailabilityRow,
        [*KEY, "in_stock_hours"],
        [
            ("W1", "P1", DAY, EVENING, 0b1),  # in stock in hour 0 alone
            ("W1", "P1", DAY, LATER, (1 << 24) - 1),  # corrected: all day
            ("W2", "P1", DAY + timedelta(days=1), EVENING, 1 << 23),
            ("W3", "P9", DAY, EVENING, 0),  # no sales known
        ],
    )

    with reading(engine) as session:
        days, _, then = sales_as_of(session, EVENING)
        _, _, now = sales_as_of(session, LATER)

    assert days[["warehouse_id", "product_id"]].values.tolist() == [["W1", "P1"], ["W1", "P2"], ["W2", "P1"]]
    assert then[0].tolist() == [1] + [0] * 23
    assert then[1].tolist() == [-1] * 24
    assert then[2].tolist() == [0] * 23 + [1]
    assert now[0].tolist() == [1] * 24


def test_a_day_out_of_stock_without_sales_is_a_day_with_nothing_to_sell(engine: Engine) -> None:
    keep_sales(engine, ("W1", "P2", DAY + timedelta(days=1), EVENING, 2.0, None))
    keep_sales(engine, ("W1", "P1", DAY + timedelta(days=1), EVENING, 3.0, np.ones(24, dtype="<f4").tobytes()))
    told = {("P1", 0): 0, ("P1", 1): 1, ("P1", 2): 0, ("P1", 3): 1, ("P2", 2): 1, ("P3", 2): 0}
    keep(
        engine,
        DailyAvailabilityRow,
        [*KEY, "in_stock_hours"],
        [("W1", product, DAY + timedelta(days=day), EVENING, hours) for (product, day), hours in told.items()],
    )

    with reading(engine) as session:
        days, hourly, in_stock = sales_as_of(session, LATER)

    # neither before it was first sold, nor in stock at any hour, nor a product that is not sold here
    expected = [("P1", DAY + timedelta(days=1), 3.0), ("P1", DAY + timedelta(days=2), 0.0),
                ("P2", DAY + timedelta(days=1), 2.0)]  # fmt: skip
    rows = zip(days["product_id"], days["date"].dt.date, days["sales"], strict=True)
    assert list(rows) == expected
    assert (in_stock[1] == 0).all()
    assert hourly[:2].sum(axis=1).tolist() == [24.0, 0.0]
    assert days["known_at"].notna().all()


def test_sales_of_some_warehouses_since_a_day(engine: Engine) -> None:
    for offset in range(3):
        day = DAY + timedelta(days=offset)
        keep_sales(engine, *((w, "P1", day, EVENING, float(offset), None) for w in ("W2", "W1", "W10")))

    with reading(engine) as session:
        days, _, _ = sales_as_of(session, LATER, ["W10", "W2"], since=DAY + timedelta(days=2))

    assert days[["warehouse_id", "sales"]].values.tolist() == [["W10", 2.0], ["W2", 2.0]]


def test_a_promotion_becomes_its_days_and_a_later_plan_of_the_same_day_replaces_it(engine: Engine) -> None:
    keep_promotions(
        engine,
        ("W1", "P1", DAY, EVENING - timedelta(days=7), DAY + timedelta(days=3), 0.8, True),
        ("W1", "P1", DAY, EVENING, DAY + timedelta(days=1), 0.7, True),
    )

    with reading(engine) as session:
        planned = promotions_as_of(session, EVENING - timedelta(days=1))
        replanned = promotions_as_of(session, LATER)

    assert planned["discount"].tolist() == [0.8] * 4
    assert planned["date"].dt.day.tolist() == [1, 2, 3, 4]
    assert replanned["discount"].tolist() == [0.7, 0.7]
    assert replanned["known_at"].unique().tolist() == [pd.Timestamp(EVENING)]


def test_where_promotions_overlap_the_one_known_last_counts(engine: Engine) -> None:
    keep_promotions(
        engine,
        ("W1", "P1", DAY, EVENING, DAY + timedelta(days=2), 0.8, True),
        ("W1", "P1", DAY + timedelta(days=1), EVENING - timedelta(days=1), DAY + timedelta(days=4), 0.6, False),
    )

    with reading(engine) as session:
        days = promotions_as_of(session, LATER, ["W1"], since=DAY + timedelta(days=1))

    assert days["discount"].tolist() == [0.8, 0.8, 0.6, 0.6]
    assert days["promoted"].tolist() == [True, True, False, False]
    assert days["date"].dt.day.tolist() == [2, 3, 4, 5]


def test_a_promotion_costs_the_days_up_to_the_horizon_however_far_its_end_lies(engine: Engine) -> None:
    month, century = DAY + timedelta(days=31), date(2099, 12, 31)
    until = DAY + timedelta(days=14)

    def frame_of(*ends_on: date) -> pd.DataFrame:
        keep_promotions(engine, *((f"W{n}", "P1", DAY, EVENING, end, 0.9, True) for n, end in enumerate(ends_on)))
        with reading(engine) as session:
            return promotions_as_of(session, LATER, since=DAY + timedelta(days=1), until=until)

    soon, late = frame_of(*[month] * 180), frame_of(*[century] * 180)

    assert len(late) == 180 * 14
    pd.testing.assert_frame_equal(late, soon)


def test_of_a_promotion_that_begins_beyond_the_horizon_the_first_day_is_known(engine: Engine) -> None:
    beyond = DAY + timedelta(days=60)
    keep_promotions(engine, ("W1", "P1", beyond, EVENING, date(2099, 12, 31), 0.9, True))

    with reading(engine) as session:
        days = promotions_as_of(session, LATER, until=DAY + timedelta(days=14))

    assert days["date"].tolist() == [pd.Timestamp(beyond)]


def test_a_promotion_that_was_replaced_by_a_shorter_one_ends_with_it(engine: Engine) -> None:
    keep_promotions(
        engine,
        ("W1", "P1", DAY, EVENING, date(2099, 12, 31), 0.9, True),
        ("W1", "P1", DAY, LATER, DAY + timedelta(days=1), 0.9, True),
    )

    with reading(engine) as session:
        assert promotions_as_of(session, LATER, since=DAY + timedelta(days=5), until=DAY + timedelta(days=14)).empty


@pytest.mark.parametrize(("moment", "expected"), [(EVENING, [11.0, 9.0]), (LATER, [11.0, 9.0, 7.5])])
def test_weather_is_all_that_was_forecast_by_then_and_at_last_observed(engine: Engine, moment, expected) -> None:
    tomorrow = DAY + timedelta(days=1)
    columns = ["warehouse_id", "date", "issued_at", "observed", "temperature_c", "wind_level"]
    rows = [
        ("W1", tomorrow, EVENING - timedelta(days=1), False, 11.0, 2.0),
        ("W1", tomorrow, EVENING, False, 9.0, 2.0),
        ("W1", tomorrow, EVENING + timedelta(days=1), True, 7.5, None),
    ]
    keep(engine, WeatherRow, columns, rows)

    with reading(engine) as session:
        weather = weather_as_of(session, moment, ["W1"], since=tomorrow)

    assert weather["temperature_c"].tolist() == expected
    assert weather["observed"].tolist() == [False, False, True][: len(expected)]
    assert weather["wind_speed"].isna().tolist() == [False, False, True][: len(expected)]
    assert str(weather["issued_at"].dtype) == "datetime64[us, UTC]"


def test_empty_tables_give_frames_with_their_columns(engine: Engine) -> None:
    with reading(engine) as session:
        promotions, weather = promotions_as_of(session, LATER), weather_as_of(session, LATER)
        products, warehouses = products_frame(session), warehouses_frame(session)

    assert list(promotions) == ["warehouse_id", "product_id", "date", "discount", "promoted", "known_at"]
    assert str(weather["date"].dtype) == "datetime64[us]"
    assert list(products) == ["product_id", "category", "subcategory", "unit", "in_wholes", "introduced", "delisted"]
    assert list(warehouses) == ["warehouse_id", "city", "closed", "country", "subdivision"]


def test_the_catalogue_says_when_a_product_came_and_goes_and_when_a_warehouse_closes(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(
            WarehouseRow(warehouse_id="W1", name="One", city="Hangzhou", timezone="Asia/Shanghai", closed_on=DAY)
        )
        session.add(
            ProductRow(
                product_id="P1", name="Spinach", category="leaf", band=Band.LEAF, unit=Unit.KG,
                list_price=Decimal("12.3"), introduced_on=DAY,
            )
        )  # fmt: skip
        session.add(
            ProductRow(
                product_id="P2", name="Eggs", category="dairy", band=Band.CHILLED, unit=Unit.PIECE, delisted_on=DAY
            )
        )

    with reading(engine) as session:
        products, warehouses = products_frame(session), warehouses_frame(session)

    assert products["unit"].tolist() == ["kg", "piece"]
    assert products["in_wholes"].tolist() == [False, True]
    assert products["introduced"].tolist() == [pd.Timestamp(DAY), pd.NaT]
    assert products["delisted"].tolist() == [pd.NaT, pd.Timestamp(DAY)]
    assert warehouses.values.tolist() == [["W1", "Hangzhou", pd.Timestamp(DAY), "CN", None]]


def test_events_are_read_in_every_version_that_was_known_by_then(engine: Engine) -> None:
    usual = {"event_id": "fair-2026", "name": "Fair", "kind": "fair", "last_day": DAY + timedelta(days=9)}
    with writing(engine) as session:
        session.add(EventRow(**usual, known_at=EVENING, first_day=DAY + timedelta(days=5), city="Hangzhou"))
        session.add(EventRow(**usual, known_at=LATER, first_day=DAY + timedelta(days=7), cancelled=True))

    with reading(engine) as session:
        none, before, after = (events_as_of(session, at) for at in (EVENING - timedelta(hours=1), EVENING, LATER))

    for frame in (none, before, after):
        check_columns(frame, EVENT_COLUMNS, "events")
    assert none.empty
    assert before[["city", "warehouse_id", "closed", "cancelled"]].values.tolist() == [["Hangzhou", None, False, False]]
    assert after["first_day"].dt.day.tolist() == [6, 8]
    assert after["cancelled"].tolist() == [False, True]
