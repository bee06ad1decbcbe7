"""Nothing is forecast, suggested a slot or learned anew beyond the last day of a product or a warehouse."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, delete, func, select, update

from data.database import reading, writing
from data.frames.found_by_forecasts import ended_products
from data.tables import (
    DailyAvailabilityRow,
    DailySalesRow,
    ForecastRow,
    HourlyForecastRow,
    ProductRow,
    SilentProductRow,
    SlotSuggestionRow,
    WarehouseRow,
)
from flows.day.scope import chosen_warehouses
from flows.demand import forecasts
from flows.demand.models import training
from flows.demand.models.promoting import promote_or_reject
from flows.demand.run_snapshot import load_known
from flows.errors import NotNow
from flows.slotting.slots_and_moves import suggest_slots
from tests.integration.flows.conftest import NOW, TODAY
from tests.integration.flows.few_weeks import LAST, ORIGIN, WAREHOUSES, sell

PRODUCTS = ("P00", "P01", "P02")
WEEK = [LAST + timedelta(days=ahead) for ahead in range(1, 8)]


@pytest.fixture
def region(engine: Engine) -> Engine:
    """Two warehouses with three products, small enough for smoothing."""
    sell(engine, products=PRODUCTS, days=21)
    return engine


def last_day_of(engine: Engine, product_id: str, day: date) -> None:
    with writing(engine) as session:
        session.execute(update(ProductRow).where(ProductRow.product_id == product_id).values(delisted_on=day))


def close(engine: Engine, warehouse_id: str, day: date) -> None:
    with writing(engine) as session:
        session.execute(update(WarehouseRow).where(WarehouseRow.warehouse_id == warehouse_id).values(closed_on=day))


def forecast_all(engine: Engine, warehouses: Sequence[str] = WAREHOUSES) -> None:
    region_model_id = training.train_region_model(engine, ORIGIN, ORIGIN)
    for name in warehouses:
        training.train_warehouses(engine, [name], region_model_id, ORIGIN)
    promote_or_reject(engine, region_model_id, ORIGIN)
    for name in warehouses:
        forecasts.forecast_warehouses(engine, [name], ORIGIN, ORIGIN, len(WEEK))


def days_forecast(engine: Engine, warehouse_id: str, product_id: str) -> list[date]:
    with reading(engine) as session:
        query = select(ForecastRow.date).where(
            ForecastRow.warehouse_id == warehouse_id, ForecastRow.product_id == product_id
        )
        return list(session.scalars(query.order_by(ForecastRow.date)))


def test_a_product_is_forecast_to_its_last_day_and_no_further(region: Engine) -> None:
    last_day_of(region, "P00", WEEK[1])
    last_day_of(region, "P01", LAST - timedelta(days=3))

    forecast_all(region)

    assert days_forecast(region, "W1", "P00") == days_forecast(region, "W2", "P00") == WEEK[:2]
    assert days_forecast(region, "W1", "P01") == []
    assert days_forecast(region, "W1", "P02") == WEEK
    with reading(region) as session:
        by_the_hour = select(HourlyForecastRow.product_id, HourlyForecastRow.date).distinct()
        assert not {("P00", WEEK[2]), ("P01", WEEK[0])} & set(session.execute(by_the_hour).tuples())


def test_what_seems_to_have_ended_is_kept_with_the_forecast_and_counted(region: Engine) -> None:
    with writing(region) as session:
        gone = DailySalesRow.warehouse_id == "W1", DailySalesRow.date > LAST - timedelta(days=15)
        for table in (DailySalesRow, DailyAvailabilityRow):
            of_day = table.warehouse_id == "W1", table.date > LAST - timedelta(days=15)
            session.execute(delete(table).where(*of_day, table.product_id.in_(("P00", "P01"))))
        assert session.scalar(select(func.count()).select_from(DailySalesRow).where(*gone)) == 15
    last_day_of(region, "P00", LAST)  # known to be gone, so in no doubt

    forecast_all(region)
    forecasts.forecast_warehouses(region, ["W1"], ORIGIN, ORIGIN, len(WEEK))  # again: replaces

    with reading(region) as session:
        (kept,) = session.scalars(select(SilentProductRow)).all()
        assert (kept.warehouse_id, kept.product_id, kept.ended, kept.silent_days) == ("W1", "P01", True, 15)
        assert kept.last_sold_on == LAST - timedelta(days=15)
        assert ended_products(session, ["W1", "W2"], ORIGIN) == 1
        assert ended_products(session, ["W2"], ORIGIN) == 0
        models = select(ForecastRow.product_id, ForecastRow.model).where(ForecastRow.warehouse_id == "W1").distinct()
        assert dict(session.execute(models).tuples().all())["P01"] == "ended"


def test_a_warehouse_is_forecast_to_its_last_day_and_its_past_still_teaches(region: Engine) -> None:
    close(region, "W1", WEEK[2])
    close(region, "W2", LAST)

    forecast_all(region)

    assert days_forecast(region, "W1", "P00") == WEEK[:3]
    assert days_forecast(region, "W2", "P00") == []
    with reading(region) as session:
        assert set(load_known(session, ORIGIN).history.days["warehouse_id"]) == {"W1", "W2"}


def test_a_warehouse_is_chosen_up_to_its_last_day(region: Engine) -> None:
    close(region, "W2", WEEK[0])
    on_its_last_day, after_it = ORIGIN + timedelta(hours=10), ORIGIN + timedelta(hours=34)

    assert list(chosen_warehouses(region, None, on_its_last_day)) == ["W1", "W2"]
    assert list(chosen_warehouses(region, None, after_it)) == ["W1"]
    with pytest.raises(NotNow, match=f"W2 is closed since the end of {WEEK[0]}"):
        chosen_warehouses(region, ["W1", "W2"], after_it)


def test_a_last_day_is_part_of_what_is_known(region: Engine) -> None:
    first = training.train_region_model(region, ORIGIN, ORIGIN)
    last_day_of(region, "P00", WEEK[1])
    second = training.train_region_model(region, ORIGIN, ORIGIN + timedelta(minutes=1))
    close(region, "W1", WEEK[1])
    third = training.train_region_model(region, ORIGIN, ORIGIN + timedelta(minutes=2))

    assert len({first, second, third}) == 3


def test_a_last_day_that_became_known_after_the_forecast_ends_slots_too(shop: Engine) -> None:
    last_day_of(shop, "milk", TODAY - timedelta(days=1))
    suggest_slots(shop, ["W1"], NOW)
    with reading(shop) as session:
        suggested = set(session.scalars(select(SlotSuggestionRow.product_id)))
    assert suggested == {"spinach", "saffron"}


def test_slots_are_for_the_days_from_today_there(shop: Engine) -> None:
    """The origin, 1 March 16:00 UTC, is the end of 1 March in Shanghai: what was sold on it needs no slot any more."""
    with writing(shop) as session:
        session.execute(
            update(ForecastRow).where(ForecastRow.product_id == "saffron").values(mean=0.001, q90=0.002, q95=0.003)
        )
        of_yesterday = dict.fromkeys(("q05", "q10", "q25", "q50", "q75", "q90", "q95", "mean"), 900.0)
        session.add(
            ForecastRow(warehouse_id="W1", product_id="saffron", date=TODAY - timedelta(days=1),
                    origin=NOW.replace(day=1, hour=16), model="test", **of_yesterday)
        )  # fmt: skip
    suggest_slots(shop, ["W1"], NOW)
    with reading(shop) as session:
        lines = session.scalar(select(SlotSuggestionRow.lines_per_day).where(SlotSuggestionRow.product_id == "saffron"))
    assert lines == pytest.approx(0.001)
