"""Reviews of promotions over a random database of two time zones and two currencies, held to a slow recomputation from
the raw tables (`raw_promotions_reviewed.py`)."""

import csv
import math
import random
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import product
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.worth.promotion_sums import ReviewsAsked
from data.kept.promotion_reviews import COLUMNS, keep_reviews
from data.own_warehouses import see_only
from data.tables import (
    Band,
    CategoryTermsRow,
    DailySalesRow,
    ForecastContributionRow,
    LotRow,
    ProductRow,
    PromotionEffectRow,
    PromotionReviewRow,
    PromotionRow,
    RecoveredDemandRow,
    StockChangeKind,
    StockChangeRow,
    Unit,
    WarehouseDayRow,
    WarehouseRow,
)
from flows.errors import Invalid, NotNow, Unknown
from flows.reports.morning.keeping_days import keep_days
from flows.reports.promotions.as_csv import as_csv
from flows.reports.promotions.keeping_reviews import SETTLED, keep_promotion_reviews
from flows.reports.promotions.reviews import AskedOfPromotions, Reviews, promotion_reviews, review_of
from flows.reports.weeks import Weeks
from tests.integration.conftest import Filling
from warehouse.worth.promotions.promotion_figures import REACH, Earned
from warehouse.worth.promotions.reviewing import REVIEWED
from warehouse.worth.promotions.runs import RUN

from .raw_days_added_up import DAY, MARKUP, days_between
from .raw_promotions_reviewed import Cell, RawSales, ReviewedSlowly

LAST = date(2026, 4, 12)  # summer time begins in Berlin on 29 March
EARLIER, FIRST = LAST - 28 * DAY, LAST - 60 * DAY
ZONES = {"W1": ("Asia/Shanghai", "CNY"), "W2": ("Asia/Shanghai", "CNY"), "W3": ("Europe/Berlin", "EUR")}
PRODUCTS = {  # category, subcategory, list price
    "spinach": ("leaf", "leaves", 9), "cress": ("leaf", "leaves", 12), "chard": ("leaf", "leaves", 7),
    "basil": ("leaf", "herbs", None), "mint": ("leaf", "herbs", 10),
    "milk": ("dairy", None, 12), "curd": ("dairy", None, 8),
}  # fmt: skip
NOW = datetime(2026, 4, 13, 10, tzinfo=UTC)


def at(day: date, hour: float, name: str) -> datetime:
    """A local time of a day."""
    begin = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONES[name][0]))
    return (begin + timedelta(hours=hour)).astimezone(UTC)


