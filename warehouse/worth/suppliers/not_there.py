"""What was lost by goods that were due and not there: never come, late, or rejected at receipt.

A unit that was not there costs nothing where the shelf held out. So of what ran out on the days that the delivery
covers (up to the product's next one) at most as much was lost by it as was not there, at margin and goodwill; missing,
late and rejected units of all suppliers share it by their quantities.
"""

import numpy as np
import pandas as pd

from warehouse.worth.deliveries import DemandOfDays, covers_until
from warehouse.worth.raw_days import RawDays
from warehouse.worth.unit_money import KEY, unit_money

WHY = ("missing", "late", "rejected")


def lost_by_not_there(raw: RawDays, due: pd.DataFrame, inspections: pd.DataFrame) -> pd.DataFrame:
    """supplier_id, date, missing_money, late_money, rejected_money. `due`: supplier_id, product_id, date, wanted,
    arrived, late; `inspections`: those of RawSuppliers."""
    receipt = inspections[inspections["stage"] == "receipt"]
    parts = [
        due[["supplier_id", *KEY]].assign(missing=(due["wanted"] - due["arrived"]).clip(lower=0.0), late=due["late"]),
        receipt[["supplier_id", *KEY]].assign(rejected=receipt["inspected"] - receipt["accepted"]),
    ]
    not_there = pd.concat(parts, ignore_index=True).reindex(columns=["supplier_id", *KEY, *WHY]).fillna(
        dict.fromkeys(WHY, 0.0)
    )  # fmt: skip
    not_there = not_there.groupby(["supplier_id", *KEY], as_index=False).sum()
    not_there["units"] = not_there[list(WHY)].sum(axis=1)
    not_there = not_there[(not_there["units"] > 0) & (not_there["date"] <= raw.known_until)]
    days = not_there.groupby(KEY, as_index=False)[["units"]].sum()
    days["money"] = np.minimum(days["units"], _ran_out(raw, days)) * unit_money(raw, days)["lost_if_short"]
    days["each"] = days["money"] / days["units"]
    found = not_there.merge(days[[*KEY, "each"]], on=KEY)
    return found[["supplier_id", "date"]].assign(**{f"{why}_money": found[why] * found["each"] for why in WHY})


def _ran_out(raw: RawDays, days: pd.DataFrame) -> pd.Series:
    """Units that ran out on the days that a delivery of each day would have covered, as far as they are known."""
    came = raw.accepted.loc[raw.accepted["quantity"] > 0, KEY]
    deliveries = pd.concat([came, raw.ordered[KEY], days[KEY]]).drop_duplicates()
    deliveries = deliveries.sort_values(KEY, ignore_index=True)
    until = covers_until(deliveries)
    deliveries["until"] = until.where(until <= raw.known_until, raw.known_until)
    last = days[KEY].merge(deliveries, on=KEY)["until"]
    both = raw.demand.merge(raw.sales, on=KEY, how="left")
    short = (both["demand"] - both["sold"].fillna(0.0)).clip(lower=0.0)
    by_day = DemandOfDays(both[KEY].assign(demand=short), raw.first, raw.known_until)
    return by_day.between(days["product_id"], days["date"], last)
