"""What decisions came to in made shops, as their reviews say from the recorded days alone, beside the truth: the same
customers play with what was accepted and without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.bench.assortment.playing import Played
from tests.bench.assortment.worlds import AHEAD, FIRST_DAY, MadeShop
from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.proposal import Proposal, ProposalKind
from warehouse.assortment.ranking import propose
from warehouse.worth.ranges.came import REACH, Came, Decision, Part, came_to
from warehouse.worth.ranges.known_changes import KnownChanges
from warehouse.worth.ranges.reviewing import review

FUTURE = 0
Changed = tuple[str, int]  # warehouse and product


@dataclass(frozen=True)
class Judged:
    """Money over four weeks: promised, what it came to as reviewed, and in truth."""

    promised: float
    came: Came
    true: float

    @property
    def held(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.came.low <= self.true <= self.came.high


@dataclass(frozen=True)
class Reviewed:
    """A shop: all its decisions together, and those that are alone in their category and warehouse."""

    decisions: int
    together: Judged
    alone: tuple[Judged, ...]


def reviewed(shop: MadeShop, accepted_share: float) -> Reviewed:
    """A share of a shop's proposals is accepted on one day and reviewed four weeks later."""
    proposals = propose(shop.history, RangeSettings(waits_on_demand=0.0), shop.day).proposals
    random = np.random.default_rng([shop.seed, 77])
    accepted = [one for one in proposals if not one.held_back and random.random() < accepted_share]
    without, also = (np.zeros(shop.ranged.shape, dtype=bool) for _ in range(2))
    for one in accepted:
        for warehouse, product in left(one):
            without[int(warehouse[1:]), product] = True
        for warehouse, product in begun(one):
            also[int(warehouse[1:]), product] = True
    there, came = shop.ahead(FUTURE), shop.ahead(FUTURE, without, also)
    found = review(recorded(shop, came, accepted))
    decisions = [_decision(one, found[str(at)]) for at, one in enumerate(accepted)]
    money = _money(shop, came) - _money(shop, there)
    cells = defaultdict(list)
    for at, one in enumerate(accepted):
        for warehouse, product in {*left(one), *begun(one)}:
            cells[warehouse, int(shop.goods.category[product])].append(at)
    alone = [
        Judged(
            accepted[at].money,
            came_to([decisions[at]]),
            float(money[int(warehouse[1:]), shop.goods.category == category].sum()),
        )
        for (warehouse, category), (at, *others) in cells.items()
        if not others and len(decisions[at].parts) == 1
    ]
    together = Judged(sum(one.money for one in accepted), came_to(decisions), float(money.sum()))
    return Reviewed(len(accepted), together, tuple(alone))


def left(one: Proposal) -> list[Changed]:
    """What a proposal takes out of a range."""
    return [] if one.kind == ProposalKind.TRY else [(one.warehouse_id, int(one.product_id[1:]))]


def begun(one: Proposal) -> list[Changed]:
    """What it brings into one."""
    new = one.kind in (ProposalKind.TRY, ProposalKind.MOVE)
    return [(str(one.to_warehouse_id), int(one.product_id[1:]))] if new else []


def recorded(shop: MadeShop, came: Played, accepted: Sequence[Proposal]) -> KnownChanges:
    """The days as a shop adds them up, and what was decided of them."""
    goods, days = shop.goods, shop.make.days + AHEAD
    margin = np.concatenate([shop.past.sold, came.sold], axis=2) * _margin(shop)
    waste = np.concatenate([shop.past.wasted, came.wasted], axis=2) * goods.cost[None, :, None]
    warehouse, product, day = (one.ravel() for one in np.indices(margin.shape))
    frame = pd.DataFrame(
        {
            "warehouse_id": np.char.add("W", warehouse.astype(str)),
            "product_id": np.array([f"P{at:03d}" for at in range(margin.shape[1])])[product],
            "category": np.char.add("C", goods.category[product].astype(str)),
            "date": FIRST_DAY + pd.to_timedelta(day, unit="D"),
            "margin": margin.ravel(),
            "waste": waste.ravel(),
        }
    )
    cells = frame.groupby(["warehouse_id", "category", "date"], as_index=False)[["margin", "waste"]].sum()
    changes = pd.DataFrame(
        [
            (str(at), name, f"P{which:03d}", f"C{goods.category[which]}", shop.day, AHEAD, True)
            for at, one in enumerate(accepted)
            for name, which in (*left(one), *begun(one))
        ],
        columns=["change", "warehouse_id", "product_id", "category", "first", "days", "reviewed"],
    )
    begins = np.where(shop.ranged, shop.launched[None, :], days)
    is_listed = day >= np.minimum(begins, shop.make.days)[warehouse, product]
    lines = frame[is_listed].merge(changes[["warehouse_id", "product_id"]].drop_duplicates())
    return KnownChanges(cells.assign(known_days=1.0), lines.drop(columns="category"), changes)


def _margin(shop: MadeShop) -> NDArray[np.float64]:
    return (shop.goods.price - shop.goods.cost)[None, :, None]


def _money(shop: MadeShop, played: Played) -> NDArray[np.float64]:
    """By warehouse and product: margin less waste of the weeks after the decision."""
    money: NDArray[np.float64] = played.sold * _margin(shop) - played.wasted * shop.goods.cost[None, :, None]
    return money.sum(axis=2)


def _decision(proposal: Proposal, parts: Iterable[Part | None]) -> Decision:
    told = [one for one in parts if one is not None]
    baskets = proposal.baskets
    if baskets is None:
        return Decision(told)
    return Decision(told, baskets.margin, (baskets.margin_high - baskets.margin) / REACH)
