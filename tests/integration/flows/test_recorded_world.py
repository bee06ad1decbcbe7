"""Recorded stores as a world: what was recorded stays, what was hidden is drawn, and it can be played."""

from pathlib import Path

import numpy as np
import pytest

from data.database import open_database, reading, upgrade_schema
from data.tables import DailySalesRow, PromotionRow, WeatherRow
from flows.errors import Invalid, NotNow
from flows.simulating.buyers import buyer_of
from flows.simulating.playing import Play
from flows.simulating.recorded_world import RecordedSize, RecordedWorld, hidden_demand

SHARES = np.full(24, 1 / 24)


@pytest.fixture
def size(shared_data: Path) -> RecordedSize:
    files = shared_data / "freshretailnet" / "train.parquet", shared_data / "vegetables" / "item_day.csv"
    return RecordedSize(*files, city=1, warehouses=2, products=6, days=5)


@pytest.fixture
def world(size: RecordedSize) -> RecordedWorld:
    return size.make()


def test_hours_in_stock_stay_and_hours_out_of_stock_are_drawn_around_the_level() -> None:
    sales = np.zeros((40, 1, 1, 24), np.int32)
    sales[:] = 5
    in_stock = np.ones(sales.shape, bool)
    in_stock[-20:, ..., 12:] = False
    sales[~in_stock] = 0
    wanted = hidden_demand(sales, in_stock, np.random.default_rng(1))
    assert (wanted[in_stock] == 5).all()
    assert wanted[~in_stock].mean() == pytest.approx(5, rel=0.1)


def test_a_day_all_out_of_stock_is_like_the_days_before() -> None:
    sales = np.full((30, 1, 1, 24), 4, np.int32)
    in_stock = np.ones(sales.shape, bool)
    sales[-1], in_stock[-1] = 0, False
    assert hidden_demand(sales, in_stock, np.random.default_rng(1))[-1].sum() == pytest.approx(96, abs=30)


def test_days_that_tell_no_level_of_their_own_are_like_those_around_them() -> None:
    sales = np.full((60, 2, 1, 24), 4, np.int32)
    in_stock = np.ones(sales.shape, bool)
    for days in (slice(0, 3), slice(20, 60)):  # out of stock at first, and later for longer than levels are looked for
        in_stock[days, 0] = False
    in_stock[:, 1] = False
    sales[~in_stock] = 0
    wanted = hidden_demand(sales, in_stock, np.random.default_rng(1)).sum(axis=(2, 3))
    assert wanted[:3, 0].mean() == pytest.approx(96, abs=20)
    assert wanted[20:, 0].mean() == pytest.approx(96, abs=6)
    assert wanted[:, 1].mean() == pytest.approx(96, abs=6), "never in stock in this store, as in the other"


def test_days_without_a_level_teach_those_after_them_nothing() -> None:
    sales = np.full((30, 1, 1, 24), 4, np.int32)
    in_stock = np.ones(sales.shape, bool)
    sales[:10] = 40
    sales[10:], in_stock[10:] = 0, False
    sales[20], in_stock[20] = 4, True
    wanted = hidden_demand(sales, in_stock, np.random.default_rng(1)).sum(axis=(1, 2, 3))
    assert wanted[25] == pytest.approx(96, abs=40), "day 20 alone told a level in two weeks"


def test_a_past_holds_nothing_of_the_days_to_be_played(world: RecordedWorld, tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'past.sqlite'}")
    upgrade_schema(engine)
    with engine.execution_options(freshfront_writes=True).begin() as connection:
        world.write_past(connection)
    with reading(engine) as session:
        assert max(row.date for row in session.query(DailySalesRow)) < world.world.days[0]
        evening = max(row.known_at for row in session.query(DailySalesRow))
        assert max(row.issued_at for row in session.query(WeatherRow)) <= evening
        assert all(row.known_at <= evening for row in session.query(PromotionRow))
    played = Play(engine, world, buyer_of("naive")).days(lambda _: None)
    engine.dispose()
    assert played.sold[1:].sum() > 0
    assert (played.sold <= played.wanted + 1e-9).all()


def test_nobody_can_be_told_a_distribution_that_is_not_known(world: RecordedWorld) -> None:
    with pytest.raises(NotNow):
        world.distribution(0)


def test_more_days_than_are_recorded_are_refused(size: RecordedSize) -> None:
    with pytest.raises(Invalid, match="76 days"):
        RecordedSize(size.sales, size.economics, city=1, warehouses=2, products=6, days=70).make()
    with pytest.raises(Invalid, match="not found"):
        RecordedSize(Path("nowhere.parquet"), size.economics).make()
