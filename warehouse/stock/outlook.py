"""What will become of a product's stock: what is sold until the next delivery, what is left on its morning, whether it
runs out before, and what expires before it sells.

Expected demand runs the stock down day by day, first-expired first; what arrives on a day can be sold on it. It is what
is to be expected, not a promise: the purchase plan decides over the whole distribution of demand.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from warehouse.stock.lots import StockLot, expiring_first

WORTH_SAYING = 0.05  # of the demand up to the next delivery: less than that unmet is not called running out
WORTH_NAMING = 0.5  # units: what is expected is a broken number
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Arriving:
    """What comes on a day of what is ordered, in the product's unit; `expires_on` None: it keeps."""

    day: date
    quantity: float
    expires_on: date | None


@dataclass(frozen=True)
class StockOutlook:
    """The outlook of a product in a warehouse; quantities in its unit.

    on_shelf       may be sold today
    expired        past its last day: to be taken out
    by_expiry      what is there by last day, None last: it keeps
    arriving       by day
    next_delivery  the first day after today on which something comes or can come; None: none is known
    sold_until     expected to be sold before that day
    missing        demand expected before that day that nothing meets
    on_morning     expected to be there on its morning, before it comes
    days_of_cover  for how many days what is on the shelf meets the demand expected; None: none is expected
    runs_out_on    the day on which it is expected to run out before the next delivery
    unsold         what is on the shelf now and will expire before it sells, by its last day
    """

    product_id: str
    on_shelf: float
    expired: float
    by_expiry: tuple[tuple[date | None, float], ...]
    arriving: tuple[tuple[date, float], ...]
    next_delivery: date | None
    sold_until: float
    missing: float
    on_morning: float
    days_of_cover: float | None
    runs_out_on: date | None
    unsold: tuple[tuple[date, float], ...]

    @property
    def unsold_quantity(self) -> float:
        """All that will expire before it sells."""
        return sum(quantity for _, quantity in self.unsold)


def stock_outlook(
    product_id: str,
    lots: Sequence[StockLot],
    arriving: Sequence[Arriving],
    demand: Sequence[float],
    today: date,
    next_delivery: date | None,
) -> StockOutlook:
    """The outlook from today on.

    lots           what is there now
    demand         expected of today from now on, and of the days after it, at least up to the next delivery
    next_delivery  the first day after today on which something can be delivered"""
    coming = [one.day for one in arriving if one.day > today]
    following = min([*coming, *([next_delivery] if next_delivery is not None else [])], default=None)
    run = _run_down(lots, arriving, demand, today)
    days_before = len(demand) if following is None else (following - today).days
    before = slice(0, days_before)
    wanted, unmet = sum(demand[before]), sum(run.unmet[before])
    runs_out = unmet > WORTH_SAYING * wanted and unmet >= WORTH_NAMING
    short = next((day for day, missing in enumerate(run.unmet[before]) if missing > 0), None) if runs_out else None
    by_day: defaultdict[date, float] = defaultdict(float)
    for one in arriving:
        by_day[max(one.day, today)] += one.quantity
    held: defaultdict[date | None, float] = defaultdict(float)
    for lot in expiring_first(lots):
        held[lot.last_day] += float(lot.quantity)
    expired = sum(quantity for last, quantity in held.items() if last is not None and last < today)
    on_shelf = sum(held.values()) - expired
    return StockOutlook(
        product_id=product_id,
        on_shelf=on_shelf,
        expired=expired,
        by_expiry=tuple(held.items()),
        arriving=tuple(sorted(by_day.items())),
        next_delivery=following,
        sold_until=wanted - unmet,
        missing=unmet,
        on_morning=run.left[days_before - 1] if 0 < days_before <= len(run.left) else on_shelf,
        days_of_cover=_days_of_cover(on_shelf, demand),
        runs_out_on=None if short is None else today + timedelta(days=short),
        unsold=tuple(run.unsold) if sum(quantity for _, quantity in run.unsold) >= WORTH_NAMING else (),
    )


@dataclass(frozen=True)
class _Run:
    """What became of stock: by day, demand that nothing met, and what was left in the evening and may still be sold;
    and by last day, what of the lots expired."""

    unmet: list[float]
    left: list[float]
    unsold: list[tuple[date, float]]


@dataclass(frozen=True)
class _Part:
    """What is left of a lot that is here already, or of something that arrives."""

    last_day: date
    quantity: float
    is_here: bool


def _run_down(lots: Sequence[StockLot], arriving: Sequence[Arriving], demand: Sequence[float], today: date) -> _Run:
    there = [_Part(lot.last_day or date.max, float(lot.quantity), True) for lot in lots if lot.usable_on(today)]
    run = _Run([], [], [])
    for ahead, wanted in enumerate(demand):
        day = today + timedelta(days=ahead)
        came = [one for one in arriving if max(one.day, today) == day]
        there += [_Part(one.expires_on or date.max, one.quantity, False) for one in came]
        there, missing = _sold(there, wanted)
        run.unmet.append(missing)
        gone = sum(part.quantity for part in there if part.last_day == day and part.is_here)
        if gone > 0:
            run.unsold.append((day, gone))
        there = [part for part in there if part.last_day > day and part.quantity > 0]
        run.left.append(sum(part.quantity for part in there))
    return run


def _sold(there: list[_Part], wanted: float) -> tuple[list[_Part], float]:
    """What is left of the parts once so much is sold, first-expired first, and what nothing met."""
    left = []
    for part in sorted(there, key=lambda part: part.last_day):
        taken = min(part.quantity, wanted)
        left.append(replace(part, quantity=part.quantity - taken))
        wanted -= taken
    return left, wanted


def _days_of_cover(on_shelf: float, demand: Sequence[float]) -> float | None:
    """Days of which the shelf meets the demand, beyond the days that are forecast at their mean."""
    if not demand or sum(demand) <= 0:
        return None
    left = on_shelf
    for day, wanted in enumerate(demand):
        if wanted > left:
            return day + left / wanted
        left -= wanted
    return len(demand) + left / (sum(demand) / len(demand))