class World:
    """Writes random rows."""

    def __init__(self, session: Session) -> None:
        self.session, self.random, self.numbers = session, random.Random(5), iter(range(10**6))  # noqa: S311
        self.free: dict[tuple[str, str], date] = {}

    def places(self) -> None:
        for name, (zone, currency) in ZONES.items():
            self.session.add(WarehouseRow(warehouse_id=name, name=name, city="X", timezone=zone, currency=currency))
        for name, (category, subcategory, price) in PRODUCTS.items():
            row = ProductRow(product_id=name, name=name, category=category, subcategory=subcategory, band=Band.CHILLED,
                             unit=Unit.KG, list_price=price and Decimal(price))  # fmt: skip
            self.session.add(row)
        self.session.add(CategoryTermsRow(category="", known_at=at(FIRST, 0, "W1"), set_by="x",
                                          goodwill=Decimal("0.5"), disposal=Decimal("0.2")))  # fmt: skip
        for number, (category, share) in enumerate((("leaf", 0.25), (None, 0.1))):
            self.session.add(PromotionEffectRow(row_no=number, origin=NOW, category=category, effect="taken", day=0,
                                                ratio=share, products=3, days=30))  # fmt: skip
        self.session.flush()

    def day(self, day: date) -> None:
        for name, goods in product(ZONES, PRODUCTS):
            if self.random.random() < 0.95:
                sales = float(self.random.randint(0, 20))
                self.session.add(DailySalesRow(warehouse_id=name, product_id=goods, date=day, sales=sales,
                                               known_at=at(day, 25, name)))  # fmt: skip
            if self.random.random() < 0.4:
                self.lot(name, goods, day)
            if self.random.random() < 0.7:
                self.explained(name, goods, day)
        for goods in PRODUCTS:
            if self.random.random() < 0.1:
                self.promotion(goods, day)

    def promotion(self, goods: str, day: date) -> None:
        """A promotion of some warehouses, of which one may be corrected and another called off."""
        last, price = day + self.random.randint(1, 5) * DAY, self.random.choice([0.7, 0.85, 0.98])
        for name in ZONES:
            if self.free.get((name, goods), day) > day:
                continue
            rows = [(last, price, True)]
            if (chance := self.random.random()) < 0.1:
                rows.append((last + DAY, price - 0.05, True))
            elif chance < 0.2:
                rows.append((last, 1.0, False))
            for hours, (ends, discount, promoted) in enumerate(rows):
                self.session.add(PromotionRow(warehouse_id=name, product_id=goods, starts_on=day, ends_on=ends,
                                              discount=discount, promoted=promoted,
                                              known_at=at(day, hours - 50, name)))  # fmt: skip
            self.free[name, goods] = last + 5 * DAY

    def explained(self, name: str, goods: str, day: date) -> None:
        for ago in (0, 1):
            shares = {one: self.random.uniform(-1, 2) for one in ("weekday", "holiday", "event", "season", "weather")}
            row = ForecastContributionRow(
                warehouse_id=name, product_id=goods, date=day, origin=at(day, -24 * ago, name), trend=0.1,
                level=self.random.uniform(8, 20), promotion=self.random.uniform(-1, 4), **shares)  # fmt: skip
            self.session.add(row)

    def lot(self, name: str, goods: str, day: date) -> None:
        key, cost = f"L{next(self.numbers)}", self.random.choice([None, Decimal("4.5"), Decimal("5")])
        self.session.add(LotRow(warehouse_id=name, lot_id=key, product_id=goods, received_at=at(day, 5, name),
                                quantity_received=Decimal(20), quantity_on_hand=Decimal(0), unit_cost=cost,
                                known_at=at(day, 6, name)))  # fmt: skip
        self.session.flush()
        if self.random.random() < 0.5:
            self.session.add(StockChangeRow(
                change_id=f"C{key}", action_id="a", warehouse_id=name, lot_id=key, by="x", reason="expired",
                change_no=next(self.numbers), kind=StockChangeKind.WRITTEN_OFF, quantity=-Decimal(3), left=Decimal(0),
                known_at=at(day, 24, name), happened_at=at(day, 12, name)))  # fmt: skip

    def recovered(self, last: date) -> None:
        """Demand behind sales, which is not known of every day."""
        self.session.execute(delete(RecoveredDemandRow))
        for name, goods in product(ZONES, PRODUCTS):
            how = "".join(self.random.choice("srgrs-") for _ in range(28))
            demand = np.array([self.random.uniform(0, 30) for _ in how], "<f4")
            self.session.add(RecoveredDemandRow(warehouse_id=name, product_id=goods, origin=NOW, last_day=last,
                                                demand=demand.tobytes(), how=how, days_seen_whole=1,
                                                highest_seen_quantile=0.9))  # fmt: skip


NIGHTS: list[tuple[date, RawSales]] = []


def fill_the_shop(engine: Engine) -> None:
    """Days added up on the morning after EARLIER and after LAST, each with the demand of four weeks."""
    NIGHTS.clear()
    with writing(engine) as session:
        world = World(session)
        world.places()
    for begun, until in ((FIRST, EARLIER), (EARLIER + DAY, LAST)):
        now = datetime(until.year, until.month, until.day, 10, tzinfo=UTC) + DAY
        with writing(engine) as session:
            world.session = session
            for day in days_between(begun, until):
                world.day(day)
            world.recovered(until)
        for name in ZONES:
            keep_days(engine, name, now, MARKUP)
        NIGHTS.append((until, RawSales(engine, now)))
    keep_promotion_reviews(engine)


@pytest.fixture
def filling() -> Filling:
    """One shop for all tests of the module, of which each gets a copy."""
    return fill_the_shop


def kept(engine: Engine) -> dict[Cell, PromotionReviewRow]:
    with reading(engine) as session:
        session.expire_on_commit = False
        rows = session.scalars(select(PromotionReviewRow))
        return {(one.warehouse_id, one.product_id, one.starts_on): one for one in rows}


