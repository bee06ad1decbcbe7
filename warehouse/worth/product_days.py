"""Adds up each product's day of a warehouse from its raw rows: the sums that every figure is made of.

What each sum is says `measures.py`; which days a delivery covers, `deliveries.py`; what a unit costs, `unit_money.py`.
"""

import numpy as np
import pandas as pd

from warehouse.worth.deliveries import DAY, LONGEST_COVER, DemandOfDays, judged_deliveries
from warehouse.worth.measures import OF_PRODUCTS, REJECTED, TAKEN_OUT, WRITTEN_OFF
from warehouse.worth.raw_days import RawDays
from warehouse.worth.unit_money import KEY, unit_money


def product_days(raw: RawDays) -> pd.DataFrame:
    """A row for each product and day of which anything is known: product_id, date and OF_PRODUCTS, by product and
    day."""
    demand = DemandOfDays(raw.demand, raw.first, max(raw.known_until, raw.first))
    parts = [
        _sold_and_wanted(raw),
        _forecast(raw),
        judged_deliveries(raw.accepted, raw.ordered, demand).pipe(_off),
        _came(raw),
        _taken_out(raw),
        _edits(raw, demand),
        _stock(raw),
    ]
    found = pd.concat(parts, ignore_index=True)
    found = found[found["date"].between(raw.first, raw.last)]
    sums = found.groupby(KEY, as_index=False).sum().reindex(columns=[*KEY, *OF_PRODUCTS], fill_value=0.0)
    sums["days"] = 1.0
    return _in_money(raw, sums).sort_values(KEY, ignore_index=True).fillna(dict.fromkeys(OF_PRODUCTS, 0.0))


def _sold_and_wanted(raw: RawDays) -> pd.DataFrame:
    both = raw.sales.merge(raw.demand, on=KEY, how="outer")
    known = both["demand"].notna()
    return both[KEY].assign(
        sold=both["sold"].fillna(0.0),
        known_days=known.astype(float),
        demand=both["demand"].fillna(0.0),
        met=np.where(known, np.minimum(both["sold"].fillna(0.0), both["demand"].fillna(0.0)), 0.0),
    )


def _forecast(raw: RawDays) -> pd.DataFrame:
    both = raw.forecasts.merge(raw.demand, on=KEY)
    return both[KEY].assign(
        forecast_demand=both["demand"],
        forecast_mean=both["mean"],
        forecast_off=(both["median"] - both["demand"]).abs(),
    )


def _off(judged: pd.DataFrame) -> pd.DataFrame:
    return judged.assign(bought_off=(judged["bought"] - judged["demanded"]).abs())


def _came(raw: RawDays) -> pd.DataFrame:
    """What was accepted and rejected. What was rejected at receipt came too."""
    accepted = raw.accepted[[*KEY, "quantity"]].rename(columns={"quantity": "came"})
    rejected = raw.rejected[KEY].copy()
    for stage, name in REJECTED.items():
        rejected[name] = raw.rejected["quantity"].where(raw.rejected["stage"] == stage, 0.0)
    rejected["came"] = rejected["rejected_receipt"]
    return pd.concat([accepted, rejected], ignore_index=True)


def _taken_out(raw: RawDays) -> pd.DataFrame:
    out = raw.taken_out[KEY].copy()
    for why, name in TAKEN_OUT.items():
        out[name] = raw.taken_out["quantity"].where(raw.taken_out["why"] == why, 0.0)
    return out


def _edits(raw: RawDays, demand: DemandOfDays) -> pd.DataFrame:
    """How often a buyer ordered another quantity than suggested, and whether what there was came nearer to demand."""
    needs = raw.needs
    edited = needs["quantity"] != needs["suggested"]
    last = needs["covers_until"].where(needs["covers_until"] < needs["date"] + LONGEST_COVER * DAY,
                                       needs["date"] + (LONGEST_COVER - 1) * DAY)  # fmt: skip
    judged = edited & demand.is_known(needs["date"], last)
    nearer = pd.Series(0.0, index=needs.index)
    of = needs[judged]
    if len(of):
        wanted = demand.between(of["product_id"], of["date"], last[judged])
        suggestion = (of["beside"] + of["suggested_accepted"] - wanted).abs()
        nearer[judged] = suggestion - (of["beside"] + of["accepted"] - wanted).abs()
    return needs[KEY].assign(
        suggested=1.0,
        edited=edited.astype(float),
        edits_judged=judged.astype(float),
        edits_nearer=(nearer > 0).astype(float),
        units_nearer=nearer,
    )


def _stock(raw: RawDays) -> pd.DataFrame:
    return raw.stock[KEY].assign(stock_days=1.0, stock=raw.stock["quantity"])


def _in_money(raw: RawDays, sums: pd.DataFrame) -> pd.DataFrame:
    """Units that were lost, wasted or lay there as money."""
    unit = unit_money(raw, sums)
    sums["short_money"] = (sums["demand"] - sums["met"]) * unit["lost_if_short"]
    sums["wanted_money"] = sums["demand"] * unit["margin"]
    thrown = sums[list(WRITTEN_OFF.values())].sum(axis=1)
    rejected = sums["rejected_receipt"] + sums["rejected_dispatch"]
    sums["waste_money"] = (
        rejected * unit["cost"] + (rejected + thrown) * unit["disposal"] + _lots_cost(raw, sums, unit["cost"])
    )
    sums["stock_sold_money"] = sums["sold"] * unit["cost"] * (sums["stock_days"] > 0)
    sums["stock_money"] = sums["stock"] * unit["cost"]
    return sums[[*KEY, *OF_PRODUCTS]]


def _lots_cost(raw: RawDays, sums: pd.DataFrame, cost: pd.Series) -> pd.Series:
    """What the lots that were written off had cost, by row of `sums`; one of unknown cost as the day's."""
    thrown = raw.taken_out[raw.taken_out["why"].isin(list(WRITTEN_OFF))]
    thrown = thrown.merge(sums[KEY].assign(day_cost=cost), on=KEY)
    thrown["money"] = thrown["quantity"] * thrown["unit_cost"].fillna(thrown["day_cost"])
    by_day = thrown.groupby(KEY)["money"].sum()
    found = by_day.reindex(pd.MultiIndex.from_frame(sums[KEY])).fillna(0.0)
    return pd.Series(found.to_numpy(float), index=sums.index)
