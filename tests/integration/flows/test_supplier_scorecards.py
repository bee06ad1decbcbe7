"""Suppliers' scorecards over a random database of two time zones and two currencies, held to a slow recomputation from
the raw tables (`raw_suppliers_added_up.py`)."""

import csv
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import product
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.worth.sums import By, Chosen
from data.frames.worth.supplier_sums import OF_SUPPLIERS
from data.kept.removal import remove_warehouses
from data.own_warehouses import see_only
from data.tables import (
    Band,
    CategoryTermsRow,
    DailySalesRow,
    InspectionRow,
    LineDayRow,
    LotRow,
    OfferRow,
    OfferTierRow,
    ProductRow,
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    RecoveredDemandRow,
    Stage,
    StockChangeKind,
    StockChangeRow,
    SupplierDayRow,
    SupplierRow,
    Unit,
    WarehouseRow,
)
from flows.errors import Invalid, NotNow, Unknown
from flows.reports.morning.keeping_days import keep_days
from flows.reports.morning.report import Asked, MorningReport, Period, morning_report
from flows.reports.suppliers.as_csv import as_csv
from flows.reports.suppliers.scorecards import (
    AskedOfSuppliers,
    Scorecard,
    Scorecards,
    scorecard_of,
    supplier_scorecards,
)
from flows.reports.weeks import Weeks
from tests.integration.conftest import Filling
from warehouse.worth.suppliers.supplier_figures import FIGURES
from warehouse.worth.suppliers.supplier_sums import SUPPLIER_SUMS

from .raw_days_added_up import DAY, MARKUP, days_between
from .raw_suppliers_added_up import RawSuppliers
from .test_morning_report import is_same

LAST = date(2026, 4, 12)  # a Sunday; summer time begins in Berlin on 29 March
FIRST = LAST - 55 * DAY
ZONES = {"W1": ("Asia/Shanghai", "CNY"), "W2": ("Asia/Shanghai", "CNY"), "W3": ("Europe/Berlin", "EUR")}
PRODUCTS = {"spinach": ("leaf", 9, 5), "milk": ("dairy", None, 12), "rice": ("dry", 30, None)}
FARMS = ("farm", "mill", "silent")
NOW = datetime(2026, 4, 13, 20, tzinfo=UTC)


def at(day: date, hour: float, name: str) -> datetime:
    """A local time of a day."""
    begin = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONES[name][0]))
    return (begin + timedelta(hours=hour)).astimezone(UTC)


