"""What would have been said of the last weeks without them, beside what happened: the margin of a product's sales and
the cost of its waste. What its customers would have done without it no record of a warehouse that had it can say."""

import numpy as np
import pandas as pd

from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.proposal import HeldOut
from warehouse.assortment.retiring import WarehouseView

HeldOuts = dict[tuple[str, str], HeldOut]


def held_out_weeks(
    before: list[WarehouseView], days: pd.DataFrame, day: pd.Timestamp, settings: RangeSettings
) -> HeldOuts:
    """By warehouse and product: `before` is what was believed `horizon_days` before `day`, `days` what happened since.
    Products without a row on each of these days are left out."""
    since = days[days["date"] >= day - pd.Timedelta(days=settings.horizon_days)]
    happened = (
        since.assign(
            margin=since["sold"] * (since["price"] - since["cost"]).fillna(0.0), wasted=since["waste_money"].fillna(0.0)
        )
        .groupby(["warehouse_id", "product_id"])
        .agg(days=("date", "size"), margin=("margin", "sum"), wasted=("wasted", "sum"))
    )
    whole = happened[happened["days"] >= settings.horizon_days]
    found: HeldOuts = {}
    for view in before:
        panel = view.panel
        known = panel.listed.sum(axis=1) >= settings.least_days
        margin = view.sales.mean * panel.margin * settings.horizon_days
        waste = view.waste.level.mean * panel.unit_waste_cost * settings.horizon_days
        for at in np.flatnonzero(known):
            key = (panel.warehouse_id, panel.product_ids[at])
            if key in whole.index:
                row = whole.loc[[key]].iloc[0]
                found[key] = HeldOut(
                    days=settings.horizon_days,
                    margin_predicted=float(margin[at]),
                    margin=float(row["margin"]),
                    waste_predicted=float(waste[at]),
                    waste=float(row["wasted"]),
                )
    return found
