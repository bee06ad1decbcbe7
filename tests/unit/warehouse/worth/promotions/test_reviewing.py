"""What a promotion did, in a shop whose days are even, so that every number can be told by heart."""

import numpy as np
import pandas as pd
import pytest

from warehouse.worth.promotions.day_grid import AHEAD_DAYS, DAYS_AFTER, USUAL_BEFORE
from warehouse.worth.promotions.known_days import KnownDays
from warehouse.worth.promotions.reviewing import review

FIRST = pd.Timestamp("2026-03-02")
BEGIN, END = 30, 33  # four days
DAYS = END + 1 + DAYS_AFTER
PRICE, COST = 10.0, 6.0
PRODUCTS = {"spinach": "leaves", "cress": "leaves", "milk": "white", "curd": "white"}


def day(number: int) -> pd.Timestamp:
    return FIRST + pd.Timedelta(days=number)


def lines(**demand: list[float]) -> pd.DataFrame:
    """Lines of products by their demand of each day; all of it is sold, and a twentieth thrown away at cost."""
    frames = []
    for name in PRODUCTS:
        wanted = np.array(demand.get(name, [20.0] * DAYS))
        frames.append(
            pd.DataFrame(
                {
                    "warehouse_id": "W1", "product_id": name, "date": [day(n) for n in range(len(wanted))],
                    "known_days": 1.0, "demand": wanted, "met": wanted, "sold": wanted,
                    "wanted_money": wanted * (PRICE - COST), "waste_money": wanted * COST / 20, "thrown": wanted / 20,
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def run(product: str = "spinach", first: int = BEGIN, last: int = END, **other: object) -> dict[str, object]:
    row = {"warehouse_id": "W1", "product_id": product, "starts_on": day(first), "ends_on": day(last)}
    return row | {"discount": 0.8, "promoted": True, "reviewed": True} | other


def known(rows: pd.DataFrame, *runs: dict[str, object], taken: float = np.nan, **other: object) -> KnownDays:
    products = pd.DataFrame({"product_id": list(PRODUCTS), "subcategory": list(PRODUCTS.values()), "list_price": PRICE})
    nothing = rows[["warehouse_id", "product_id", "date"]].assign(mean=0.0, level=0.0, promotion=0.0)[:0]
    given = {"lines": rows, "runs": pd.DataFrame(list(runs)), "products": products, "plans": nothing, "taken": taken}
    return KnownDays(**(given | other))  # type: ignore[arg-type]


def spinach(usual: float = 10.0, promoted: float = 16.0, week_after: float = 9.0) -> list[float]:
    return [usual] * BEGIN + [promoted] * 4 + [week_after] * AHEAD_DAYS + [usual] * (DAYS_AFTER - AHEAD_DAYS)


def test_what_it_added_and_what_was_bought_ahead_are_told_beside_usual_days() -> None:
    found = review(known(lines(spinach=spinach()), run())).iloc[0]

    assert (found["days"], found["known_days"], found["days_after"]) == (4, 4, DAYS_AFTER)
    assert (found["demand"], found["sold"]) == (64, 64)
    assert found["usual"] == pytest.approx(40)
    assert found["ahead"] == pytest.approx(AHEAD_DAYS)


def test_what_the_category_did_on_its_days_is_no_merit_of_the_promotion() -> None:
    """Given a festival on which all of the category sells half as much again."""
    festival = [1.5 if BEGIN <= n <= END else 1.0 for n in range(DAYS)]
    others = [20.0 * times for times in festival]

    found = review(known(lines(spinach=spinach(), cress=others, milk=others, curd=others), run())).iloc[0]

    assert found["usual"] == pytest.approx(60)


def test_its_own_subcategory_does_not_say_what_is_usual() -> None:
    """Given a sibling that loses half of its sales to the promotion."""
    cress = [10.0 if BEGIN <= n <= END else 20.0 for n in range(DAYS)]

    found = review(known(lines(spinach=spinach(), cress=cress), run())).iloc[0]

    assert found["usual"] == pytest.approx(40)
    assert found["siblings"] == pytest.approx(40)
    assert found["sibling_money"] == pytest.approx(40 * (PRICE - COST))


def test_a_sibling_that_is_promoted_itself_is_not_compared() -> None:
    cress = [30.0 if BEGIN <= n <= END else 20.0 for n in range(DAYS)]

    found = review(known(lines(spinach=spinach(), cress=cress), run(), run("cress"))).set_index("product_id")

    assert np.isnan(found.loc["spinach", "siblings"])


def test_what_siblings_lack_is_shared_by_those_promoted_as_they_sold_more() -> None:
    """Given milk and curd promoted together, of which one adds three times as much, and a third that loses 8 units."""
    rows = lines(
        spinach=[20.0 if not BEGIN <= n <= END else 18.0 for n in range(DAYS)],
        milk=[20.0 if not BEGIN <= n <= END else 26.0 for n in range(DAYS)],
        curd=[20.0 if not BEGIN <= n <= END else 22.0 for n in range(DAYS)],
    )
    one_family = pd.DataFrame({"product_id": list(PRODUCTS), "subcategory": ["a", "b", "a", "a"], "list_price": PRICE})

    found = review(known(rows, run("milk"), run("curd"), products=one_family)).set_index("product_id")

    assert found.loc["milk", "siblings"] == pytest.approx(6)
    assert found.loc["curd", "siblings"] == pytest.approx(2)


def test_the_loss_of_siblings_leans_on_what_is_learned_where_chance_is_large() -> None:
    """Given a sibling whose days scatter widely, and one that never does."""
    random = np.random.default_rng(1)
    wild = [float(value) for value in random.choice([5.0, 35.0], DAYS)]
    added = 64 - 40

    of_wild = review(known(lines(spinach=spinach(), cress=wild), run(), taken=0.25)).iloc[0]
    of_even = review(known(lines(spinach=spinach()), run(), taken=0.25)).iloc[0]

    assert of_wild["siblings"] == pytest.approx(0.25 * added, abs=2)
    assert of_wild["siblings_error"] == pytest.approx(0.25 * added, rel=0.1)
    assert of_even["siblings"] == pytest.approx(0, abs=1)


def test_money_is_made_at_the_promoted_price_and_would_have_been_at_the_usual_one() -> None:
    found = review(known(lines(spinach=spinach()), run(discount=0.8))).iloc[0]

    assert found["margin"] == pytest.approx(64 * (8 - COST))
    assert found["usual_margin"] == pytest.approx(40 * (PRICE - COST))
    assert found["ahead_money"] == pytest.approx(AHEAD_DAYS * (PRICE - COST))


def test_what_would_have_sold_sells_out_as_often_as_on_usual_days() -> None:
    rows = lines(spinach=spinach())
    usual = (rows["product_id"] == "spinach") & ~rows["date"].between(day(BEGIN), day(END + AHEAD_DAYS))
    rows.loc[usual, ["met", "sold"]] *= 0.9

    found = review(known(rows, run())).iloc[0]

    assert found["usual_margin"] == pytest.approx(0.9 * 40 * (PRICE - COST))


def test_waste_counts_beyond_the_usual_for_as_much_demand() -> None:
    """Given three units more thrown away on the second day after it, and five on its last day."""
    rows = lines(spinach=spinach(week_after=10.0))
    of_it = rows["product_id"] == "spinach"
    rows.loc[of_it & rows["date"].between(day(BEGIN), day(END)), ["thrown", "waste_money"]] = 0.5, 3.0
    rows.loc[of_it & (rows["date"] == day(END + 2)), ["thrown", "waste_money"]] = 3.5, 21.0
    rows.loc[of_it & (rows["date"] == day(END)), ["thrown", "waste_money"]] = 5.5, 33.0

    found = review(known(rows, run())).iloc[0]

    assert found["wasted"] == pytest.approx(3)
    assert found["waste_money"] == pytest.approx(8 * COST)


def test_days_after_it_end_where_the_product_is_promoted_again() -> None:
    found = review(known(lines(spinach=spinach()), run(), run(first=END + 3, last=END + 4))).iloc[0]

    assert found["days_after"] == 2
    assert found["ahead"] == pytest.approx(2)


def test_days_after_it_are_none_while_another_promotion_that_began_before_goes_on() -> None:
    """Given one within another, and days after both."""
    rows = lines(spinach=spinach())

    longer, within = review(known(rows, run(), run(first=BEGIN + 1, last=END - 1))).to_dict("records")

    assert (within["days_after"], within["ahead"], within["wasted"]) == (0, 0, 0)
    assert (longer["days_after"], longer["ahead"]) == (DAYS_AFTER, pytest.approx(AHEAD_DAYS))


def test_days_whose_demand_is_not_known_are_left_out_of_everything() -> None:
    rows = lines(spinach=spinach())
    rows.loc[rows["date"] == day(BEGIN), ["known_days", "demand", "met"]] = 0.0

    found = review(known(rows, run())).iloc[0]

    assert (found["days"], found["known_days"]) == (4, 3)
    assert (found["demand"], found["sold"]) == (48, 48)
    assert found["usual"] == pytest.approx(30)


def test_a_promotion_with_too_few_usual_days_around_it_has_no_usual_demand() -> None:
    """Given six usual days before it, and after it another promotion."""
    before, after = run(first=0, last=BEGIN - AHEAD_DAYS - 7), run(first=END + 1, last=DAYS)

    found = review(known(lines(spinach=spinach()), before, run(), after)).iloc[1]

    assert found["demand"] == 64
    assert np.isnan(found["usual"])
    assert np.isnan(found["usual_margin"])


def test_without_a_list_price_there_is_no_money_and_everything_else_stays() -> None:
    unpriced = pd.DataFrame({"product_id": list(PRODUCTS), "subcategory": "", "list_price": np.nan})

    found = review(known(lines(spinach=spinach()), run(), products=unpriced)).iloc[0]

    assert found["usual"] == pytest.approx(40)
    assert np.isnan(found["margin"])
    assert np.isnan(found["usual_margin"])
    assert np.isnan(found["own_error"])


def test_the_plan_is_what_the_forecast_made_of_the_price_beside_usual_days() -> None:
    """Given forecasts that made half as much again of it on three of its days, and to which a usual price is worth
    less than nothing."""
    rows = lines(spinach=spinach())
    plans = rows.loc[rows["product_id"] == "spinach", ["warehouse_id", "product_id", "date"]].assign(
        level=12.0, mean=10.0, promotion=-2.0
    )
    on = plans["date"].between(day(BEGIN), day(END - 1))
    plans.loc[on, ["mean", "promotion"]] = 15.0, 3.0

    found = review(known(rows, run(), plans=plans[plans["date"] != day(END)])).iloc[0]

    assert found["planned_days"] == 3
    assert found["planned"] == pytest.approx(45)
    assert found["planned_usual"] == pytest.approx(30)


def test_where_no_forecast_is_kept_nobody_knows_what_was_planned() -> None:
    found = review(known(lines(spinach=spinach()), run())).iloc[0]

    assert found["planned_days"] == 0
    assert np.isnan(found["planned"])


def test_a_run_that_is_not_to_be_reviewed_is_not_told() -> None:
    assert review(known(lines(), run(reviewed=False))).empty


def test_usual_days_are_those_within_four_weeks_before_and_a_fortnight_after() -> None:
    """Given twice the usual demand earlier than that."""
    early = BEGIN - USUAL_BEFORE
    wanted = [1e4] * early + spinach()[early:]

    found = review(known(lines(spinach=wanted), run())).iloc[0]

    assert found["usual"] == pytest.approx(40)