def told(engine: Engine, asked: AskedOfPromotions | None = None) -> Reviews:
    with reading(engine) as session:
        return promotion_reviews(session, asked or AskedOfPromotions(Weeks.THIRTEEN))


@pytest.mark.parametrize("category", ["leaf", "dairy"])
def test_every_review_is_what_the_raw_rows_come_to(engine: Engine, category: str) -> None:
    slow = ReviewedSlowly(engine, category, LAST, NIGHTS).reviews()
    of_category = {cell: row for cell, row in kept(engine).items() if PRODUCTS[cell[1]][0] == category}

    assert of_category.keys() == slow.keys()
    assert sum(row.usual is not None for row in of_category.values()) > 10
    for cell, row in of_category.items():
        for name, expected in slow[cell].items():
            found = getattr(row, name)
            nothing = isinstance(expected, float) and math.isnan(expected)
            about = expected if isinstance(expected, date) else pytest.approx(expected, rel=1e-6, abs=1e-6)
            assert found == (None if nothing else about), f"{cell} {name}"


def test_the_table_keeps_all_that_is_worked_out() -> None:
    assert set(PromotionReviewRow.__table__.columns.keys()) == {*RUN, *REVIEWED}


def test_a_promotion_is_told_over_the_warehouses_of_its_currency(engine: Engine) -> None:
    """Given what is kept by warehouse, added up by hand."""
    groups = defaultdict(list)
    for (warehouse, goods, first), row in kept(engine).items():
        groups[goods, first, row.ends_on, row.discount, ZONES[warehouse][1]].append(row)

    found = told(engine).reviews

    assert len(found) == len(groups)
    for one in found:
        of = one.of
        every = groups[of.product_id, of.starts_on, of.ends_on, of.discount, of.currency]
        rows = [row for row in every if row.usual is not None]
        assert (of.warehouses, of.not_known) == (len(every), len(every) - len(rows))
        assert of.days_after == min(row.days_after for row in every)
        added = one.lies("added")
        if not rows:
            assert added is None
            continue
        assert added is not None
        assert added.low is not None
        errors, alike = [row.usual_error or 0 for row in rows], rows[0].alike
        square = (1 - alike) * sum(error**2 for error in errors) + alike * sum(errors) ** 2
        assert added.value == pytest.approx(sum(row.demand - (row.usual or 0) for row in rows))
        assert added.value - added.low == pytest.approx(REACH * math.sqrt(square))


def earned(rows: Sequence[PromotionReviewRow]) -> float | None:
    parts = [
        None
        if None in (row.margin, row.usual_margin, row.ahead_money, row.waste_money)
        else row.margin - row.usual_margin - row.ahead_money - (row.sibling_money or 0) - row.waste_money  # type: ignore[operator]
        for row in rows
        if row.usual is not None
    ]
    return None if None in parts or not parts else sum(one for one in parts if one is not None)


def test_what_it_earned_is_what_its_warehouses_did_and_those_that_lost_most_come_first(engine: Engine) -> None:
    found = told(engine).reviews
    rows = kept(engine)

    money = [one.lies("earned") for one in found]
    for one, lies in zip(found, money, strict=True):
        of = one.of
        mine = [
            row
            for (warehouse, goods, first), row in rows.items()
            if (goods, first, row.ends_on, row.discount) == (of.product_id, of.starts_on, of.ends_on, of.discount)
            and ZONES[warehouse][1] == of.currency
        ]
        if (expected := earned(mine)) is not None and lies is not None:
            assert lies.value == pytest.approx(expected)
    known = [lies.value for lies in money if lies is not None]
    assert len(known) > 5
    assert known == sorted(known)
    assert money[: len(known)] == [lies for lies in money if lies is not None]


