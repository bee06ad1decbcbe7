"""What changes of ranges are reviewed from: the added-up days of all products, and what changed when.

Frames are of the warehouses of one currency; ids and categories are text, `date` is a local day (midnight without a
zone), money is in their currency."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class KnownChanges:
    """Days from USUAL_WEEKS and PLACEBO_WEEKS before the first change to be reviewed to the last day of the last one.

    cells    warehouse_id, category, date, margin (of what was sold), waste (at cost, disposal among it), known_days
             (how many of its products' days have a known demand): sums over all products of the category
    lines    warehouse_id, product_id, date, margin, waste: the days of products that changes are about
    changes  change (id), warehouse_id, product_id, category, first (the first day that is otherwise), days (over which
             it is reviewed), reviewed: every beginning or end of a product in a warehouse within these days
    """

    cells: pd.DataFrame
    lines: pd.DataFrame
    changes: pd.DataFrame
