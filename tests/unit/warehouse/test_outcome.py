"""What a quantity is expected to leave unmet and to let expire, kept as a few corners, beside all the scenarios."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import forecasts, offer, plan, products
from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.outcomes.outcome import Bought, OutcomeCurve, curve_from_dict, risks_of
from warehouse.purchasing.outcomes.outcome_curves import Outlook, outcome_curves
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.service_level import USUAL_TERMS, CategoryTerms, ServiceLevel

SCENARIOS = 256
LOTS = (0.0, 0.4, 1.2, 1.4, 2.0)


def outcome_curve(lack: Lack, exactly_at: Sequence[float] = (), terms: CategoryTerms = USUAL_TERMS) -> OutcomeCurve:
    return outcome_curves([Outlook(lack, exactly_at, terms)])[0]


@st.composite
def lacks(draw: st.DrawFn) -> Lack:
    """What is lacking of a product whose life is at least as long as the covered days; some never expire."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    demand = dice.gamma(draw(st.floats(0.2, 20)), draw(st.floats(0.5, 30)), SCENARIOS)
    stock = draw(st.floats(0, 60))
    in_cover = np.sort(np.maximum(demand - stock, 0))
    later = dice.gamma(2, 10, SCENARIOS) if draw(st.booleans()) else np.full(SCENARIOS, np.inf)
    return Lack(in_cover, np.sort(in_cover + later), outlives_cover=True)


@given(lacks(), st.floats(0, 3))
def test_a_few_corners_say_what_all_scenarios_say(lack: Lack, times: float) -> None:
    curve = curve_from_dict(json.loads(json.dumps(outcome_curve(lack).as_dict())))
    usable = times * max(float(lack.in_cover.max()), 1.0)
    tolerance = 0.01 * max(float(lack.in_cover.mean()), 1.0)
    assert curve.short_at(usable) == pytest.approx(lack.short(usable), abs=tolerance)
    if np.isinf(lack.in_life).all():
        assert curve.wasted_at(usable) == 0
    else:
        span = float(lack.in_life.max())
        assert curve.wasted_at(usable) == pytest.approx(lack.wasted(usable), abs=0.01 * max(span, 1.0))


@given(st.lists(st.tuples(lacks(), st.booleans(), st.floats(0, 90)), min_size=1, max_size=5))
def test_at_its_corners_a_curve_is_the_mean_of_all_scenarios_whatever_is_looked_at_beside_it(
    drawn: list[tuple[Lack, bool, float]],
) -> None:
    outlooks = [Outlook(lack.from_lots(LOTS if uneven else None), [bought] * uneven) for lack, uneven, bought in drawn]
    for one, curve in zip(outlooks, outcome_curves(outlooks), strict=True):
        assert len(curve.units) <= 33
        for at, short, wasted in zip(curve.units, curve.short, curve.wasted, strict=True):
            assert short == pytest.approx(one.lack.short(at), abs=1e-4)
            assert wasted == pytest.approx(one.lack.wasted(at), abs=1e-4)
        last = max(curve.units)
        assert curve.wasted_beyond == pytest.approx(one.lack.wasted(last + 1) - one.lack.wasted(last), abs=1e-3)
        assert all(any(abs(at - own) < 1e-4 for own in curve.units) for at in one.exactly_at)


@pytest.mark.parametrize("seed", range(20))
def test_a_long_tail_of_few_scenarios_is_said_as_well_as_where_many_lie(seed: int) -> None:
    demand = np.sort(np.random.default_rng(seed).gamma(0.25, 30, SCENARIOS))
    lack = Lack(demand, demand + 10, outlives_cover=True)
    curve = outcome_curve(lack)
    for usable in np.linspace(0, demand[-1], 200):
        assert curve.short_at(usable) == pytest.approx(lack.short(usable), abs=0.01 * lack.short(0))