class World:
    """Writes random rows."""

    def __init__(self, session: Session) -> None:
        self.session, self.random, self.numbers = session, random.Random(3), iter(range(10**6))  # noqa: S311

    def id(self, what: str) -> str:
        return f"{what}{next(self.numbers)}"

    def units(self, most: float = 12) -> Decimal:
        return Decimal(str(round(self.random.uniform(0, most), 1)))

    def places(self) -> None:
        for name, (zone, currency) in ZONES.items():
            self.session.add(WarehouseRow(warehouse_id=name, name=name, city="X", timezone=zone, currency=currency))
        for name, (category, price, life) in PRODUCTS.items():
            self.session.add(ProductRow(product_id=name, name=name, category=category, band=Band.CHILLED, unit=Unit.KG,
                                        list_price=price and Decimal(price), shelf_life_days=life))  # fmt: skip
        for name in FARMS:
            self.session.add(SupplierRow(supplier_id=name, name=name.title(), kind="farm", language="zh"))
        self.session.flush()
        for farm, goods in product(FARMS, PRODUCTS):
            offer = OfferRow(offer_id=f"{farm} {goods}", supplier_id=farm, product_id=goods, pack_size=Decimal(1),
                             min_quantity=Decimal(0), lead_time_days=1, delivery_weekdays="1,2,3,4,5,6,7",
                             valid_from=FIRST, known_at=at(FIRST, 0, "W1"))  # fmt: skip
            offer.tiers = [
                OfferTierRow(min_quantity=Decimal(least), unit_price=Decimal(price))
                for least, price in ((4, "5.5"), (10, "5"), (50, "4.4"))
            ]
            self.session.add(offer)
        self.session.add(CategoryTermsRow(category="", known_at=at(FIRST, 0, "W1"), set_by="x",
                                          goodwill=Decimal("0.5"), disposal=Decimal("0.2")))  # fmt: skip

    def day(self, day: date) -> None:
        for name, goods in product(ZONES, PRODUCTS):
            if self.random.random() < 0.9:
                self.session.add(DailySalesRow(warehouse_id=name, product_id=goods, date=day, sales=float(self.units()),
                                               known_at=at(day, 25, name)))  # fmt: skip
            for farm in FARMS:
                if self.random.random() < 0.25:
                    self.order(farm, name, goods, day)
            if self.random.random() < 0.5:
                self.lot(self.random.choice([*FARMS, None]), name, goods, day)
            for stage in Stage:
                if self.random.random() < 0.15:
                    self.inspection(self.random.choice([*FARMS, None]), name, goods, day, stage, None)
        if self.random.random() < 0.5:
            self.inspection("mill", None, "rice", day, Stage.ORIGIN, None)

    def order(self, farm: str, name: str, goods: str, day: date) -> None:
        ordered = Decimal(self.random.choice([2, 10, 60]))
        called_off = self.random.choice([Decimal(0), Decimal(0), Decimal(1), ordered])
        key, chance = self.id("PO"), self.random.random()
        order = PurchaseOrderRow(purchase_order_id=key, number=key, supplier_id=farm, warehouse_id=name,
                                 delivery_date=day, ordered_at=at(day, -20, name), ordered_by="x",
                                 cancelled_at=at(day, -10, name) if chance < 0.1 else None)  # fmt: skip
        came = Decimal(0) if farm == "silent" else self.random.choice([Decimal(0), Decimal(1), ordered - called_off])
        came = min(came, ordered - called_off)
        said = self.random.choice([None, ordered, max(came, Decimal(1))])
        order.lines = [
            PurchaseOrderLineRow(line_no=1, product_id=goods, quantity=ordered, cancelled=called_off, received=came,
                                 confirmed=said, offer_id=self.random.choice([f"{farm} {goods}", None]),
                                 unit_price=self.random.choice([None, Decimal("5.6"), Decimal("4.9")]))
        ]  # fmt: skip
        self.session.add(order)
        self.session.flush()
        if came:
            first = self.random.choice([came, came / 2, Decimal(0)])
            for part, hour in ((first, 23.9), (came - first, self.random.choice([24, 30]))):
                if part:
                    self.session.add(PurchaseOrderEventRow(
                        order_event_id=self.id("E"), purchase_order_id=key, line_no=1, quantity=part, by="x",
                        kind=PurchaseOrderEventKind.RECEIVED, happened_at=at(day, hour, name),
                        known_at=at(day, 40, name)))  # fmt: skip

    def lot(self, farm: str | None, name: str, goods: str, day: date) -> None:
        expires = self.random.choice([None, day + 3 * DAY, day - DAY])
        lot = LotRow(warehouse_id=name, lot_id=(key := self.id("L")), product_id=goods, supplier_id=farm,
                     received_at=at(day, self.random.choice([0, 23.5]), name), quantity_received=self.units(),
                     quantity_on_hand=Decimal(0), unit_cost=self.random.choice([None, Decimal("4.5")]),
                     expires_on=expires, known_at=at(day, 24, name))  # fmt: skip
        self.session.add(lot)
        self.session.flush()
        for kind, reason in product((StockChangeKind.WRITTEN_OFF, StockChangeKind.MARKED_DOWN), ("expired", None)):
            if self.random.random() < 0.2:
                self.session.add(StockChangeRow(
                    change_id=self.id("C"), action_id="a", warehouse_id=name, lot_id=key, by="x", reason=reason,
                    change_no=next(self.numbers), kind=kind, quantity=-self.units(3), left=Decimal(0),
                    known_at=at(day, 24, name), happened_at=at(day, 12, name)))  # fmt: skip
        if self.random.random() < 0.3:
            self.inspection(None, name, goods, day, Stage.RECEIPT, key)

    def inspection(
        self, farm: str | None, name: str | None, goods: str, day: date, stage: Stage, lot_id: str | None
    ) -> None:
        moment = at(day, self.random.choice([0, 23.9]), name or "W1")
        self.session.add(InspectionRow(
            inspection_id=self.id("I"), stage=stage, product_id=goods, warehouse_id=name, lot_id=lot_id,
            supplier_id=farm, inspected_at=moment, inspected_quantity=Decimal(12), accepted_quantity=self.units(),
            known_at=moment))  # fmt: skip

    def recovered(self) -> None:
        """Demand behind sales, which is not known of every day."""
        for name, goods in product(ZONES, PRODUCTS):
            how = "".join(self.random.choice("srg-") for _ in range(28))
            demand = np.array([self.random.uniform(0, 30) for _ in how], "<f4")
            self.session.add(RecoveredDemandRow(warehouse_id=name, product_id=goods, origin=NOW, last_day=LAST,
                                                demand=demand.tobytes(), how=how, days_seen_whole=1,
                                                highest_seen_quantile=0.9))  # fmt: skip