def test_money_is_added_up_over_warehouses_of_which_all_of_it_is_known(engine: Engine) -> None:
    """Given a warehouse that opened with the promotion: nobody knows what waste was usual there."""
    both = (one for one in told(engine).reviews if one.of.warehouses == 2 and not one.of.not_known)
    one = next(one for one in both if one.lies("earned"))
    mine = (one.of.product_id, one.of.starts_on)
    with writing(engine) as session:
        opened = session.get_one(PromotionReviewRow, (*mine, "W2"))
        opened.wasted = opened.waste_money = opened.waste_error = None

    with reading(engine) as session:
        (together, *_), (other, *_) = review_of(session, *mine)

    assert other.of.warehouse_id == "W1"
    for name in ("earned", "more_margin", "ahead_money", "sibling_money", "waste_money"):
        assert together.lies(name) == other.lies(name)
    assert together.lies("demand") == one.lies("demand")


def test_a_product_without_a_list_price_is_told_without_money(engine: Engine) -> None:
    basil = [one for one in told(engine).reviews if one.of.product_id == "basil" and one.of.sums]
    assert basil
    assert all(one.earned is Earned.NOT_KNOWN for one in basil)
    assert any(one.lies("added") is not None for one in basil)


@pytest.mark.parametrize(
    "chosen", [ReviewsAsked("W3"), ReviewsAsked(category="dairy"), ReviewsAsked(product_id="cress")]
)
def test_one_warehouse_category_or_product_is_told_alone(engine: Engine, chosen: ReviewsAsked) -> None:
    found = told(engine, AskedOfPromotions(Weeks.THIRTEEN, None, chosen)).reviews

    rows = {
        (goods, first, row.ends_on, row.discount, ZONES[warehouse][1])
        for (warehouse, goods, first), row in kept(engine).items()
        if chosen.warehouse_id in (None, warehouse)
        if chosen.product_id in (None, goods)
        if chosen.category in (None, PRODUCTS[goods][0])
    }
    assert rows
    of = [one.of for one in found]
    assert {(one.product_id, one.starts_on, one.ends_on, one.discount, one.currency) for one in of} == rows


def test_promotions_are_told_by_the_day_on_which_they_ended(engine: Engine) -> None:
    until = LAST - 14 * DAY
    found = told(engine, AskedOfPromotions(Weeks.FOUR, until))

    assert (found.first, found.last) == (until - 27 * DAY, until)
    ended = {one.of.ends_on for one in found.reviews}
    assert ended == {row.ends_on for row in kept(engine).values() if found.first <= row.ends_on <= until}


def test_a_week_after_its_end_it_is_reviewed_and_not_before(engine: Engine) -> None:
    last_told = max(row.ends_on for row in kept(engine).values())
    assert last_told <= LAST - 7 * DAY
    assert told(engine).last == LAST - 7 * DAY


def test_one_promotion_is_told_together_and_by_warehouse(engine: Engine) -> None:
    one = next(one for one in told(engine).reviews if one.of.warehouses == 2)
    with reading(engine) as session:
        together, by_warehouse = review_of(session, one.of.product_id, one.of.starts_on)

    assert one.told == next(other for other in together if other.of == one.of).told
    mine = [other for other in by_warehouse if other.of.currency == one.of.currency]
    assert [other.of.warehouse_id for other in mine] == ["W1", "W2"]
    demand = [other.lies("demand") for other in (one, *mine) if other.of.sums]
    assert demand[0] is not None
    assert demand[0].value == pytest.approx(sum(lies.value for lies in demand[1:] if lies is not None))


def test_what_is_not_there_is_refused(engine: Engine) -> None:
    with reading(engine) as session:
        for asked in (ReviewsAsked("nowhere"), ReviewsAsked(category="none"), ReviewsAsked(product_id="nothing")):
            with pytest.raises(Unknown):
                promotion_reviews(session, AskedOfPromotions(chosen=asked))
        with pytest.raises(Unknown, match="has been reviewed"):
            review_of(session, "cress", FIRST - DAY)
        with pytest.raises(Invalid):
            promotion_reviews(session, AskedOfPromotions(until=date(1200, 1, 1)))


