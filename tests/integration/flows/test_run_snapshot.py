"""What a run knows where clocks have several names, or warehouses several clocks, and promotions no end."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, update

from data.database import reading, writing
from data.tables import DailySalesRow, PromotionRow, WarehouseRow
from flows.demand import run_snapshot
from flows.demand.run_snapshot import clock_of, clocks_of, load_known, load_snapshot
from flows.errors import Invalid
from forecasting.demand.hourly_profiles import HourlyProfiles
from forecasting.features.panel import Panel
from forecasting.known import looking_back
from tests.integration.flows.few_weeks import LAST, ORIGIN, ZONE, sell

# which warehouses a clock has is decided after the database has answered
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FEW_PRODUCTS, FEW_DAYS = ("P03", "P04"), 14


def give_zone(engine: Engine, warehouse_id: str, zone: str) -> None:
    with writing(engine) as session:
        session.execute(update(WarehouseRow).where(WarehouseRow.warehouse_id == warehouse_id).values(timezone=zone))


@pytest.mark.parametrize("zone", ["Asia/Chongqing", "PRC", "Asia/Hong_Kong"])
def test_warehouses_by_several_names_of_one_clock_are_known_together(engine: Engine, zone: str) -> None:
    sell(engine, products=FEW_PRODUCTS, days=FEW_DAYS)
    with reading(engine) as session:
        one_name = load_snapshot(session, ORIGIN, ZONE)
    give_zone(engine, "W2", zone)

    with reading(engine) as session:
        several = load_snapshot(session, ORIGIN, zone)

    assert not several.broken
    assert several.digest == one_name.digest


def test_warehouses_of_another_clock_are_a_region_of_their_own(engine: Engine) -> None:
    sell(engine, ("W1", "W2", "W3"), products=FEW_PRODUCTS, days=FEW_DAYS)
    give_zone(engine, "W1", "Asia/Tokyo")
    give_zone(engine, "W3", "PRC")

    with reading(engine) as session:
        regions = {zone: load_snapshot(session, ORIGIN, zone).known for zone in clocks_of(session, ORIGIN)}
        with pytest.raises(Invalid, match=r"one clock.*Asia/Shanghai.*Asia/Tokyo"):
            load_known(session, ORIGIN)
        with pytest.raises(Invalid, match=r"several clocks \(Asia/Tokyo, Asia/Shanghai\)"):
            clock_of(session, ORIGIN, ["W1", "W2"])
        assert clock_of(session, ORIGIN, ["W3"]) == "Asia/Shanghai"

    assert {zone: set(known.history.days["warehouse_id"]) for zone, known in regions.items()} == {
        "Asia/Tokyo": {"W1"}, "Asia/Shanghai": {"W2", "W3"},
    }  # fmt: skip
    assert {zone: set(known.warehouses["warehouse_id"]) for zone, known in regions.items()} == {
        "Asia/Tokyo": {"W1"}, "Asia/Shanghai": {"W2", "W3"},
    }  # fmt: skip
    ends = {zone: known.origin_day.tz_localize(zone) + pd.Timedelta(days=1) for zone, known in regions.items()}
    assert all(end <= ORIGIN < end + pd.Timedelta(days=1) for end in ends.values())


def test_promotions_without_an_end_are_known_as_those_until_next_month_are(engine: Engine) -> None:
    sell(engine, products=FEW_PRODUCTS, days=FEW_DAYS)

    def panel_of(ends_on: date) -> tuple[int, Panel]:
        with writing(engine) as session:
            session.execute(update(PromotionRow).values(ends_on=ends_on))
        with reading(engine) as session:
            known = load_known(session, ORIGIN)
        return len(known.promotions), Panel.of(known, HourlyProfiles.learn(known.history, known.products))

    rows, soon = panel_of(LAST + timedelta(days=31))
    rows_of_2099, late = panel_of(date(2099, 12, 31))

    assert rows == rows_of_2099 == 14  # the days that a forecast reaches
    np.testing.assert_array_equal(late.plans.values, soon.plans.values)
    np.testing.assert_array_equal(late.plans.known_day, soon.plans.known_day)


def test_history_beyond_a_year_is_read_where_there_is_any_and_it_is_not_too_much(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(engine, ("W1",), products=FEW_PRODUCTS, days=FEW_DAYS)

    def first_day() -> date:
        with reading(engine) as session:
            return load_known(session, ORIGIN).history.days["date"].min().date()

    assert first_day() == LAST - timedelta(days=FEW_DAYS - 1)
    with writing(engine) as session:
        for back in (390, 800, 3000):
            day = LAST - timedelta(days=back)
            row = {"warehouse_id": "W1", "product_id": "P03", "date": day, "sales": 3.0, "known_at": ORIGIN}
            session.add(DailySalesRow(**row))
    read, sales_as_of = [], run_snapshot.sales_as_of
    monkeypatch.setattr(run_snapshot, "sales_as_of", lambda *given: read.append(given) or sales_as_of(*given))
    assert first_day() == LAST - timedelta(days=800), "years, but not all that there ever were"
    assert len(read) == 1, "and none of it twice"
    monkeypatch.setattr(looking_back, "MOST_ROWS", 500)
    assert first_day() == LAST - timedelta(days=390), "two products a day are 500 rows in 250 days"
