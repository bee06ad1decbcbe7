"""Which days a delivery covers, held to a day by day count."""

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warehouse.worth.deliveries import LONGEST_COVER, DemandOfDays, judged_deliveries

FIRST = pd.Timestamp("2026-03-01")
DAYS = 24
Wanted = list[float | None]
Bought = dict[int, float]


def naive(wanted: Wanted, bought: Bought) -> dict[int, tuple[float, float]]:
    """By day: what was bought of the delivery, and what was demanded until the next one, at most LONGEST_COVER days."""
    found = {}
    for day, quantity in bought.items():
        covered = [day]
        while len(covered) < LONGEST_COVER and covered[-1] + 1 not in bought:
            covered.append(covered[-1] + 1)
        of_them = [wanted[one] if one < len(wanted) else None for one in covered]
        if all(one is not None for one in of_them):
            found[day] = quantity, sum(one for one in of_them if one is not None)
    return found


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns).astype({"product_id": "str", "date": "datetime64[us]"})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(0, 50)), min_size=1, max_size=DAYS),
    st.dictionaries(st.integers(0, DAYS), st.floats(0, 50), max_size=8),
)
@example([1.0] * DAYS, {2: 5.0, 20: 3.0})  # more days than a delivery covers at most
def test_a_delivery_covers_the_days_up_to_the_next_one(wanted: Wanted, bought: Bought) -> None:
    days = [FIRST + pd.Timedelta(days=n) for n in range(len(wanted))]
    known = [n for n, one in enumerate(wanted) if one is not None]
    demand = frame(product_id=["a"] * len(known), date=[days[n] for n in known], demand=[wanted[n] for n in known])
    at = [FIRST + pd.Timedelta(days=n) for n in bought]
    accepted = frame(product_id=["a"] * len(at), date=at, quantity=list(bought.values()))
    ordered = frame(product_id=["a"] * len(at), date=at)

    found = judged_deliveries(accepted, ordered, DemandOfDays(demand, FIRST, days[-1]))

    told = {
        (day - FIRST).days: (quantity, demanded)
        for day, quantity, demanded in zip(found["date"], found["bought"], found["demanded"], strict=True)
    }
    slow = naive(wanted, bought)
    assert told.keys() == slow.keys()
    for day, (quantity, demanded) in slow.items():
        assert np.allclose(told[day], (quantity, demanded), atol=1e-6)


def test_what_nobody_wanted_of_a_product_on_known_days_is_demand_of_none() -> None:
    demand = frame(product_id=["milk"], date=[FIRST], demand=[4.0])
    days = frame(product_id=["kale", "kale"], date=[FIRST, FIRST + pd.Timedelta(days=1)])
    found = judged_deliveries(days[:1].assign(quantity=7.0), days, DemandOfDays(demand, FIRST, FIRST))
    assert found.to_dict("records") == [{"product_id": "kale", "date": FIRST, "bought": 7.0, "demanded": 0.0}]