def test_before_any_day_was_added_up_nothing_is_told(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(delete(WarehouseDayRow))

    assert keep_promotion_reviews(engine) == 0
    with pytest.raises(NotNow, match="report days"):
        told(engine)


def test_what_did_not_change_is_not_written_again(engine: Engine) -> None:
    assert keep_promotion_reviews(engine) == 0


def test_what_is_settled_stays_as_it_was_told(engine: Engine) -> None:
    """Given the review of a promotion that ended just before the days that are still worked out anew."""
    cell, one = next(iter(kept(engine).items()))
    settled = {name: getattr(one, name) for name in COLUMNS}
    settled |= {"starts_on": LAST - SETTLED - 3 * DAY, "ends_on": LAST - SETTLED - DAY}
    with writing(engine) as session:
        session.add(PromotionReviewRow(**settled))

    assert keep_promotion_reviews(engine) == 0
    assert (*cell[:2], settled["starts_on"]) in kept(engine)


def test_of_two_nights_at_once_one_waits_and_both_end_well(engine: Engine) -> None:
    before = kept(engine)
    leaf = [row for (_, goods, _), row in before.items() if PRODUCTS[goods][0] == "leaf"]
    with writing(engine) as session:
        session.execute(delete(PromotionReviewRow))
    with ThreadPoolExecutor(1) as other:
        with writing(engine) as session:
            rows = [{name: getattr(row, name) for name in COLUMNS} for row in leaf]
            keep_reviews(session, "leaf", FIRST, LAST, rows)
            session.flush()
            night = other.submit(keep_promotion_reviews, engine)
            with pytest.raises(TimeoutError):
                night.result(1)
        night.result(60)

    assert kept(engine).keys() == before.keys()


def test_a_promotion_that_is_called_off_afterwards_is_reviewed_no_more(engine: Engine) -> None:
    cell = next(iter(kept(engine)))
    warehouse, goods, first = cell
    with writing(engine) as session:
        session.add(PromotionRow(warehouse_id=warehouse, product_id=goods, starts_on=first, ends_on=first, discount=1.0,
                                 promoted=False, known_at=NOW))  # fmt: skip

    assert keep_promotion_reviews(engine) > 0
    assert cell not in kept(engine)


def test_a_promotion_that_went_on_for_longer_is_reviewed_as_it_was(engine: Engine) -> None:
    cell, before = next((cell, row) for cell, row in kept(engine).items() if row.ends_on < LAST - 10 * DAY)
    warehouse, goods, first = cell
    with writing(engine) as session:
        session.add(PromotionRow(warehouse_id=warehouse, product_id=goods, starts_on=first,
                                 ends_on=before.ends_on + DAY, discount=before.discount, promoted=before.promoted,
                                 known_at=NOW))  # fmt: skip

    keep_promotion_reviews(engine)

    now = kept(engine)[cell]
    assert (now.ends_on, now.days) == (before.ends_on + DAY, before.days + 1)


def test_what_was_planned_stays_when_forecasts_are_pruned(engine: Engine) -> None:
    before = {cell: row.planned for cell, row in kept(engine).items() if row.planned is not None}
    assert before
    with writing(engine) as session:
        session.execute(delete(ForecastContributionRow))

    keep_promotion_reviews(engine)

    assert before == {cell: row.planned for cell, row in kept(engine).items() if row.planned is not None}


def test_a_key_of_some_warehouses_is_told_of_them_alone(engine: Engine) -> None:
    with reading(engine) as session:
        see_only(session, lambda: frozenset({"W1"}))
        found = promotion_reviews(session, AskedOfPromotions(Weeks.THIRTEEN)).reviews
    alone = told(engine, AskedOfPromotions(Weeks.THIRTEEN, None, ReviewsAsked("W1"))).reviews

    assert found
    assert [(one.of, one.told) for one in found] == [(one.of, one.told) for one in alone]


def test_csv_holds_the_same_numbers_to_their_last_digit(engine: Engine) -> None:
    found = told(engine)
    rows = list(csv.DictReader(StringIO(as_csv(found.reviews))))

    figures = [(one, figure) for one in found.reviews for figure in one.told]
    assert len(rows) == len(figures)
    for row, (one, figure) in zip(rows, figures, strict=True):
        assert (row["product_id"], row["figure"]) == (one.of.product_id, figure.figure.name)
        assert row["currency"] == one.of.currency
        assert row["value"] == ("" if figure.lies is None else str(figure.lies.value))
        assert row["low"] == ("" if figure.lies is None or figure.lies.low is None else str(figure.lies.low))
