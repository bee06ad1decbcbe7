"""Adds up each supplier's day in a warehouse from its raw rows: the sums that a scorecard is made of.

What each sum is says `supplier_sums.py`. Order lines of a supplier count only while something of an order of it is
known to have come in SILENT_DAYS: where nobody enters receipts, nobody knows that nothing came.
"""

from typing import Final

import numpy as np
import pandas as pd

from warehouse.worth.deliveries import DAY
from warehouse.worth.measures import REJECTED, TAKEN_OUT, WRITTEN_OFF
from warehouse.worth.raw_days import RawDays
from warehouse.worth.suppliers.not_there import lost_by_not_there
from warehouse.worth.suppliers.raw_suppliers import RawSuppliers
from warehouse.worth.suppliers.supplier_sums import SUPPLIER_SUMS
from warehouse.worth.unit_money import KEY, unit_money

SILENT_DAYS: Final = 28
OF_SUPPLIER: Final = ["supplier_id", "date"]


def supplier_days(raw: RawDays, suppliers: RawSuppliers) -> pd.DataFrame:
    """A row for each supplier and day of which anything is known: supplier_id, date and SUPPLIER_SUMS, by both."""
    due = _counted(suppliers.order_lines)
    due = due[due["date"].between(raw.first, raw.last)]
    parts = [
        _orders(due),
        _prices(due, suppliers.tiers),
        lost_by_not_there(raw, due, suppliers.inspections),
        _inspected(raw, suppliers.inspections),
        _came(raw, suppliers.lives),
        _taken_out(raw),
    ]
    found = pd.concat(parts, ignore_index=True)
    found = found[found["date"].between(raw.first, raw.last)]
    sums = found.groupby(OF_SUPPLIER, as_index=False).sum()
    return sums.reindex(columns=[*OF_SUPPLIER, *SUPPLIER_SUMS], fill_value=0.0).fillna(
        dict.fromkeys(SUPPLIER_SUMS, 0.0)
    )


def _counted(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of suppliers of whose orders something came on a day due in the last SILENT_DAYS."""
    if lines.empty:  # pandas cannot join nothing to nothing
        return lines
    came = lines.loc[lines["arrived"] > 0, OF_SUPPLIER].drop_duplicates().assign(heard=True)
    found = pd.merge_asof(
        lines.sort_values("date", kind="stable"),
        came.sort_values("date"),
        on="date",
        by="supplier_id",
        tolerance=(SILENT_DAYS - 1) * DAY,
    )
    return found[found["heard"].notna()].drop(columns="heard").reset_index(drop=True)


def _orders(due: pd.DataFrame) -> pd.DataFrame:
    came, in_full, punctual = due["arrived"] > 0, due["arrived"] >= due["wanted"], due["late"] <= 0
    said = due["confirmed"].fillna(np.inf)
    return due[OF_SUPPLIER].assign(
        lines=1.0,
        lines_come=came.astype(float),
        lines_on_time=(came & punctual).astype(float),
        lines_in_full=in_full.astype(float),
        lines_otif=(in_full & punctual).astype(float),
        wanted=due["wanted"],
        arrived=due["arrived"],
        late=due["late"],
        declined=(due["wanted"] - np.maximum(said, due["arrived"])).clip(lower=0.0),
        bought_money=(due["arrived"] * due["unit_price"]).fillna(0.0),
    )


def _prices(due: pd.DataFrame, tiers: pd.DataFrame) -> pd.DataFrame:
    """What arrived at the price agreed, at that of the tier ordered, and at the best of the offer."""
    lowest = tiers.groupby("offer_id").agg(first=("unit_price", "first"), best=("unit_price", "min"))
    priced = due[due["unit_price"].notna()].merge(lowest, on="offer_id")
    if priced.empty:
        return priced[OF_SUPPLIER]
    found = pd.merge_asof(
        priced.sort_values("ordered", kind="stable"),
        tiers.rename(columns={"unit_price": "tier"}).sort_values("min_quantity", kind="stable"),
        left_on="ordered",
        right_on="min_quantity",
        by="offer_id",
    )
    tier = found["tier"].fillna(found["first"])  # below the lowest tier its price holds as well
    return found[OF_SUPPLIER].assign(
        priced_money=found["arrived"] * found["unit_price"],
        tier_money=found["arrived"] * tier,
        best_money=found["arrived"] * found["best"],
    )


def _inspected(raw: RawDays, inspections: pd.DataFrame) -> pd.DataFrame:
    """Units by stage, the yields of receipts, and what the rejected units cost."""
    rejected = inspections["inspected"] - inspections["accepted"]
    stage, found = inspections["stage"], inspections[OF_SUPPLIER].copy()
    for one, name in (("origin", "origin_inspected"), ("receipt", "receipt_inspected"),
                      ("dispatch", "dispatch_inspected")):  # fmt: skip
        found[name] = inspections["inspected"].where(stage == one, 0.0)
    found["origin_accepted"] = inspections["accepted"].where(stage == "origin", 0.0)
    for one, name in REJECTED.items():
        found[name] = rejected.where(stage == one, 0.0)
    found["came"] = found["rejected_receipt"]
    judged = (stage == "receipt") & (inspections["inspected"] > 0)
    share = (inspections["accepted"] / inspections["inspected"]).where(judged, 0.0)
    found["yields"], found["yield_sum"], found["yield_squares"] = judged.astype(float), share, share**2
    unit = _unit_money_of(raw, inspections)
    of_rejected = (found["rejected_receipt"] + found["rejected_dispatch"]) * (unit["cost"] + unit["disposal"])
    return found.assign(waste_money=of_rejected, rejected_money=of_rejected)


def _came(raw: RawDays, lives: pd.DataFrame) -> pd.DataFrame:
    """What was accepted, and how much of its shelf life was left: the day of receipt is the first of it."""
    lots = raw.accepted.merge(lives, on="product_id", how="left")
    left = ((lots["expires_on"] - lots["date"]).dt.days + 1).clip(lower=0) / lots["shelf_life_days"]
    dated = lots["quantity"].where(left.notna(), 0.0)
    return lots[OF_SUPPLIER].assign(came=lots["quantity"], dated=dated, life=dated * left.fillna(0.0))


def _taken_out(raw: RawDays) -> pd.DataFrame:
    out = raw.taken_out
    found = out[OF_SUPPLIER].copy()
    for why, name in TAKEN_OUT.items():
        found[name] = out["quantity"].where(out["why"] == why, 0.0)
    unit = _unit_money_of(raw, out)
    each = out["unit_cost"].fillna(unit["cost"]) + unit["disposal"]
    return found.assign(waste_money=(out["quantity"] * each).where(out["why"].isin(list(WRITTEN_OFF)), 0.0))


def _unit_money_of(raw: RawDays, rows: pd.DataFrame) -> pd.DataFrame:
    """cost and disposal of a unit, by row of `rows`."""
    days = rows[KEY].drop_duplicates(ignore_index=True)
    known = days.join(unit_money(raw, days))
    return rows[KEY].merge(known, on=KEY, how="left").set_axis(rows.index)