def fill_the_shop(engine: Engine) -> None:
    with writing(engine) as session:
        world = World(session)
        world.places()
        for day in days_between(FIRST, LAST):
            world.day(day)
        world.recovered()
    for name in ZONES:
        keep_days(engine, name, NOW, MARKUP)


@pytest.fixture
def filling() -> Filling:
    """One shop for all tests of the module, of which each gets a copy."""
    return fill_the_shop


def told(engine: Engine, asked: AskedOfSuppliers) -> Scorecards:
    with reading(engine) as session:
        return supplier_scorecards(session, asked)


def require_same(card: Scorecard, slow: dict[str | None, dict[str, float | None]], which: str) -> None:
    """`slow`: figures by currency, None: of all. Raises where one is another than that worked out slowly."""
    assert {one.figure.name for one in card.told} == {figure.name for figure in FIGURES}
    for one in card.told:
        found, expected = getattr(one, which), slow[one.currency][one.figure.name]
        assert is_same(found, expected), (
            f"{card.supplier_id} {which} {one.figure.name} {one.currency}: {found}, {expected}"
        )


@pytest.mark.parametrize("warehouse_id", [None, "W1", "W3"])
def test_every_figure_is_what_the_raw_rows_come_to(engine: Engine, warehouse_id: str | None) -> None:
    raw = RawSuppliers(engine, NOW)
    found = told(engine, AskedOfSuppliers(Weeks.FOUR, None, warehouse_id))
    mine = list(ZONES) if warehouse_id is None else [warehouse_id]
    assert (found.first, found.last) == (LAST - 27 * DAY, LAST)
    assert {card.supplier_id for card in found.cards} == set(FARMS)
    for which, first in (("value", found.first), ("before", found.first - 28 * DAY)):
        for card in found.cards:
            slow = {None: raw.figures(card.supplier_id, mine, first, first + 27 * DAY)}
            for currency in {one.currency for one in card.told} - {None}:
                of_it = [name for name in mine if ZONES[name][1] == currency]
                slow[currency] = raw.figures(card.supplier_id, of_it, first, first + 27 * DAY)  # type: ignore[index]
            require_same(card, slow, which)  # type: ignore[arg-type]


def test_orders_of_which_nobody_enters_receipts_say_nothing(engine: Engine) -> None:
    silent = next(card for card in told(engine, AskedOfSuppliers()).cards if card.supplier_id == "silent")
    figures = {one.figure.name: one.value for one in silent.told}
    assert figures["in_full"] is None
    assert figures["missing"] is None
    assert figures["accepted_receipt"] is not None


