"""What is added up of a supplier's day in a warehouse: sums only, so that days, weeks and warehouses add up to any
period. A field holds one sum, or an array of them over suppliers and weeks.

Quantities are in the products' units, money in the warehouse's currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

Sums = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SupplierSums:
    """The sums of some supplier-days. Of orders they count by the day on which they were due, all else by the day on
    which it happened.

    lines             order lines due, without those that we called off
    lines_come        of them those of which something came
    lines_on_time     of them those of which all that came was there when the day ended
    lines_in_full     of the lines due those of which all came, whenever
    lines_otif        of which all came when it was due
    wanted            units ordered and not called off
    arrived           units of them that came, whatever became of them
    late              units that came after their day
    declined          units that the supplier had said it would not bring, and did not
    bought_money      what arrived, at the prices agreed
    priced_money      the same of lines of an offer with tiers
    tier_money        of these, at the price of the tier that the quantity ordered falls into
    best_money        of these, at the offer's lowest price
    missing_money     margin and goodwill lost where what never came ran out
    late_money        the same of what came late
    rejected_money    the same of what was rejected at receipt, and cost and disposal of what was rejected
    origin_inspected, origin_accepted   units at the farm
    receipt_inspected, dispatch_inspected   units; what was not accepted stands below
    yields            receipts inspected; `yield_sum` and `yield_squares` add up accepted / inspected of each
    dated             units that came with an expiry and have a shelf life
    life              of them, units x share of the shelf life that is left
    came              units accepted or rejected at receipt
    rejected_receipt, rejected_dispatch, complained, expired, damaged, thrown_otherwise, marked_down, given_away,
    waste_money       as of products (`warehouse.worth.measures`)
    """

    lines: Sums
    lines_come: Sums
    lines_on_time: Sums
    lines_in_full: Sums
    lines_otif: Sums
    wanted: Sums
    arrived: Sums
    late: Sums
    declined: Sums
    bought_money: Sums
    priced_money: Sums
    tier_money: Sums
    best_money: Sums
    missing_money: Sums
    late_money: Sums
    rejected_money: Sums
    origin_inspected: Sums
    origin_accepted: Sums
    receipt_inspected: Sums
    dispatch_inspected: Sums
    yields: Sums
    yield_sum: Sums
    yield_squares: Sums
    dated: Sums
    life: Sums
    came: Sums
    rejected_receipt: Sums
    rejected_dispatch: Sums
    complained: Sums
    expired: Sums
    damaged: Sums
    thrown_otherwise: Sums
    marked_down: Sums
    given_away: Sums
    waste_money: Sums

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Those that are named in a mapping, 0 for the others."""
        return cls(**{name: np.asarray(values.get(name, 0.0), float) for name in SUPPLIER_SUMS})

    def over(self, weeks: slice) -> "SupplierSums":
        """Added up over some of the last axis."""
        return SupplierSums(**{name: sums[..., weeks].sum(axis=-1) for name, sums in vars(self).items()})


SUPPLIER_SUMS: Final = tuple(one.name for one in fields(SupplierSums))
