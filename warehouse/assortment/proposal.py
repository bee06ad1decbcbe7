"""A change to a warehouse's range, with what it is expected to come to and why: values only, words are the pages'."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from warehouse.reasons import Reason


class ProposalKind(StrEnum):
    """What is proposed to do with a product of a warehouse."""

    RETIRE = "retire"
    TRY = "try"
    MOVE = "move"
    ON_DEMAND = "on_demand"


class EvidenceCode(StrEnum):
    """Why; behind each code its values."""

    SELLS = "sells"  # a_day, sell_through (sold / sold and wasted), margin (per unit), abc, xyz
    MARGIN_ASSUMED = "margin_assumed"  # price or cost is not known; the usual markup stands in for it
    DAYS_WITHOUT_SALE = "days_without_sale"  # days, of
    WASTES = "wastes"  # a_day, usual (of products that sell as much), money (over the horizon)
    MOVES_TO_SIBLINGS = "moves_to_siblings"  # share, stock_outs (days on which siblings of the category were out)
    SIBLINGS_WASTE = "siblings_waste"  # units (more, over the horizon), money
    CANNIBALISED = "cannibalised"  # money (margin that it takes from siblings)
    BASKETS_HANG = "baskets_hang"  # orders, money and most (margin of the rest of them that is lost, expected and
    # at most), times_chance (what the rest earns, to that of any product)
    BASKETS_UNKNOWN = "baskets_unknown"  # no orders are known
    COMES_BACK = "comes_back"  # share of its customers who bought it again, usual
    SOLD_ELSEWHERE = "sold_elsewhere"  # warehouses, a_day (expected here), low and high (units over the horizon)
    WAITS = "waits"  # share of customers assumed to order ahead
    NEVER_OUT = "never_out"  # share assumed to take a sibling, as no stock-out has told


@dataclass(frozen=True)
class Sibling:
    """A product that `share` of another's customers take instead."""

    product_id: str
    share: float


@dataclass(frozen=True)
class BasketHold:
    """Whether baskets hang on a product: `share` of its `orders` over the horizon may not be placed without it, whose
    other lines earn `margin` (0.975 quantile of the share: `margin_high`); `times_chance` is how much more the rest of
    its baskets earns than that of a product in general. It holds the product back where `margin_high` costs more than
    leaving it out earns."""

    share: float
    orders: float
    margin: float
    margin_high: float
    times_chance: float
    comes_back: float | None
    holds: bool


@dataclass(frozen=True)
class HeldOut:
    """What was predicted of the last `days` days without them, and what happened: margin and cost of waste."""

    days: int
    margin_predicted: float
    margin: float
    waste_predicted: float
    waste: float


@dataclass(frozen=True)
class Proposal:
    """A change to a range.

    `money` is expected over the horizon (positive: better), between `money_low` and `money_high` with the settings'
    confidence, chance of those days included: `margin_kept` (what moves to siblings, is sold at `to_warehouse_id` or
    is ordered ahead) - `margin_lost` + `waste_saved_money`, less the expected margin of baskets that are lost.
    `waste_saved` is in units of the product; what siblings waste more is taken off the money. A proposal that baskets
    hold back is none to accept unseen.
    """

    kind: ProposalKind
    warehouse_id: str
    product_id: str
    money: float
    money_low: float
    money_high: float
    margin_lost: float
    margin_kept: float
    waste_saved_money: float
    waste_saved: float
    to_warehouse_id: str | None = None
    siblings: tuple[Sibling, ...] = ()
    baskets: BasketHold | None = None
    evidence: tuple[Reason, ...] = ()
    held_out: HeldOut | None = None
    trial_until: date | None = None

    @property
    def held_back(self) -> bool:
        """Whether baskets hang on the product."""
        return self.baskets is not None and self.baskets.holds
