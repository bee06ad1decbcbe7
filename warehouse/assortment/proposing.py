"""What is proposed, from what leaving out and trying come to: each with its interval and its evidence.

A product that is sold on less than half of its days is ordered on demand instead of retired where that earns more; one
that pays in a warehouse that does not have it moves there."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from warehouse.assortment.classes import classes_of
from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.proposal import BasketHold, EvidenceCode, Proposal, ProposalKind, Sibling
from warehouse.assortment.retiring import Retired, WarehouseView, choose_retired
from warehouse.assortment.trying import Tried
from warehouse.reasons import Reason

RARELY = 0.5  # share of days without a sale from which on customers can be asked to order ahead


def trial(tried: Tried, settings: RangeSettings) -> Proposal:
    """A product that is tried until a day."""
    launch = tried.launch
    reach = _reach(settings) * tried.spread
    return Proposal(
        kind=ProposalKind.TRY,
        warehouse_id=launch.warehouse_id,
        product_id=launch.product_id,
        to_warehouse_id=launch.warehouse_id,
        money=tried.money,
        money_low=tried.money - reach,
        money_high=tried.money + reach,
        margin_lost=tried.taken_from_siblings,
        margin_kept=tried.margin,
        waste_saved_money=-tried.waste_money,
        waste_saved=-tried.waste,
        siblings=tuple(Sibling(product, share) for product, share in tried.siblings),
        evidence=(
            Reason(
                EvidenceCode.SOLD_ELSEWHERE,
                {
                    "warehouses": launch.from_warehouses,
                    "a_day": float(launch.mean.mean()),
                    "low": launch.low,
                    "high": launch.high,
                },
            ),
            *_assumed(tried.margin_assumed),
            Reason(EvidenceCode.CANNIBALISED, {"money": tried.taken_from_siblings}),
        ),
        trial_until=launch.trial_until,
    )


def on_demand_instead(proposal: Proposal, rows: pd.DataFrame, settings: RangeSettings) -> Proposal:
    """The product ordered for those who order ahead, where it is sold rarely and that earns more."""
    row = rows[(rows["warehouse_id"] == proposal.warehouse_id) & (rows["product_id"] == proposal.product_id)].iloc[0]
    waits = settings.waits_on_demand
    gain = waits * (proposal.margin_lost - proposal.margin_kept)
    if row["days_without_sale"] < RARELY * row["of_days"] or gain <= 0 or proposal.held_back:
        return proposal
    return replace(
        proposal,
        kind=ProposalKind.ON_DEMAND,
        money=proposal.money + gain,
        money_low=proposal.money_low,  # nobody may wait
        money_high=proposal.money_high + gain / max(waits, 1e-9),  # everybody may
        margin_kept=proposal.margin_kept + gain,
        evidence=(*proposal.evidence, Reason(EvidenceCode.WAITS, {"share": waits})),
    )


def moved_together(retired: list[Proposal], tried: list[Proposal]) -> list[Proposal]:
    """A product that leaves one warehouse and pays in another moves there: one proposal of two."""
    waiting = {proposal.product_id: proposal for proposal in reversed(tried)}
    proposals = []
    for proposal in retired:
        there = waiting.get(proposal.product_id)
        if proposal.kind != ProposalKind.RETIRE or proposal.held_back or there is None:
            proposals.append(proposal)
            continue
        del waiting[proposal.product_id]
        tried = [one for one in tried if one is not there]
        off = np.hypot(proposal.money_high - proposal.money, there.money_high - there.money)
        money = proposal.money + there.money
        proposals.append(
            replace(
                proposal,
                kind=ProposalKind.MOVE,
                to_warehouse_id=there.warehouse_id,
                money=money,
                money_low=money - float(off),
                money_high=money + float(off),
                margin_lost=proposal.margin_lost + there.margin_lost,
                margin_kept=proposal.margin_kept + there.margin_kept,
                waste_saved=proposal.waste_saved + there.waste_saved,
                waste_saved_money=proposal.waste_saved_money + there.waste_saved_money,
                evidence=(*proposal.evidence, *there.evidence),
                trial_until=there.trial_until,
            )
        )
    return proposals + tried


def _reach(settings: RangeSettings) -> float:
    return float(norm.ppf((1 + settings.confidence) / 2))


def retirements(view: WarehouseView, settings: RangeSettings) -> list[Proposal]:
    """The products of a warehouse to retire, those that baskets hold back too."""
    rows = classes_of(view.panel)
    return [_retirement(view, retired, rows.iloc[retired.at], settings) for retired in choose_retired(view, settings)]


def _retirement(view: WarehouseView, retired: Retired, row: pd.Series, settings: RangeSettings) -> Proposal:
    panel, at = view.panel, retired.at
    reach = _reach(settings) * retired.spread
    hold = None
    if view.ties is not None:
        gain = retired.margin_kept - retired.margin_lost + retired.waste_saved_money
        hold = view.ties.hold(at, gain, settings)
    return Proposal(
        kind=ProposalKind.RETIRE,
        warehouse_id=panel.warehouse_id,
        product_id=panel.product_ids[at],
        money=retired.money,
        money_low=retired.money - reach,
        money_high=retired.money + reach,
        margin_lost=retired.margin_lost,
        margin_kept=retired.margin_kept,
        waste_saved_money=retired.waste_saved_money,
        waste_saved=retired.waste_saved,
        siblings=tuple(Sibling(panel.product_ids[k], share) for k, share in retired.siblings),
        baskets=hold,
        evidence=_evidence(view, retired, row, settings, hold),
    )


def _evidence(
    view: WarehouseView, retired: Retired, row: pd.Series, settings: RangeSettings, hold: BasketHold | None
) -> tuple[Reason, ...]:
    panel, at, days = view.panel, retired.at, settings.horizon_days
    category = int(panel.category[at])
    outs = view.substitution.stock_outs[category]
    share = sum(share for _, share in retired.siblings)
    said = [
        Reason(
            EvidenceCode.SELLS,
            {
                "a_day": float(view.sales.mean[at]),
                "sell_through": float(row["sell_through"]),
                "margin": float(panel.margin[at]),
                "abc": str(row["abc"]),
                "xyz": str(row["xyz"]),
            },
        ),
        *_assumed(bool(panel.assumed[at])),
        Reason(EvidenceCode.DAYS_WITHOUT_SALE, {"days": int(row["days_without_sale"]), "of": int(row["of_days"])}),
        Reason(
            EvidenceCode.WASTES,
            {
                "a_day": float(view.waste.level.mean[at]),
                "usual": float(view.waste.usual[at]),
                "money": float(view.waste.level.mean[at] * panel.unit_waste_cost[at] * days),
            },
        ),
        Reason(EvidenceCode.MOVES_TO_SIBLINGS, {"share": share, "stock_outs": outs})
        if outs
        else Reason(EvidenceCode.NEVER_OUT, {"share": share}),
        Reason(EvidenceCode.SIBLINGS_WASTE, {"money": retired.siblings_waste_money}),
    ]
    return (*said, *_of_baskets(hold, view))


def _assumed(margin: bool) -> tuple[Reason, ...]:
    return (Reason(EvidenceCode.MARGIN_ASSUMED),) if margin else ()


def _of_baskets(hold: BasketHold | None, view: WarehouseView) -> tuple[Reason, ...]:
    if hold is None or view.ties is None:
        return (Reason(EvidenceCode.BASKETS_UNKNOWN),)
    said = Reason(
        EvidenceCode.BASKETS_HANG,
        {"orders": hold.orders, "money": hold.margin, "most": hold.margin_high, "times_chance": hold.times_chance},
    )
    if hold.comes_back is None:
        return (said,)
    usual = float(np.nanmean(view.ties.comes_back))
    return said, Reason(EvidenceCode.COMES_BACK, {"share": hold.comes_back, "usual": usual})