def test_all_days_of_suppliers_come_to_what_products_do(engine: Engine) -> None:
    names = ("came", "rejected_receipt", "rejected_dispatch", "expired", "thrown_otherwise", "marked_down",
             "waste_money")  # fmt: skip
    with reading(engine) as session:
        for name in names:
            by_supplier, by_product = (
                session.scalar(select(func.sum(getattr(row, name)))) for row in (SupplierDayRow, LineDayRow)
            )
            assert by_product, name
            assert is_same(by_supplier, by_product), name


def morning_by_supplier(session: Session, period: Period, warehouse_id: str | None, last: date = LAST) -> MorningReport:
    return morning_report(session, Asked(period, last, Chosen(warehouse_id), By.SUPPLIER), NOW)


@pytest.mark.parametrize("last", [LAST, LAST - 3 * DAY], ids=["whole-weeks", "weeks-and-days"])
@pytest.mark.parametrize("warehouse_id", [None, "W1", "W3"])
@pytest.mark.parametrize("period", Period)
def test_the_morning_report_tells_by_supplier_what_became_of_what_it_brought(
    engine: Engine, period: Period, warehouse_id: str | None, last: date
) -> None:
    raw = RawSuppliers(engine, NOW)
    with reading(engine) as session:
        report = morning_by_supplier(session, period, warehouse_id, last)
    mine, length = list(ZONES) if warehouse_id is None else [warehouse_id], period.days * DAY
    if period is Period.FOUR_WEEKS:
        assert {group.key: group.name for group in report.groups} == {
            "farm": "Farm", "mill": "Mill", "silent": "Silent", "": "",
        }  # fmt: skip
    for which, first in (("value", last - length + DAY), ("before", last - 2 * length + DAY)):
        for group in report.groups:
            slow = raw.became_of(group.key, mine, first, first + length - DAY)
            assert {one.figure.name for one in group.told} == {name for name, _ in slow}
            for one in group.told:
                found, expected = getattr(one, which), slow[one.figure.name, one.currency]
                is_of_no_day = found is None and one.figure.name == "waste_money" and not expected
                assert is_of_no_day or is_same(found, expected), (group.key, which, one, expected)


def test_by_supplier_who_sees_some_warehouses_only_is_told_of_these_alone(engine: Engine) -> None:
    with reading(engine) as session:
        alone = morning_by_supplier(session, Period.WEEK, "W3")
    with reading(engine) as session:
        see_only(session, lambda: frozenset({"W3"}))
        seen = morning_by_supplier(session, Period.WEEK, None)
    assert seen.groups == alone.groups
    assert {one.currency for group in seen.groups for one in group.told} == {"EUR", None}


@pytest.mark.parametrize("chosen", [Chosen(category="leaf"), Chosen(product_id="milk")])
def test_by_supplier_no_product_is_told_alone(engine: Engine, chosen: Chosen) -> None:
    with reading(engine) as session, pytest.raises(Invalid, match="leave out category and product"):
        morning_report(session, Asked(Period.WEEK, LAST, chosen, By.SUPPLIER), NOW)