@given(lacks(), st.floats(1, 80), st.floats(1, 80))
def test_an_order_split_over_two_suppliers_risks_what_one_of_both_would(
    lack: Lack, first: float, second: float
) -> None:
    curve = outcome_curve(lack, [first + second])
    two = risks_of(curve, [Bought(first, 1.0, 4.0), Bought(second, 1.0, 4.0)], selling_price=10.0)
    [one] = risks_of(curve, [Bought(first + second, 1.0, 4.0)], selling_price=10.0)
    assert two[0].shortage == 0, "on the last line, so that lines add up"
    assert sum(risk.money for risk in two) == pytest.approx(one.money, abs=1e-6)
    assert one.money == pytest.approx(6 * lack.short(first + second) + 4 * lack.wasted(first + second), abs=0.01)


def test_only_what_is_accepted_helps_and_without_a_price_no_money_is_at_risk() -> None:
    curve = outcome_curve(Lack(np.full(8, 10.0), np.full(8, 10.0), outlives_cover=False))
    [half] = risks_of(curve, [Bought(10.0, 0.5, 4.0)], selling_price=10.0)
    assert (half.shortage, half.waste, half.money) == (5.0, 0.0, 30.0)
    [unknown] = risks_of(curve, [Bought(10.0, 0.5, None)], selling_price=None)
    assert (unknown.shortage, unknown.money) == (5.0, 0.0)
    [dear] = risks_of(curve, [Bought(0.0, 1.0, 12.0)], selling_price=10.0)
    assert dear.money == 0, "what sells at a loss earns nothing by being there"


def test_a_lost_customer_and_what_is_thrown_away_cost_as_much_as_when_it_was_planned() -> None:
    # given twice what is bought is wanted, or nothing
    lack = Lack(np.array([0.0, 20.0]), np.array([0.0, 20.0]), outlives_cover=False)
    kept = outcome_curve(lack, [10.0], CategoryTerms(goodwill=3.0, disposal=0.5)).as_dict()
    [risk] = risks_of(curve_from_dict(json.loads(json.dumps(kept))), [Bought(10.0, 1.0, 4.0)], selling_price=10.0)
    assert (risk.short_money, risk.waste_money) == (5 * (10 - 4 + 3.0), 5 * (4 + 0.5))
    usual = outcome_curve(lack, [10.0]).as_dict()
    assert kept == usual | {"goodwill": 3.0, "disposal": 0.5}
    [risk] = risks_of(curve_from_dict(usual), [Bought(10.0, 1.0, 4.0)], selling_price=10.0)
    assert (risk.short_money, risk.waste_money) == (5 * (10 - 4), 5 * 4)


def test_a_line_is_weighed_under_the_terms_of_its_category() -> None:
    shop = PlanSettings(service_level=ServiceLevel({"leaf": CategoryTerms(goodwill=2.0)}, CategoryTerms(disposal=1.0)))
    goods = products(product_ids=("spinach", "leek")).assign(category_id=["leaf", None])
    demand = pd.concat([forecasts(*[20.0] * 7, product_id=name) for name in ("spinach", "leek")])
    leaf, other = plan([], demand=demand, assortment=goods, settings=shop)
    assert (leaf.outcome.goodwill, leaf.outcome.disposal) == (2.0, 0.0)
    assert (other.outcome.goodwill, other.outcome.disposal) == (0.0, 1.0)


def test_a_line_carries_what_it_is_weighed_by() -> None:
    (line,) = plan([offer(price="10", pack="5")], assortment=products(price="16"))
    assert (line.selling_price, line.unit_cost, line.share_accepted) == (16.0, 10.0, 1.0)
    assert line.expected_shortage == pytest.approx(line.outcome.short_at(float(line.quantity)))
    assert line.outcome.short_at(0) == pytest.approx(line.forecast.mean, abs=0.2)
    (nobody,) = plan([], assortment=products(price=None))
    assert (nobody.selling_price, nobody.unit_cost) == (None, None)
    assert nobody.outcome.short_at(0) == pytest.approx(nobody.forecast.mean, abs=0.2)
