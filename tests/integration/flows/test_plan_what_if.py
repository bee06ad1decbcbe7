"""What would be ordered if something happened, against plans of databases in which it has; nothing is written."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import (
    Base,
    DailySalesRow,
    ForecastRow,
    OfferRow,
    OfferTierRow,
    PlanLineRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    SupplierRow,
)
from flows.commands.shell import moment
from flows.demand import planned_promotions
from flows.errors import Invalid, NotNow, Refusal, Unknown
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from flows.purchasing.supposing.supposed import (
    BudgetCut,
    DeliveryLate,
    FarmFails,
    HarvestStopped,
    PromotionAdded,
    Supposed,
)
from flows.purchasing.supposing.what_if import Comparison, what_if
from tests.integration.conftest import Filling
from tests.integration.flows import few_weeks
from tests.integration.flows.conftest import EVERY_DAY, NOW, ORIGIN, TODAY, TOMORROW
from tests.integration.flows.shell import Shell
from tests.integration.flows.test_plan_commands import Clock
from warehouse.purchasing.plan_settings import USUAL, PlanSettings

BOTH = ("W1", "W2")
Figures = dict[tuple[str, str], tuple[Decimal, frozenset[str], date, Decimal, Decimal]]


def offer_row(
    offer_id: str, supplier_id: str, product_id: str, price: str, capacity: str | None, pack: int = 5
) -> OfferRow:
    return OfferRow(
        offer_id=offer_id, supplier_id=supplier_id, product_id=product_id, pack_size=Decimal(pack),
        min_quantity=Decimal(0), daily_capacity=None if capacity is None else Decimal(capacity), lead_time_days=1,
        delivery_weekdays=EVERY_DAY, valid_from=date(2026, 1, 1), known_at=ORIGIN,
        tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(price))],
    )  # fmt: skip


def order_row(number: str, supplier_id: str, product_id: str, due: date, quantity: str) -> PurchaseOrderRow:
    lines = [PurchaseOrderLineRow(line_no=1, product_id=product_id, quantity=Decimal(quantity), unit_price=Decimal(6))]
    return PurchaseOrderRow(
        purchase_order_id=number, number=f"PO-{number}", supplier_id=supplier_id, warehouse_id="W2", delivery_date=due,
        ordered_at=ORIGIN, ordered_by="Li Na", lines=lines,
    )  # fmt: skip


@pytest.fixture
def farms(shop: Engine) -> Engine:
    """The shop with a third farm, dearer and with little spinach, and with spinach and milk under way to W2."""
    with writing(shop) as session:
        session.add(SupplierRow(supplier_id="F3", name="Hill farm", kind="farm", city="Anji"))
        session.flush()
        session.add(offer_row("O3", "F3", "spinach", "7", "20"))
        session.add(order_row("1", "F1", "spinach", TOMORROW, "10"))
        session.add(order_row("2", "F2", "milk", TOMORROW, "50"))
    return shop


def cancel(session: Session, number: str) -> None:
    order = session.get_one(PurchaseOrderRow, number)
    order.cancelled_at = ORIGIN
    order.lines[0].cancelled = order.lines[0].quantity


def figures_of_plan(
    engine: Engine, warehouses: Sequence[str] = BOTH, now: Any = NOW, settings: PlanSettings = USUAL
) -> Figures:
    """By warehouse and product what a plan that is made and kept orders: the slow truth."""
    plan_id = make_purchase_plan(engine, warehouses, now, "buyer", settings, replace_edited=True)
    found: defaultdict[tuple[str, str], list[PlanLineRow]] = defaultdict(list)
    with reading(engine) as session:
        names = dict(session.execute(select(SupplierRow.supplier_id, SupplierRow.name)).tuples().all())
        for line in session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == plan_id)):
            found[line.warehouse_id, line.product_id].append(line)
        return {
            key: (
                sum((line.quantity for line in lines), Decimal(0)),
                frozenset(names[line.supplier_id or ""] for line in lines if line.quantity),
                lines[0].delivery_date,
                sum((line.quantity * (line.unit_price or 0) for line in lines), Decimal(0)),
                sum((line.at_risk for line in lines), Decimal(0)),
            )
            for key, lines in found.items()
        }


def told(comparison: Comparison, of: str) -> Figures:
    """The same of one of the two plans compared, where they differ."""
    sides = {(one.warehouse_id, one.product_id): getattr(one, of) for one in comparison.changes}
    return {
        key: (one.quantity, frozenset(one.suppliers), one.delivery_date, one.cost, one.at_risk)
        for key, one in sides.items()
    }


def everything(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as session:
        return {table.name: sorted(map(repr, session.execute(select(table)))) for table in Base.metadata.sorted_tables}


def compared_is_true(comparison: Comparison, before: Figures, after: Figures) -> None:
    """What is told to differ is all that differs between a plan before and one after, and by how much."""
    differing = {key for key in before if before[key] != after[key]}
    assert differing <= told(comparison, "before").keys()  # expectations may differ where no figure of these does
    assert told(comparison, "before").items() <= before.items()
    assert told(comparison, "after").items() <= after.items()
    for totals, plan in ((comparison.before, before), (comparison.after, after)):
        assert sum(part.cost for part in totals.money) == sum(figures[3] for figures in plan.values())


def test_a_farm_that_fails_loses_its_lines_and_others_take_over_as_far_as_they_can(farms: Engine) -> None:
    there = everything(farms)
    comparison = what_if(farms, BOTH, [FarmFails("F1", TODAY)], NOW)
    assert everything(farms) == there, "nothing is written"

    before = figures_of_plan(farms)
    with writing(farms) as session:  # F1 has no offer that is known, and nothing is under way from it
        session.get_one(OfferRow, "O1").known_at = NOW + timedelta(days=1)
        cancel(session, "1")
    after = figures_of_plan(farms)

    compared_is_true(comparison, before, after)
    assert told(comparison, "before")["W1", "spinach"][1] == {"F1"}
    assert told(comparison, "after")["W1", "spinach"][1] == {"Hill farm"}
    taken_over = sum(figures[0] for key, figures in told(comparison, "after").items() if key[1] == "spinach")
    assert taken_over == 20, "all that the other farm has"
    more = [one.more_at_risk for one in comparison.changes]
    assert more == sorted(more, reverse=True)
    assert more[0] > 0


def test_a_farm_that_fails_for_a_day_brings_nothing_on_that_day_alone(farms: Engine) -> None:
    comparison = what_if(farms, BOTH, [FarmFails("F2", TOMORROW, TOMORROW)], NOW)
    assert what_if(farms, BOTH, [HarvestStopped(TOMORROW, TOMORROW, "F2")], NOW).changes == comparison.changes

    before = figures_of_plan(farms)
    with writing(farms) as session:  # tomorrow is a Tuesday, and no other lies within the days looked at
        session.get_one(OfferRow, "O2").delivery_weekdays = "1,3,4,5,6,7"
        cancel(session, "2")
    after = figures_of_plan(farms)

    compared_is_true(comparison, before, after)
    assert after["W2", "milk"][2] == TOMORROW + timedelta(days=1)
    assert told(comparison, "after")["W2", "milk"][2] == TOMORROW + timedelta(days=1)


def test_rain_stops_what_all_farms_of_a_city_grow_and_not_what_else_they_sell(farms: Engine) -> None:
    with writing(farms) as session:
        session.get_one(SupplierRow, "F1").city = "Anji"
        session.add(offer_row("O4", "F3", "milk", "7", None))
    rain = HarvestStopped(TOMORROW, TOMORROW + timedelta(days=9), city="Anji", product_ids=("spinach",))

    comparison = what_if(farms, BOTH, [rain], NOW)

    assert {one.product_id for one in comparison.changes} == {"spinach"}
    assert all(one.after is None or one.after.quantity == 0 for one in comparison.changes)
    assert comparison.after.lines_to_buy == comparison.before.lines_to_buy - 2


@pytest.mark.parametrize("late", [DeliveryLate(1, "F2"), DeliveryLate(1, purchase_order_id="PO-2")])
def test_what_is_on_a_late_truck_counts_a_day_later(farms: Engine, late: Supposed) -> None:
    comparison = what_if(farms, BOTH, [late], NOW)

    before = figures_of_plan(farms)
    with writing(farms) as session:
        session.get_one(PurchaseOrderRow, "2").delivery_date = TOMORROW + timedelta(days=1)
    after = figures_of_plan(farms)

    compared_is_true(comparison, before, after)
    assert [(one.warehouse_id, one.product_id) for one in comparison.changes] == [("W2", "milk")]


def test_where_what_is_supposed_changes_nothing_both_plans_are_the_plan(farms: Engine) -> None:
    comparison = what_if(farms, BOTH, [HarvestStopped(TODAY, TOMORROW, "F1", product_ids=("milk",))], NOW)

    assert comparison.changes == ()
    assert comparison.before == comparison.after
    figures = figures_of_plan(farms)
    assert sum(part.cost for part in comparison.before.money) == sum(cost for _, _, _, cost, _ in figures.values())
    assert comparison.before.lines == len(figures)


def test_several_things_may_be_supposed_at_once(farms: Engine) -> None:
    one, other = FarmFails("F1", TODAY), DeliveryLate(1, "F2")
    apart = [what_if(farms, BOTH, [only], NOW).changes for only in (one, other)]

    together = what_if(farms, BOTH, [one, other], NOW).changes

    assert {key.product_id for key in together} == {"spinach", "milk"}
    assert set(together) == {*apart[0], *apart[1]}


@pytest.mark.parametrize(
    ("supposed", "error", "field", "words"),
    [
        ([], Invalid, None, "at least one thing"),
        ([FarmFails("F9", TODAY)], Unknown, "supplier_id", "'F9' was not found"),
        ([FarmFails("F1", TODAY - timedelta(days=1))], Invalid, "first_day", "has passed"),
        ([FarmFails("F1", TOMORROW, TODAY)], Invalid, "last_day", "lies before the first"),
        ([HarvestStopped(TODAY, TODAY)], Invalid, "supplier_id", "a supplier or a city"),
        ([HarvestStopped(TODAY, TODAY, "F1", "Anji")], Invalid, "supplier_id", "one of the two"),
        ([HarvestStopped(TODAY, TODAY, city="nowhere")], Unknown, "city", "No supplier is in 'nowhere'"),
        ([HarvestStopped(TODAY, TODAY, "F1", product_ids=("gold",))], Unknown, "product_ids", "'gold' was not"),
        ([DeliveryLate(1)], Invalid, "supplier_id", "a supplier or a purchase order"),
        ([DeliveryLate(0, "F2")], Invalid, "days", "1 to 14 days late, not 0"),
        ([DeliveryLate(1, "F3")], NotNow, "supplier_id", "Nothing is under way from F3"),
        ([DeliveryLate(1, purchase_order_id="PO-9")], Unknown, "purchase_order_id", "'PO-9' was not found"),
        ([PromotionAdded("gold", TOMORROW, TOMORROW, 0.8)], Unknown, "product_id", "'gold' was not found"),
        ([PromotionAdded("spinach", TOMORROW, TOMORROW, 1.8)], Invalid, "discount", "at most 1, not 1.8"),
        ([PromotionAdded("spinach", TOMORROW, TOMORROW, 0.8)], NotNow, None, "no model that was serving"),
    ],
)
def test_what_cannot_be_supposed_is_refused_by_its_field(
    farms: Engine, supposed: list[Supposed], error: type[Refusal], field: str | None, words: str
) -> None:
    with pytest.raises(error, match=words) as refused:
        what_if(farms, BOTH, supposed, NOW)
    assert refused.value.field == field


def test_a_warehouse_that_is_not_there_is_refused(farms: Engine) -> None:
    for warehouses in (["W9"], ["W1", "W9"]):
        with pytest.raises(Unknown, match="'W9' was not found"):
            what_if(farms, warehouses, [FarmFails("F1", TODAY)], NOW)
    with pytest.raises(Invalid, match="at least one warehouse"):
        what_if(farms, [], [FarmFails("F1", TODAY)], NOW)


def forecast_and_offered(engine: Engine) -> None:
    few_weeks.sell_and_forecast(engine)
    with writing(engine) as session:
        session.add(SupplierRow(supplier_id="F1", name="Farm", kind="farm"))
        session.flush()
        session.add_all(offer_row(f"O-{name}", "F1", name, "6", None, 1) for name in few_weeks.PRODUCTS)


class TestOfAShopThatHasLearned:
    """Two warehouses with models, whose products all come from one farm."""

    @pytest.fixture
    def filling(self) -> Filling:
        return forecast_and_offered

    def test_a_promotion_raises_what_is_ordered_as_its_forecast_says(self, engine: Engine) -> None:
        now = few_weeks.ORIGIN + timedelta(hours=2)
        first, last = (few_weeks.LAST + timedelta(days=ahead) for ahead in (1, 4))
        comparison = what_if(engine, BOTH, [PromotionAdded("P28", first, last, 0.6)], now)

        before = figures_of_plan(engine, now=now)
        promoted = planned_promotions.what_if(engine, BOTH, "P28", first, last, 0.6, now)
        with writing(engine) as session:  # the forecasts as they would be
            for row in promoted[promoted["mean_without"] > 0].itertuples():
                factor = row.mean_with / row.mean_without
                columns = ("q05", "q10", "q25", "q50", "q75", "q90", "q95", "mean")
                session.execute(
                    update(ForecastRow)
                    .where(ForecastRow.warehouse_id == row.warehouse_id, ForecastRow.product_id == row.product_id,
                           ForecastRow.date == row.date.date())
                    .values({name: getattr(ForecastRow, name) * factor for name in columns})
                )  # fmt: skip
        after = figures_of_plan(engine, now=now)

        compared_is_true(comparison, before, after)
        # the model of W2 sees prices, that of W1 does not; a twentieth more of what sells most is more than a unit
        assert after["W2", "P28"][0] > before["W2", "P28"][0]
        assert told(comparison, "after")["W2", "P28"][0] == after["W2", "P28"][0]
        assert {one.warehouse_id for one in comparison.changes} == {"W2"}


def test_the_command_says_both_plans_in_words_and_as_json(
    farms: Engine, freshfront: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moment, "datetime", Clock)
    with writing(farms) as session:  # commands are for warehouses that sell
        yesterday = TODAY - timedelta(days=1)
        session.add_all(
            DailySalesRow(warehouse_id=name, product_id="spinach", date=yesterday, sales=20.0, known_at=ORIGIN)
            for name in BOTH
        )
    there = everything(farms)
    command = ("plan", "what-if", "--farm-fails", "F1", "--late", "PO-2", "--from", f"{TODAY}")

    assert freshfront(*command, "--json") == 0, freshfront.err
    told = json.loads(freshfront.out)
    compared = what_if(farms, BOTH, [FarmFails("F1", TODAY), DeliveryLate(1, purchase_order_id="2")], NOW)
    assert [one["product_id"] for one in told["changes"]] == [one.product_id for one in compared.changes]
    assert Decimal(told["changes"][0]["more_at_risk"]) == compared.changes[0].more_at_risk

    assert freshfront(*command) == 0
    assert "lines to buy from" in freshfront.out
    assert "F1 -> Hill farm" in freshfront.out

    rain = ("plan", "what-if", "--rain", "Anji", "--product", "spinach", "--from", f"{TOMORROW}")
    assert freshfront(*rain) == 0
    assert "No product is ordered otherwise." in freshfront.out, "it is bought from the cheaper farm"

    assert freshfront("plan", "what-if", "--budget", "100") == 0
    assert "As supposed:   The budget of 100.00 CNY is less than the" in freshfront.out
    assert freshfront.out.count("No stock is known") == 1, "both say so"

    for wrong, words in (
        ((), "Suppose at least one thing"),
        (("--farm-fails", "F1"), "with --from"),
        (("--late", "F9"), "Purchase order 'F9' was not found"),
        (("--rain", "F9", "--from", f"{TODAY}"), "No supplier is in 'F9'"),
        (("--promotion", "gold", "--from", f"{TODAY}"), "Product 'gold' was not found"),
    ):
        assert freshfront("plan", "what-if", *wrong) == 2
        assert words in freshfront.err
    assert everything(farms) == there


def test_under_a_budget_that_is_cut_the_plan_is_the_one_of_that_budget(farms: Engine) -> None:
    before = figures_of_plan(farms)
    half = sum(float(cost) for _, _, _, cost, _ in before.values()) / 2
    with reading(farms) as session:  # as the day began
        already = sum(float(line.quantity * line.unit_price) for line in session.scalars(select(PurchaseOrderLineRow)))
    half += already
    comparison = what_if(farms, BOTH, [BudgetCut(half), BudgetCut(10 * half)], NOW)

    limited = replace(USUAL, limits=replace(USUAL.limits, budget=half))
    after = figures_of_plan(farms, settings=limited)

    compared_is_true(comparison, before, after)
    [spent] = comparison.after.money
    assert 0 < spent.cost <= half - already
    assert what_if(farms, BOTH, [BudgetCut(10 * half)], NOW, limited).changes == (), "a lower one that is set stays"
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(Invalid, match="more than 0"):
            what_if(farms, BOTH, [BudgetCut(wrong)], NOW)
