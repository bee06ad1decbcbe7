"""The range of each warehouse in order, worst first, and what to change of it: the one entry.

A product's worth is what the warehouse would lose without it: the margin of its sales less what would move to siblings,
less its waste."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from warehouse.assortment.basket_holds import basket_ties
from warehouse.assortment.classes import classes_of
from warehouse.assortment.frames import AssortmentHistory, RangeSettings
from warehouse.assortment.levels import sales_levels
from warehouse.assortment.panel import panels_of
from warehouse.assortment.proposal import EvidenceCode, Proposal, ProposalKind, Sibling
from warehouse.assortment.retiring import Retired, WarehouseView, choose_retired, leaving, spread_of
from warehouse.assortment.substitution import learn_substitution
from warehouse.assortment.waste_curve import waste_levels
from warehouse.reasons import Reason


@dataclass(frozen=True, eq=False)
class Range:
    """The ranges of warehouses as they stand on a day.

    rows       a row a warehouse and product, as `classes_of` has them, and: worth (money over the horizon that would be
               lost without it), worth_sd, taken_instead (share of its customers that would take a sibling), rank (1 the
               one that earns least), new (too few days to judge)
    proposals  those with the most money first
    """

    rows: pd.DataFrame
    proposals: tuple[Proposal, ...]


def propose(history: AssortmentHistory, settings: RangeSettings, day: pd.Timestamp) -> Range:
    """The ranges of all warehouses as they stand when `day` begins, and what to change."""
    views = views_of(history.before(day), settings)
    if not views:
        return Range(pd.DataFrame(), ())
    rows = pd.concat([_rows(view, settings) for view in views], ignore_index=True)
    proposals = [proposal for view in views for proposal in _retirements(view, settings)]
    return Range(rows, tuple(sorted(proposals, key=lambda proposal: -proposal.money)))


def views_of(known: AssortmentHistory, settings: RangeSettings) -> list[WarehouseView]:
    """All that is believed of each warehouse, from what is known."""
    panels = panels_of(known)
    if not panels:
        return []
    sales = sales_levels(panels, settings.half_life_days)
    waste = waste_levels(panels, sales, settings.waste_half_life_days)
    substitution = learn_substitution(panels, settings)
    baskets = dict(list(known.baskets.groupby("warehouse_id")))
    return [
        WarehouseView(
            panel=panel,
            sales=sales[at],
            waste=waste.levels[at],
            usual_waste=waste.usual[at],
            elasticity=waste.elasticity,
            elasticity_sd=waste.elasticity_sd,
            substitution=substitution,
            ties=basket_ties(panel, baskets.get(panel.warehouse_id, known.baskets.iloc[:0]), settings),
        )
        for at, panel in enumerate(panels)
    ]


def _rows(view: WarehouseView, settings: RangeSettings) -> pd.DataFrame:
    effect = leaving(view, settings)
    rows = classes_of(view.panel)
    rows["worth"] = -effect.money
    rows["worth_sd"] = spread_of(view, effect)
    rows["taken_instead"] = effect.taken.sum(axis=1)
    rows["new"] = rows["days"] < settings.least_days
    ongoing = np.flatnonzero(view.panel.listed[:, -7:].any(axis=1))
    rows = rows.iloc[ongoing].sort_values(["worth"], kind="stable")
    rows["rank"] = np.arange(1, len(rows) + 1)
    return rows


def _retirements(view: WarehouseView, settings: RangeSettings) -> list[Proposal]:
    rows = classes_of(view.panel)
    return [_retirement(view, retired, rows.iloc[retired.at], settings) for retired in choose_retired(view, settings)]


def _retirement(view: WarehouseView, retired: Retired, row: "pd.Series", settings: RangeSettings) -> Proposal:
    panel, at = view.panel, retired.at
    reach = float(norm.ppf((1 + settings.confidence) / 2)) * retired.spread
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
        evidence=_evidence(view, retired, row, settings, hold is not None),
    )


def _evidence(
    view: WarehouseView, retired: Retired, row: "pd.Series", settings: RangeSettings, baskets_known: bool
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
        Reason(EvidenceCode.DAYS_WITHOUT_SALE, {"days": int(row["days_without_sale"]), "of": int(row["of_days"])}),
        Reason(
            EvidenceCode.WASTES,
            {
                "a_day": float(view.waste.mean[at]),
                "usual": float(view.usual_waste[at]),
                "money": float(view.waste.mean[at] * panel.unit_waste_cost[at] * days),
            },
        ),
        Reason(EvidenceCode.MOVES_TO_SIBLINGS, {"share": share, "stock_outs": outs})
        if outs
        else Reason(EvidenceCode.NEVER_OUT, {"share": share}),
        Reason(EvidenceCode.SIBLINGS_WASTE, {"money": retired.siblings_waste_money}),
    ]
    if not baskets_known:
        said.append(Reason(EvidenceCode.BASKETS_UNKNOWN))
    return tuple(said)
