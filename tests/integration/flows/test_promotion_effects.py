"""What promotions did is learned from the database, kept in it and printed."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, select, update

from data.database import reading, writing
from data.local_days import end_of_day
from data.tables import DailySalesRow, PromotionEffectRow, PromotionRow
from flows.commands import application
from flows.demand.promotion_effects import learn_promotion_effects
from tests.integration.flows.few_weeks import LAST, ORIGIN, WAREHOUSES, ZONE, sell

SOLD = ("P00", "P01", "P02", "P10", "P11", "P12")
RUNS = [(product, LAST - timedelta(days=ago)) for ago, product in ((40, "P00"), (25, "P01"), (12, "P02"), (30, "P10"))]


@pytest.fixture
def promoted(engine: Engine) -> Engine:
    """Six products; four were a quarter off for three days, on which they sold twice as much."""
    sell(engine, products=SOLD)
    with writing(engine) as session:
        session.add_all(
            PromotionRow(warehouse_id=warehouse, product_id=product, starts_on=first, ends_on=first + timedelta(days=2),
                      known_at=end_of_day(first - timedelta(days=3), ZONE), discount=0.75, promoted=True)
            for warehouse in WAREHOUSES
            for product, first in RUNS
        )  # fmt: skip
        twice = {"sales": DailySalesRow.sales * 2, "hourly_sales": None}
        for product, first in RUNS:
            of_run = DailySalesRow.date.between(first, first + timedelta(days=2))
            session.execute(update(DailySalesRow).where(DailySalesRow.product_id == product, of_run).values(**twice))
    return engine


def kept(engine: Engine) -> list[PromotionEffectRow]:
    with reading(engine) as session:
        return list(session.scalars(select(PromotionEffectRow).order_by(PromotionEffectRow.row_no)))


def test_what_promotions_did_is_kept_for_all_and_by_category(promoted: Engine) -> None:
    learned = learn_promotion_effects(promoted, ORIGIN, ORIGIN)

    rows = kept(promoted)
    assert len(rows) == learned
    assert {row.category for row in rows} == {None, "P0", "P1"}
    (first,) = [row for row in rows if (row.category, row.effect, row.day) == (None, "uplift", 1)]
    assert first.ratio == pytest.approx(2, rel=0.2)
    assert (first.depth_from, first.depth_to, first.products, first.days) == (0.2, 0.3, 4, 8)
    assert first.low is not None
    assert first.high is not None
    assert first.low <= first.ratio <= first.high
    assert {row.origin for row in rows} == {ORIGIN}

    # then an older origin does not take its place, and the same one does
    earlier = end_of_day(LAST - timedelta(days=7), ZONE)
    assert learn_promotion_effects(promoted, earlier, ORIGIN + timedelta(minutes=1)) == 0
    assert {row.origin for row in kept(promoted)} == {ORIGIN}
    with writing(promoted) as session:
        session.execute(delete(PromotionRow))
    assert learn_promotion_effects(promoted, ORIGIN, ORIGIN + timedelta(minutes=2)) == 0
    assert kept(promoted) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_learns_and_prints_it(
    promoted: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", promoted.url.render_as_string(hide_password=False))

    def freshfront(*options: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["freshfront", "promotion-effects", *options])
        with pytest.raises(SystemExit) as ended:
            application.main()
        return int(ended.value.code or 0), capsys.readouterr().out

    code, out = freshfront("--as-of", f"{LAST}")
    assert code == 0
    assert "uplift  20%-30%    1" in out
    code, out = freshfront("--as-of", f"{LAST}", "--json")
    assert code == 0
    assert {row["category"] for row in json.loads(out)} == {None, "P0", "P1"}
