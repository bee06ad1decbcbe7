"""What retiring came to in made shops, beside what was predicted: the same customers play with and without the list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.bench.assortment.worlds import MadeShop
from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.proposal import Proposal, ProposalKind
from warehouse.assortment.ranking import propose

FUTURES_OF_ONE = 4  # of a product that visits are made for
BY_ITSELF = 6  # products a shop that are taken out by themselves, to judge intervals


@dataclass(frozen=True)
class Outcome:
    """Sums over a shop's list, money over four weeks, predicted and what came of it: margin of what left, what of it
    moved to siblings, waste saved (siblings' counted), all of it together."""

    products: int
    held: int
    margin: tuple[float, float]
    kept: tuple[float, float]
    waste: tuple[float, float]
    money: tuple[float, float]
    by_future: tuple[float, ...]
    within: int
    judged: int
    hanging: int
    hanging_unseen: int


def played(shop: MadeShop, futures: int) -> Outcome:
    """The list of a shop, played `futures` times."""
    settings = RangeSettings(waits_on_demand=0.0)
    proposals = propose(shop.history, settings, shop.day).proposals
    listed = [one for one in proposals if one.kind in (ProposalKind.RETIRE, ProposalKind.MOVE)]
    retired = [one for one in listed if one.kind == ProposalKind.RETIRE and not one.held_back]
    true = np.array([_came(shop, retired, future) for future in range(futures)])
    own, kept, waste = true.mean(axis=0)
    within = judged = 0
    for one in retired[:: max(len(retired) // BY_ITSELF, 1)]:
        lost, moved, saved = _came(shop, [one], futures)
        within += one.money_low <= moved - lost + saved <= one.money_high
        judged += 1
    return Outcome(
        products=len(retired),
        held=sum(one.held_back for one in listed),
        margin=(sum(one.margin_lost for one in retired), own),
        kept=(sum(one.margin_kept - _baskets(one) for one in retired), kept),
        waste=(sum(one.waste_saved_money for one in retired), waste),
        money=(sum(one.money for one in retired), kept - own + waste),
        by_future=tuple((true[:, 1] - true[:, 0] + true[:, 2]).tolist()),
        within=within,
        judged=judged,
        hanging=sum(_hangs(shop, one) for one in listed),
        hanging_unseen=sum(_hangs(shop, one) for one in retired),
    )


def _baskets(proposal: Proposal) -> float:
    return proposal.baskets.margin if proposal.baskets else 0.0


def _came(shop: MadeShop, retired: list[Proposal], future: int) -> tuple[float, float, float]:
    """Margin of what left, what of it was kept (baskets lost taken off), waste saved: money."""
    goods = shop.goods
    without = np.zeros((shop.make.warehouses, len(goods.price)), dtype=bool)
    for one in retired:
        without[int(one.warehouse_id[1:]), int(one.product_id[1:])] = True
    there, gone = shop.ahead(future), shop.ahead(future, without)
    margin, cost = (goods.price - goods.cost)[None, :, None], goods.cost[None, :, None]
    own = float((there.sold * margin)[without].sum())
    fell = float(((there.sold - gone.sold) * margin).sum())
    return own, own - fell, float(((there.wasted - gone.wasted) * cost).sum())


def _hangs(shop: MadeShop, proposal: Proposal) -> bool:
    """Whether visits are made for a product, and what they buy beside it is worth more than leaving it out earns."""
    product, warehouse = int(proposal.product_id[1:]), int(proposal.warehouse_id[1:])
    if not shop.goods.anchor[product]:
        return False
    without = np.zeros((shop.make.warehouses, len(shop.goods.price)), dtype=bool)
    without[warehouse, product] = True
    other = shop.goods.category != shop.goods.category[product]
    margin = (shop.goods.price - shop.goods.cost)[None, :, None]
    beside, money = [], []
    for future in range(FUTURES_OF_ONE):
        there, gone = shop.ahead(future), shop.ahead(future, without)
        beside.append(float((((there.sold - gone.sold) * margin)[:, other]).sum()))
        own, kept, waste = _came(shop, [proposal], future)
        money.append(kept - own + waste)
    return float(np.mean(beside)) > 0 and float(np.mean(money)) < 0
