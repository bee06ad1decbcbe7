"""The range of each warehouse in order, worst first, and what to change of it: the one entry.

A product's worth is what the warehouse would lose without it: the margin of its sales less what would move to siblings,
less its waste."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from warehouse.assortment.basket_holds import basket_ties
from warehouse.assortment.classes import classes_of
from warehouse.assortment.frames import AssortmentHistory, RangeSettings
from warehouse.assortment.held_out import held_out_weeks
from warehouse.assortment.levels import sales_levels
from warehouse.assortment.new_products import learn_launches
from warehouse.assortment.panel import panels_of
from warehouse.assortment.proposal import Proposal, ProposalKind
from warehouse.assortment.proposing import moved_together, on_demand_instead, retirements, trial
from warehouse.assortment.retiring import WarehouseView, leaving, spread_of
from warehouse.assortment.substitution import learn_substitution
from warehouse.assortment.trying import worth_trying
from warehouse.assortment.waste_curve import waste_levels


@dataclass(frozen=True, eq=False)
class Range:
    """The ranges of warehouses as they stand on a day.

    rows       a row a warehouse and product, as `classes_of` has them, and: worth (money over the horizon that would be
               lost without it; NaN where price or cost is not known: such products come last), worth_sd,
               taken_instead (share of its customers that would take a sibling), rank (1 the one that earns least),
               new (too few days to judge)
    proposals  those with the most money first
    """

    rows: pd.DataFrame
    proposals: tuple[Proposal, ...]


def propose(history: AssortmentHistory, settings: RangeSettings, day: pd.Timestamp) -> Range:
    """The ranges of all warehouses as they stand when `day` begins, and what to change."""
    known = history.before(day)
    views = views_of(known, settings)
    if not views:
        return Range(pd.DataFrame(), ())
    rows = pd.concat([ranked_range(view, settings) for view in views], ignore_index=True)
    model = learn_launches([view.panel for view in views], known.products, settings)
    tried = [trial(one, settings) for one in worth_trying(views, known.products, model, day, settings)]
    earlier = views_of(known.before(day - pd.Timedelta(days=settings.horizon_days)), settings)
    held_out = held_out_weeks(earlier, known.days, day, settings)
    retired = [on_demand_instead(one, rows, settings) for view in views for one in retirements(view, settings)]
    proposals = [
        replace(one, held_out=held_out.get((one.warehouse_id, one.product_id))) if one.kind != ProposalKind.TRY else one
        for one in moved_together(retired, tried)
    ]
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
            waste=waste[at],
            substitution=substitution,
            ties=basket_ties(panel, baskets.get(panel.warehouse_id, known.baskets.iloc[:0]), settings),
        )
        for at, panel in enumerate(panels)
    ]


def ranked_range(view: WarehouseView, settings: RangeSettings) -> pd.DataFrame:
    """The rows of `Range` of one warehouse, the product that earns least first."""
    effect = leaving(view, settings)
    rows = classes_of(view.panel)
    rows["worth"] = np.where(view.panel.priced, -effect.money, np.nan)
    rows["worth_sd"] = np.where(view.panel.priced, spread_of(view, effect), np.nan)
    rows["taken_instead"] = effect.taken.sum(axis=1)
    rows["new"] = rows["days"] < settings.least_days
    ongoing = np.flatnonzero(view.panel.listed[:, -7:].any(axis=1))
    rows = rows.iloc[ongoing].sort_values(["worth"], kind="stable")
    rows["rank"] = np.arange(1, len(rows) + 1)
    return rows
