"""What a unit of a product on a day cost and was worth in a warehouse.

A unit costs what the lot that came last had cost, as far back as COST_DAYS, else what the usual markup leaves of the
list price; a unit that was written off, what its own lot had cost. A unit short loses its margin and goodwill.
"""

from typing import Final

import pandas as pd

from warehouse.worth.deliveries import DAY
from warehouse.worth.raw_days import RawDays

COST_DAYS: Final = 28
KEY: Final = ["product_id", "date"]


def unit_money(raw: RawDays, days: pd.DataFrame) -> pd.DataFrame:
    """cost, margin, lost_if_short (margin and goodwill) and disposal of a unit, by row of `days` (product_id, date;
    each once, indexed from 0)."""
    known = days[KEY].merge(raw.products, on="product_id", how="left")
    known = known.merge(raw.terms, on=["date", "category"], how="left")
    last_paid, listed = _last_paid(raw, known), known["list_price"]
    cost = last_paid.fillna(listed / raw.markup).fillna(0.0)
    price = listed.fillna(last_paid * raw.markup).fillna(0.0)
    margin = (price - cost).clip(lower=0.0)
    return pd.DataFrame(
        {
            "cost": cost,
            "margin": margin,
            "lost_if_short": margin + known["goodwill"].fillna(0.0),
            "disposal": known["disposal"].fillna(0.0),
        }
    )


def _last_paid(raw: RawDays, days: pd.DataFrame) -> pd.Series:
    """What the product's last lot with a known cost had cost, by row of `days`; NaN where there is none. Several of one
    day are weighed by their quantities."""
    if days.empty:  # pandas cannot join nothing to nothing
        return pd.Series(dtype=float)
    paid = raw.accepted[raw.accepted["unit_cost"].notna() & (raw.accepted["quantity"] > 0)]
    paid = (
        paid.assign(money=paid["quantity"] * paid["unit_cost"])
        .groupby(KEY, as_index=False)[["money", "quantity"]]
        .sum()
    )
    paid["cost"] = paid["money"] / paid["quantity"]
    wanted = days[KEY].reset_index().sort_values("date", kind="stable")
    found = pd.merge_asof(
        wanted,
        paid[[*KEY, "cost"]].sort_values("date", kind="stable"),
        on="date",
        by="product_id",
        tolerance=(COST_DAYS - 1) * DAY,
    )
    return pd.Series(found["cost"].to_numpy(float), index=found["index"]).reindex(days.index)