def test_a_supplier_of_which_nothing_is_known_yet_has_a_card_without_figures(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(SupplierRow(supplier_id="new", name="New Farm", kind="farm"))
    with reading(engine) as session:
        found, card = scorecard_of(session, "new", AskedOfSuppliers())
        before_all, _ = scorecard_of(session, "new", AskedOfSuppliers(until=FIRST - 50 * DAY))
        listed = supplier_scorecards(session, AskedOfSuppliers())
    assert (card.name, card.rank, card.known) == ("New Farm", None, False)
    assert {one.value for one in card.told} == {None}
    assert [one.supplier_id for one in before_all.cards] == ["new"]
    assert [one for one in found.cards if one is not card] == list(listed.cards)
    assert all(one.known for one in listed.cards)


def test_suppliers_are_ranked_by_what_they_cost_for_the_money_they_got(engine: Engine) -> None:
    cards = told(engine, AskedOfSuppliers(warehouse_id="W1")).cards
    figures = {card.supplier_id: {one.figure.name: one.value for one in card.told} for card in cards}
    costs = [figures[card.supplier_id]["cost"] for card in cards]
    assert costs == sorted(costs, reverse=True)
    assert costs[0]
    ranked = sorted((card for card in cards if card.rank), key=lambda card: card.rank or 0)
    shares = [figures[card.supplier_id]["cost_share"] for card in ranked]
    assert len(shares) == 2
    assert shares == sorted(shares)
    assert next(card.rank for card in cards if card.supplier_id == "silent") is None


def test_weeks_are_whole_and_end_by_the_day_asked_for(engine: Engine) -> None:
    wednesday = AskedOfSuppliers(until=LAST - 4 * DAY)
    assert told(engine, wednesday).last == LAST - 7 * DAY
    thirteen = told(engine, AskedOfSuppliers(Weeks.THIRTEEN))
    assert (thirteen.first, thirteen.last) == (LAST - 90 * DAY, LAST)


def test_who_sees_some_warehouses_only_is_told_of_these_alone(engine: Engine) -> None:
    alone = told(engine, AskedOfSuppliers(warehouse_id="W3"))
    with reading(engine) as session:
        see_only(session, lambda: frozenset({"W3"}))
        seen = supplier_scorecards(session, AskedOfSuppliers())
        with pytest.raises(Unknown):
            supplier_scorecards(session, AskedOfSuppliers(warehouse_id="W1"))
    assert [card.told for card in seen.cards] == [card.told for card in alone.cards]


def test_csv_tells_the_numbers_of_the_scorecards(engine: Engine) -> None:
    found = told(engine, AskedOfSuppliers())
    rows = list(csv.DictReader(StringIO(as_csv(found, found.cards))))
    assert len(rows) == sum(len(card.told) for card in found.cards)
    expected = [(card, one) for card in found.cards for one in card.told]
    for row, (card, one) in zip(rows, expected, strict=True):
        assert (row["supplier_id"], row["figure"], row["currency"]) == (
            card.supplier_id, one.figure.name, one.currency or "",
        )  # fmt: skip
        assert row["value"] == ("" if one.value is None else str(one.value))
        assert (row["change_low"] == "") == (one.change is None)


def test_what_a_removed_warehouse_had_is_told_no_more(engine: Engine) -> None:
    farm_alone = told(engine, AskedOfSuppliers(warehouse_id="W3"))
    with writing(engine) as session:
        remove_warehouses(session, ["W1", "W2"])
    left = told(engine, AskedOfSuppliers())
    alone, now = (
        {(card.supplier_id, one.figure.name): one.value for card in found.cards for one in card.told
         if one.figure.name != "accepted_origin"}
        for found in (farm_alone, left)
    )  # fmt: skip
    assert now == alone  # but for what was inspected for no warehouse


def test_what_there_is_not_is_refused_by_name(engine: Engine) -> None:
    with reading(engine) as session:
        with pytest.raises(Unknown, match="'W9'"):
            supplier_scorecards(session, AskedOfSuppliers(warehouse_id="W9"))
        with pytest.raises(Unknown, match="no supplier of this name"):
            scorecard_of(session, "nobody", AskedOfSuppliers())
        with pytest.raises(Invalid):
            supplier_scorecards(session, AskedOfSuppliers(until=date(1999, 1, 1)))
    with writing(engine) as session:
        remove_warehouses(session, list(ZONES))
    with reading(engine) as session, pytest.raises(NotNow, match="freshfront report days"):
        supplier_scorecards(session, AskedOfSuppliers())


def test_the_columns_of_the_tables_are_the_sums() -> None:
    assert OF_SUPPLIERS == SUPPLIER_SUMS
