"""The morning report over random databases of two time zones and two currencies, with rows that come late, corrections
and cancelled orders, held to a slow recomputation from the raw tables (`raw_days_added_up.py`)."""

import csv
import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.worth.late_days import days_changed_since, days_inspected_otherwise
from data.frames.worth.sums import By, Chosen
from data.kept.worth_days import keep_day
from data.own_warehouses import see_only
from data.tables import (
    AlarmRow,
    Band,
    CategoryTermsRow,
    CourierDayRow,
    CourierTermsRow,
    DailySalesRow,
    ForecastRow,
    HandoverRow,
    InspectionRow,
    LineDayRow,
    LotRow,
    OrderLineRow,
    PlanLineRow,
    PlanStatus,
    ProductDayRow,
    ProductRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    RecoveredDemandRow,
    SensorRow,
    Stage,
    StockChangeKind,
    StockChangeRow,
    SumsOfProducts,
    SupplierRow,
    TransferLotRow,
    TransferRow,
    TransferStage,
    Unit,
    WarehouseDayRow,
    WarehouseRow,
    ZoneRow,
)
from flows.errors import Invalid, NotNow, Unknown
from flows.reports.morning import keeping_days
from flows.reports.morning.as_csv import as_csv
from flows.reports.morning.keeping_days import keep_days
from flows.reports.morning.report import Asked, Group, MorningReport, Period, Told, morning_report
from flows.reports.morning.targets import set_target, targets_known_at
from tests.integration.conftest import Filling
from warehouse.worth.measures import OF_PRODUCTS, OF_WAREHOUSES, Measures
from warehouse.worth.morning_figures import FIGURES

from .raw_days_added_up import DAY, MARKUP, Line, Raw, days_between, figures

FIRST, EARLIER, LAST = date(2026, 3, 26), date(2026, 4, 2), date(2026, 4, 8)  # summer time begins in Berlin on 29 March
ZONES = {"W1": ("Asia/Shanghai", "CNY"), "W2": ("Asia/Shanghai", "CNY"), "W3": ("Europe/Berlin", "EUR")}
PRODUCTS = {"spinach": ("leaf", 9), "pak choi": ("leaf", None), "milk": ("dairy", 12), "yoghurt": ("dairy", 7),
            "rice": ("dry", 30)}  # fmt: skip
COUNTED = "rice"  # one lot of it was counted, and nothing of it is corrected


def at(day: date, hour: float, name: str) -> datetime:
    """A local time of a day."""
    begin = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONES[name][0]))
    return (begin + timedelta(hours=hour)).astimezone(UTC)


def morning_after(day: date) -> datetime:
    """When the day is over everywhere."""
    return datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC)


FIRST_WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = morning_after(LAST)
NOT_YET = NOW + 60 * DAY
TOOK = [timedelta(minutes=one) for one in (-20, 20, 29.5, 30, 30.1, 45, 46, 80)]
KNOWN_LATE = morning_after(EARLIER) + timedelta(minutes=1)


class World:
    """Writes random rows."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.random, self.numbers = session, random.Random(seed), iter(range(10**6))  # noqa: S311
        self.of_orders = random.Random(seed)  # noqa: S311

    def id(self, what: str) -> str:
        return f"{what}{next(self.numbers)}"

    def units(self, most: float = 12) -> Decimal:
        return Decimal(str(round(self.random.uniform(0, most), 1)))

    def places(self) -> None:
        for name, (zone, currency) in ZONES.items():
            self.session.add(
                WarehouseRow(warehouse_id=name, name=f"Front {name}", city="X", timezone=zone, currency=currency)
            )
        for name, (category, price) in PRODUCTS.items():
            self.session.add(ProductRow(product_id=name, name=name.title(), category=category, band=Band.CHILLED,
                                        unit=Unit.KG, list_price=price and Decimal(price)))  # fmt: skip
        self.session.add(SupplierRow(supplier_id="F", name="Farm", kind="farm"))
        self.session.flush()
        for name in ZONES:
            self.session.add(ZoneRow(zone_id=f"Z{name}", warehouse_id=name, name="Z", band=Band.LEAF, x_m=0, y_m=0,
                                     width_m=1, depth_m=1))  # fmt: skip
            self.session.flush()
            self.session.add(SensorRow(sensor_id=f"S{name}", zone_id=f"Z{name}", name="S"))
            began = at(FIRST, 0, name)
            self.session.add(LotRow(warehouse_id=name, lot_id=COUNTED, product_id=COUNTED, received_at=began,
                                    quantity_received=Decimal(60), quantity_on_hand=Decimal(60),
                                    known_at=began, counted_at=began))  # fmt: skip
        for known, category, goodwill, disposal in (
            (FIRST - DAY, "", "0.5", None), (FIRST + 4 * DAY, "leaf", "2", "0.3"), (EARLIER, "leaf", None, "0.1"),
        ):  # fmt: skip
            self.session.add(
                CategoryTermsRow(category=category, known_at=morning_after(known), set_by="x",
                                 goodwill=goodwill and Decimal(goodwill), disposal=disposal and Decimal(disposal))
            )  # fmt: skip

    def day(self, day: date) -> None:
        for name in ZONES:
            origins = [at(day, -hours, name) for hours in (0, 24, 30)] + [at(day, 2, name)]
            origins = self.random.sample(origins, 2)
            for goods in PRODUCTS:
                if self.random.random() < 0.9:
                    self.sold(name, goods, day, at(day, 25, name), 4 if goods == COUNTED else 12)
                for origin in origins:
                    if self.random.random() < 0.9:
                        self.forecast(name, goods, day, origin)
                if goods != COUNTED:
                    self.delivery(name, goods, day)
                    self.plan_line(name, goods, day)
            if self.random.random() < 0.5:
                self.alarm(name, day)
            self.customers(name, day)

    def customers(self, name: str, day: date) -> None:
        """Orders of a day, some planned for: told to be at the door, early, late, not at all or before they were made;
        in parts that were cancelled, returned, known later, or ordered ahead."""
        chance = self.of_orders
        if chance.random() < 0.6:
            self.session.add(
                CourierDayRow(warehouse_id=name, date=day, origin=at(day, -8, name), planned_at=at(day, -7, name),
                              promise_minutes=chance.choice([30, 45]), promised_share=0.95,
                              share=chance.uniform(0.9, 0.99), cost=1, held_minutes=45, rain=False, half_hours=[],
                              shifts=[])
            )  # fmt: skip
        silent = chance.random() < 0.2  # of a day of which nothing is told nobody knows
        for hour in (0, 9, 12.5, 18, 23.95):
            order_id, ahead = self.id("O"), chance.choice([None, None, None, day, day + DAY])
            for line in range(chance.choice([1, 2, 3])):
                self.session.add(
                    OrderLineRow(warehouse_id=name, order_id=order_id, line_no=line + 1, product_id="milk",
                                 ordered_at=(ordered := at(day, hour + line / 10, name)), wanted_on=ahead,
                                 quantity=chance.choice([-1, 0, 1, 1, 1]),
                                 known_at=NOT_YET if chance.random() < 0.1 else ordered)
                )  # fmt: skip
            if not silent and chance.random() < 0.8:
                self.handover(name, order_id, at(day, hour, name) + chance.choice(TOOK))

    def handover(self, name: str, order_id: str, delivered_at: datetime) -> None:
        known_at = NOT_YET if self.of_orders.random() < 0.1 else delivered_at
        self.session.add(
            HandoverRow(warehouse_id=name, order_id=order_id, delivered_at=delivered_at, known_at=known_at)
        )

    def sold(self, name: str, goods: str, day: date, known: datetime, most: float = 12) -> None:
        self.session.add(DailySalesRow(warehouse_id=name, product_id=goods, date=day, known_at=known,
                                       sales=float(self.units(most))))  # fmt: skip

    def forecast(self, name: str, goods: str, day: date, origin: datetime) -> None:
        mean = float(self.units())
        spread = dict.fromkeys(("q05", "q10", "q25", "q50", "q75", "q90", "q95"), mean * 0.9)
        self.session.add(ForecastRow(warehouse_id=name, product_id=goods, date=day, origin=origin, model="x", mean=mean,
                                     **spread))  # fmt: skip

    def delivery(self, name: str, goods: str, day: date) -> None:
        chance = self.random.random()
        if chance < 0.45:  # ordered: called off, called off in part, or not come
            order = PurchaseOrderRow(purchase_order_id=(key := self.id("PO")), number=key, supplier_id="F",
                                     warehouse_id=name, delivery_date=day, ordered_at=at(day, -20, name),
                                     ordered_by="x",
                                     cancelled_at=at(day, -10, name) if chance < 0.1 else None)  # fmt: skip
            called_off = Decimal(10) if 0.1 < chance < 0.2 else Decimal(0)
            order.lines = [
                PurchaseOrderLineRow(line_no=1, product_id=goods, quantity=Decimal(10), cancelled=called_off)
            ]
            self.session.add(order)
        if 0.3 < chance < 0.75:
            for _ in range(1 + (chance < 0.4)):
                self.lot(name, goods, day, self.random.choice([None, Decimal("4.5"), Decimal("7.25")]))
        for stage in Stage:
            if self.random.random() < 0.2:
                self.inspection(name, goods, day, stage, at(day, 5, name))

    def lot(self, name: str, goods: str, day: date, cost: Decimal | None) -> str:
        lot = LotRow(warehouse_id=name, lot_id=(key := self.id("L")), product_id=goods, supplier_id="F",
                     received_at=at(day, self.random.choice([0, 4, 23.5]), name), quantity_received=self.units(),
                     quantity_on_hand=Decimal(0), unit_cost=cost, known_at=at(day, 24, name))  # fmt: skip
        self.session.add(lot)
        self.session.flush()
        for kind, reason in product(StockChangeKind, ("expired", "damaged", "other", None)):
            if self.random.random() < 0.1:
                self.change(name, key, day, kind, reason, at(day, 24, name))
        if self.random.random() < 0.15:
            self.carried_from(name, key, day)
        return key

    def change(
        self, name: str, lot_id: str, day: date, kind: StockChangeKind, reason: str | None, known: datetime
    ) -> None:
        self.session.add(
            StockChangeRow(change_id=self.id("C"), action_id="a", warehouse_id=name, lot_id=lot_id, by="x",
                           reason=reason, change_no=next(self.numbers), kind=kind, quantity=-self.units(3),
                           left=Decimal(0), known_at=known,
                           happened_at=at(day, self.random.choice([0, 12, 23.9]), name))
        )  # fmt: skip

    def carried_from(self, name: str, lot_id: str, day: date) -> None:
        other = next(one for one in ZONES if one != name)
        transfer = TransferRow(transfer_id=(key := self.id("T")), transfer_no=1, from_warehouse_id=other,
                               to_warehouse_id=name, product_id="milk", stage=TransferStage.RECEIVED,
                               send_by=at(day, 0, name), hours=2, approved_by="x",
                               approved_at=at(day, 0, name))  # fmt: skip
        transfer.lots = [TransferLotRow(lot_id="elsewhere", to_lot_id=lot_id, action_id=key, last_day=day,
                                        approved=Decimal(1))]  # fmt: skip
        self.session.add(transfer)

    def inspection(self, name: str, goods: str, day: date, stage: Stage, known: datetime) -> None:
        self.session.add(
            InspectionRow(inspection_id=self.id("I"), stage=stage, product_id=goods, warehouse_id=name,
                          inspected_at=at(day, self.random.choice([0, 23.9]), name), inspected_quantity=Decimal(12),
                          accepted_quantity=self.units(), known_at=known)
        )  # fmt: skip

    def plan_line(self, name: str, goods: str, day: date) -> None:
        if self.random.random() < 0.5:
            return
        approved = self.random.random() < 0.7
        plan = PurchasePlanRow(plan_id=self.id("P"), delivery_date=day - DAY, last_delivery_date=day, created_by="x",
                               origin=at(day, -24, name), created_at=at(day, -24, name),
                               status=PlanStatus.APPROVED if approved else PlanStatus.DRAFT)  # fmt: skip
        beside = self.units()
        plan.lines = [
            PlanLineRow(line_no=number, warehouse_id=name, product_id=goods, delivery_date=day, covers_from=day,
                        covers_until=day + self.random.choice([0, 1]) * DAY if number == 1 else day, forecast_mean=1.0,
                        forecast_q10=1.0, forecast_q50=1.0, forecast_q90=1.0, usable_stock=beside, on_order=Decimal(1),
                        planned_quantity=(planned := self.random.choice([Decimal(0), Decimal(5), Decimal(10)])),
                        quantity=self.random.choice([planned, planned + 5]), share_accepted=0.95,
                        expected_shortage=0.0, expected_waste=0.0, reasons=[])
            for number in (1,)
        ]  # fmt: skip
        self.session.add(plan)

    def alarm(self, name: str, day: date) -> None:
        began = at(day, self.random.uniform(0, 23), name)
        lasts = timedelta(hours=self.random.choice([0.5, 3, 30]))
        self.session.add(
            AlarmRow(alarm_id=self.id("A"), sensor_id=f"S{name}", zone_id=f"Z{name}", warehouse_id=name, began_at=began,
                     kind=self.random.choice(["too_warm", "too_cold", "silent"]),
                     raised_at=began + timedelta(minutes=30),
                     ended_at=self.random.choice([began + lasts, began + lasts, None]))
        )  # fmt: skip

    def recovered(self, last: date) -> None:
        """Demand behind sales as it is known after a day, other than it was before."""
        self.session.execute(delete(RecoveredDemandRow))
        for name, goods in product(ZONES, PRODUCTS):
            how = "".join(self.random.choice("srg-") if last - n * DAY >= FIRST else "-" for n in reversed(range(28)))
            demand = np.array([self.random.uniform(0, 15) for _ in how], "<f4")
            self.session.add(RecoveredDemandRow(warehouse_id=name, product_id=goods, origin=at(last, 24, name),
                                                last_day=last, demand=demand.tobytes(), how=how, days_seen_whole=1,
                                                highest_seen_quantile=0.9))  # fmt: skip

    def late(self) -> None:
        """What becomes known after the days were worked out, about days before."""
        for name in ZONES:
            day = FIRST + self.random.randrange(6) * DAY
            self.sold(name, "milk", day, KNOWN_LATE)
            self.inspection(name, "spinach", day, Stage.DISPATCH, KNOWN_LATE)
            self.lot(name, "yoghurt", day, Decimal("5.5"))
            lot = self.session.scalars(
                select(LotRow).where(LotRow.warehouse_id == name, LotRow.lot_id != COUNTED)
            ).first()
            assert lot is not None
            self.change(name, lot.lot_id, day, StockChangeKind.WRITTEN_OFF, "damaged", KNOWN_LATE)
            lot.quantity_received += 3
            done = self.session.scalars(select(HandoverRow).where(HandoverRow.warehouse_id == name)).first()
            assert done is not None
            done.delivered_at += timedelta(minutes=50)
        self.session.add(CourierTermsRow(warehouse_id="W3", terms={"promise": {"minutes": 20}}, set_by="x"))


def fill_the_shop(engine: Engine) -> None:
    """Days worked out on the morning after EARLIER, and again after LAST when rows had come late."""
    with writing(engine) as session:
        world = World(session, 1)
        world.places()
        for day in days_between(FIRST, EARLIER):
            world.day(day)
        world.recovered(EARLIER)
    worked_out(engine, morning_after(EARLIER))
    with writing(engine) as session:
        world.session = session
        for day in days_between(EARLIER + DAY, LAST):
            world.day(day)
        world.late()
        world.recovered(LAST)
    worked_out(engine, NOW)


@pytest.fixture
def filling() -> Filling:
    """One shop for all tests of the module, of which each gets a copy."""
    return fill_the_shop


def worked_out(engine: Engine, now: datetime) -> dict[str, int]:
    return {name: keep_days(engine, name, now, MARKUP) for name in ZONES}


def reported(engine: Engine, asked: Asked) -> MorningReport:
    with reading(engine) as session:
        return morning_report(session, asked, NOW)


def is_same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-6)


def require_same(told: list[Told], slow: dict[object, float | None], which: str, where: object) -> None:
    """Raises where a figure is another than that which was worked out slowly."""
    for one in told:
        key = one.figure.name, one.currency
        if one.figure.name in ("metres_promised", "metres_saved"):
            continue  # held by test_morning_metres.py
        found = getattr(one, which)
        assert is_same(found, slow.get(key)), f"{where} {which} {key}: told {found}, worked out slowly {slow.get(key)}"


def test_every_figure_is_what_the_raw_rows_come_to(engine: Engine) -> None:
    raw = Raw(engine, NOW)
    lines = {
        key: raw.line(*key) for key in product(ZONES, PRODUCTS, days_between(FIRST, LAST))
    }  # fmt: skip

    def slow(asked: Asked, first: date, last: date, by: By | None, key: str) -> dict[object, float | None]:
        chosen = asked.chosen
        mine: list[Line] = [
            line
            for (warehouse_id, product_id, day), line in lines.items()
            if first <= day <= last
            and chosen.warehouse_id in (None, warehouse_id)
            and chosen.product_id in (None, product_id)
            and chosen.category in (None, line.product.category)
            and (by is not By.WAREHOUSE or warehouse_id == key)
            and (by is not By.PRODUCT or product_id == key)
            and (by is not By.CATEGORY or line.product.category == key)
            and (by is not By.DAY or day.isoformat() == key)
        ]
        whose = {line.warehouse.warehouse_id for line in mine}
        days = [
            (name, day)
            for name in whose
            for day in days_between(max(first, FIRST), last)
            if by is not By.DAY or day.isoformat() == key
        ]
        return figures(mine, raw, chosen.warehouse_id is None and by is not By.WAREHOUSE, days)

    for period, by, chosen in product(  # by supplier: test_supplier_scorecards.py
        Period,
        [by for by in By if by is not By.SUPPLIER],
        (Chosen(), Chosen("W3"), Chosen(category="leaf"), Chosen("W1", "dairy"), Chosen(product_id="milk")),
    ):
        asked = Asked(period, LAST, chosen, by)
        report = reported(engine, asked)
        length = period.days * DAY
        first, before = LAST - length + DAY, LAST - 2 * length + DAY
        require_same(list(report.told), slow(asked, first, LAST, None, ""), "value", asked)
        require_same(list(report.told), slow(asked, before, first - DAY, None, ""), "before", asked)
        assert report.groups
        for group in report.groups:
            require_same(list(group.told), slow(asked, first, LAST, by, group.key), "value", (asked, group.key))


def test_what_did_not_change_is_not_written_again(engine: Engine) -> None:
    assert worked_out(engine, NOW) == dict.fromkeys(ZONES, 0)


def test_a_late_row_changes_its_day_and_those_that_rest_on_it(engine: Engine) -> None:
    with writing(engine) as session:
        row = session.scalars(select(InspectionRow).where(InspectionRow.stage == Stage.DISPATCH)).first()
        assert row is not None
        name, row.accepted_quantity = str(row.warehouse_id), Decimal(0) if row.accepted_quantity else Decimal(12)
    assert worked_out(engine, NOW) == dict.fromkeys(ZONES, 0) | {name: 1}


@pytest.mark.parametrize("what", ["sold", "lot", "change", "order", "handover"])
def test_a_row_that_comes_later_names_its_day(engine: Engine, what: str) -> None:
    before = datetime.now(UTC)
    with writing(engine) as session:
        world, day = World(session, 10), FIRST + 3 * DAY
        world.numbers = iter(range(10**6, 10**7))
        if what == "sold":
            world.sold("W3", "milk", day, before)
        elif what == "lot":
            session.scalars(
                select(LotRow).where(LotRow.warehouse_id == "W3", LotRow.lot_id == COUNTED)
            ).one().unit_cost = 1
            day = FIRST
        elif what == "handover":
            done = session.scalars(select(HandoverRow).where(HandoverRow.warehouse_id == "W3")).all()
            late = next(one for one in done if one.delivered_at > at(day, 0, "W3"))
            line = session.get_one(OrderLineRow, ("W3", late.order_id, 1))
            line.quantity, line.ordered_at, late.known_at = Decimal(1), at(day, 0, "W3"), before
        elif what == "change":
            world.change("W3", COUNTED, day, StockChangeKind.WRITTEN_OFF, "expired", before)
        else:
            order = session.scalars(select(PurchaseOrderRow).where(PurchaseOrderRow.warehouse_id == "W3")).first()
            assert order is not None
            order.note, day = "late", order.delivery_date
    with reading(engine) as session:
        place, other = (session.get_one(WarehouseRow, name) for name in ("W3", "W1"))
        assert days_changed_since(session, place, before, FIRST) == {day}
        assert days_changed_since(session, place, before, day + DAY) == set()
        assert days_changed_since(session, other, before, FIRST) == set()
        assert days_changed_since(session, place, datetime.now(UTC), FIRST) == set()


def test_an_old_day_is_worked_out_again_where_something_of_it_came_late(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping_days, "ALWAYS_AGAIN", 2 * DAY)  # so that a day is soon old
    later = morning_after(LAST + 2 * DAY)
    with writing(engine) as session:
        for row in (DailySalesRow, LotRow, PurchaseOrderRow, HandoverRow):
            session.execute(update(row).values(updated_at=FIRST_WRITTEN))
    keep_days(engine, "W1", later, MARKUP)
    with writing(engine) as session:  # as if nobody had told when
        session.execute(update(DailySalesRow).values(sales=0, updated_at=FIRST_WRITTEN))
    assert keep_days(engine, "W1", later + DAY, MARKUP) == 1  # the new day alone
    with writing(engine) as session:
        row = session.scalars(select(DailySalesRow).where(DailySalesRow.warehouse_id == "W1")).first()
        assert row is not None
        row.sales = 5
    assert keep_days(engine, "W1", later + 2 * DAY, MARKUP) > 1


@pytest.mark.parametrize("stage", [Stage.RECEIPT, Stage.DISPATCH, Stage.COMPLAINT])
def test_a_late_inspection_known_when_it_was_made_changes_its_day(engine: Engine, stage: Stage) -> None:
    day = FIRST + 3 * DAY
    with writing(engine) as session:
        world = World(session, 10)
        world.numbers = iter(range(10**6, 10**7))
        world.inspection("W3", "milk", day, stage, at(day, 5, "W3"))
    with reading(engine) as session:
        place, other = (session.get_one(WarehouseRow, name) for name in ("W3", "W1"))
        assert days_inspected_otherwise(session, place, FIRST, LAST) == {day}
        assert days_inspected_otherwise(session, place, day + DAY, LAST) == set()
        assert days_inspected_otherwise(session, other, FIRST, LAST) == set()


def test_an_old_day_is_worked_out_again_where_its_inspections_are_others(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping_days, "ALWAYS_AGAIN", 2 * DAY)
    monkeypatch.setattr(keeping_days, "days_changed_since", lambda *_: set())
    keep_days(engine, "W1", later := morning_after(LAST + 3 * DAY), MARKUP)
    with writing(engine) as session:
        world = World(session, 12)
        world.numbers = iter(range(10**6, 10**7))
        world.inspection("W1", "milk", LAST, Stage.DISPATCH, at(LAST, 24, "W1"))
    assert keep_days(engine, "W1", later, MARKUP) == 1


def test_a_run_that_is_killed_leaves_the_days_that_it_did_not_reach_to_the_next(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: two old days of which something came late, and a run that ended after the first of them
    monkeypatch.setattr(keeping_days, "ALWAYS_AGAIN", DAY)
    with writing(engine) as session:
        for row in (DailySalesRow, LotRow, PurchaseOrderRow, HandoverRow):
            session.execute(update(row).values(updated_at=FIRST_WRITTEN))
    later = morning_after(LAST + 2 * DAY)
    keep_days(engine, "W1", later, MARKUP)
    with writing(engine) as session:
        for day in (FIRST + DAY, FIRST + 4 * DAY):
            world = World(session, 11)
            world.sold("W1", "milk", day, later, most=100)
        session.flush()
        late = update(DailySalesRow).where(DailySalesRow.known_at == later)
        session.execute(late.values(updated_at=later + timedelta(hours=1)))

    def keep_one_day(*given: Any) -> None:
        monkeypatch.setattr(keeping_days, "keep_day", killed)
        keep_day(*given)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(keeping_days, "keep_day", keep_one_day)
    with pytest.raises(KeyboardInterrupt):
        keep_days(engine, "W1", later + DAY, MARKUP)
    monkeypatch.setattr(keeping_days, "keep_day", keep_day)

    keep_days(engine, "W1", later + DAY + timedelta(hours=1), MARKUP)

    monkeypatch.setattr(keeping_days, "ALWAYS_AGAIN", 30 * DAY)
    assert keep_days(engine, "W1", later + DAY + timedelta(hours=1), MARKUP) == 0  # nothing is left to be done


def demand_and_forecasts_kept(session: Session) -> dict[object, float]:
    names = ("demand", "forecast_demand", "forecast_mean", "forecast_off")
    return {
        (one.date, one.warehouse_id, one.product_id, name): getattr(one, name)
        for one in session.scalars(select(LineDayRow))
        for name in names
    }


def test_demand_and_forecasts_that_are_no_longer_kept_stay_as_they_were_worked_out(engine: Engine) -> None:
    with reading(engine) as session:
        before = demand_and_forecasts_kept(session)
    with writing(engine) as session:
        session.execute(update(RecoveredDemandRow).values(last_day=LAST + 30 * DAY))
        session.execute(delete(ForecastRow))
    worked_out(engine, NOW)
    with reading(engine) as session:
        after = demand_and_forecasts_kept(session)
    assert after == pytest.approx(before)
    for name in ("demand", "forecast_off"):
        assert any(value for key, value in before.items() if name in key)


def test_a_key_of_some_warehouses_is_told_of_them_alone(engine: Engine) -> None:
    asked = Asked(Period.WEEK, LAST, Chosen(), By.PRODUCT)
    with reading(engine) as session:
        see_only(session, lambda: frozenset({"W3"}))
        mine = morning_report(session, asked, NOW)
    whole = reported(engine, Asked(Period.WEEK, LAST, Chosen("W3"), By.PRODUCT))
    assert told_of(mine) == pytest.approx(told_of(whole), nan_ok=True)
    assert {line.warehouse_id for line in mine.dearest} == {"W3"}


def told_of(report: MorningReport) -> dict[object, float]:
    groups = [Group("", "", report.told), *report.groups]
    return {
        (group.key, one.figure.name, one.currency): math.nan if one.value is None else one.value
        for group in groups
        for one in group.told
    }


def test_csv_holds_the_same_numbers_to_their_last_digit(engine: Engine) -> None:
    with writing(engine) as session:
        set_target(session, "fill_rate", 0.97, NOW, "x")
    report = reported(engine, Asked(Period.WEEK, LAST))
    rows = list(csv.DictReader(StringIO(as_csv(report))))
    groups = [Group("", "", report.told), *report.groups]
    columns = ("key", "figure", "currency", "value", "before", "target")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        (group.key, one.figure.name, one.currency or "",
         *("" if value is None else repr(value) for value in (one.value, one.before, one.target)))
        for group in groups for one in group.told
    ]  # fmt: skip
    assert {row["target"] for row in rows if row["figure"] == "fill_rate"} == {"0.97"}


def test_the_dearest_lines_are_those_of_the_last_day(engine: Engine) -> None:
    report = reported(engine, Asked(Period.WEEK, LAST))
    raw = Raw(engine, NOW)
    slow = [
        (figures([raw.line(name, goods, LAST)], raw, False, []), ZONES[name][1]) for name in ZONES for goods in PRODUCTS
    ]
    lost = sorted((of["short_money", money] + of["waste_money", money] for of, money in slow), reverse=True)
    assert [line.short_money + line.waste_money for line in report.dearest] == pytest.approx(lost[:5])


def test_a_target_holds_until_it_is_taken_away(engine: Engine) -> None:
    now = datetime(2026, 4, 1, tzinfo=UTC)
    with writing(engine) as session:
        set_target(session, "waste", 0.05, now, "x")
        set_target(session, "waste", 0.05, now + DAY, "x")
        set_target(session, "waste", None, now + 2 * DAY, "x")
        assert [targets_known_at(session, now + n * DAY).get("waste") for n in (-1, 0, 1, 2)] == [
            None,
            0.05,
            0.05,
            None,
        ]


@pytest.mark.parametrize(
    ("figure", "target", "refusal"),
    [("waste", 5.0, Invalid), ("short_money", math.inf, Invalid), ("waist", 0.1, Unknown)],
)
def test_a_target_that_makes_no_sense_is_refused(
    engine: Engine, figure: str, target: float, refusal: type[Exception]
) -> None:
    with writing(engine) as session, pytest.raises(refusal):
        set_target(session, figure, target, datetime(2026, 4, 1, tzinfo=UTC), "x")


def test_before_any_day_was_added_up_nothing_is_told(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(delete(WarehouseDayRow))
    with pytest.raises(NotNow, match="report days"):
        reported(engine, Asked())


def test_the_tables_keep_every_sum() -> None:
    assert tuple(SumsOfProducts.__annotations__) == OF_PRODUCTS
    keys = {"date", "warehouse_id", "product_id", "currency", "read_at"}
    for row in (LineDayRow, ProductDayRow):
        assert {column.name for column in row.__table__.columns} - keys == set(OF_PRODUCTS)
    assert {column.name for column in WarehouseDayRow.__table__.columns} - keys == {*OF_PRODUCTS, *OF_WAREHOUSES}


def test_figures_of_warehouses_are_told_by_sums_of_warehouses_alone_and_each_of_these_is_told() -> None:
    alone, more = (Measures(**dict.fromkeys(OF_WAREHOUSES, of_each)) for of_each in (1.0, 2.0))
    assert {one.name for one in FIGURES if one.of_warehouses} == {
        one.name for one in FIGURES if one.value(alone) != one.value(Measures())
    }
    for name in OF_WAREHOUSES:
        one_more = replace(alone, **{name: getattr(more, name)})
        assert [one for one in FIGURES if one.value(one_more) != one.value(alone)], name
