"""The days of one warehouse as arrays, products by days, with what is the same every day beside them.

Where demand is not told it is what was sold over the share of the day in which it could be bought, if that was half
of it or more; otherwise it stays unknown."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.assortment.frames import AssortmentHistory
from warehouse.assortment.shrinking import Doubles

LEAST_IN_STOCK = 0.5  # scaling up what was sold in less overshoots: a shelf that is empty early met high demand
TIERS = 3
PRICE_DAYS = 28  # price and cost are those of the last days with a sale

Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class WarehousePanel:
    """Products (n) by days (t); arrays of days are NaN where the product was not in the range or nothing is known.

    demand    units that would have been sold with the shelf full
    in_stock  share of the day in which it could be bought
    unit_waste_cost   money per unit wasted
    priced    whether both price and cost are known: nothing is said of the money of a product of which one is not
    assumed   whether one of them is what the usual markup makes of the other
    category, subcategory, tier, unit, band   codes over all products of the history; tier 0 is the cheapest third of
              the category's products
    """

    warehouse_id: str
    product_ids: tuple[str, ...]
    days: pd.DatetimeIndex
    sold: Doubles
    demand: Doubles
    in_stock: Doubles
    waste: Doubles
    price: Doubles
    cost: Doubles
    unit_waste_cost: Doubles
    priced: NDArray[np.bool_]
    assumed: NDArray[np.bool_]
    category: Codes
    subcategory: Codes
    tier: Codes
    unit: Codes
    band: Codes
    shelf_life: Doubles

    @property
    def listed(self) -> NDArray[np.bool_]:
        """On which days a product was in the range (n x t)."""
        return ~np.isnan(self.sold)

    @property
    def margin(self) -> Doubles:
        """What a unit sold earns; 0 where that is not known."""
        return np.where(self.priced, self.price - self.cost, 0.0)

    @property
    def available(self) -> Doubles:
        """Share of the time in which a product can be bought, over its days."""
        return np.nan_to_num(_mean_known(self.in_stock), nan=1.0)


def price_tiers(price: pd.Series, category: pd.Series) -> pd.Series:
    """The third of its category's prices in which each product lies, 0 the cheapest; unknown ones in the middle."""
    rank = price.groupby(category.to_numpy()).rank(pct=True)
    tier = np.ceil(rank.to_numpy(float) * TIERS) - 1
    return pd.Series(np.where(np.isnan(tier), TIERS // 2, np.clip(tier, 0, TIERS - 1)).astype(int), price.index)


def panels_of(history: AssortmentHistory) -> list[WarehousePanel]:
    """One panel a warehouse, in the order of their ids."""
    known = attributes_of(history.products, history.days.groupby("product_id")["price"].median())
    return [_panel(str(warehouse), rows, known) for warehouse, rows in history.days.groupby("warehouse_id", sort=True)]


def attributes_of(products: pd.DataFrame, paid: pd.Series) -> pd.DataFrame:
    """What each product of the catalogue is alike others in, as codes (category, subcategory, unit, band, tier), and
    its shelf life; `paid` is the price where none is listed. By product_id."""
    products = products.set_index("product_id").sort_index()
    price = products["list_price"].astype(float).fillna(paid.reindex(products.index))
    known = pd.DataFrame(index=products.index)
    for column in ("category", "unit", "band"):
        known[column] = pd.factorize(products[column].fillna(""))[0]
    subcategory = products["category"].fillna("").astype(str) + "/" + products["subcategory"].fillna("").astype(str)
    known["subcategory"] = pd.factorize(subcategory)[0]
    known["tier"] = price_tiers(price, products["category"].fillna(""))
    life = products["shelf_life_days"].astype(float)
    known["shelf_life"] = life.fillna(life.median()).fillna(1.0).clip(lower=1.0)
    return known


def _panel(warehouse_id: str, rows: pd.DataFrame, known: pd.DataFrame) -> WarehousePanel:
    ids = np.sort(rows["product_id"].unique())
    days = pd.date_range(rows["date"].min(), rows["date"].max())
    at = (
        pd.Index(ids).get_indexer(rows["product_id"]),
        (rows["date"] - days[0]).dt.days.to_numpy(),
    )

    def spread(column: str) -> Doubles:
        table = np.full((len(ids), len(days)), np.nan)
        table[at] = rows[column].to_numpy(float)
        return table

    sold, in_stock = spread("sold"), spread("in_stock")
    in_stock = np.where(np.isnan(sold), np.nan, np.where(np.isnan(in_stock), 1.0, in_stock))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(in_stock >= LEAST_IN_STOCK, sold / in_stock, np.nan)
    demand = spread("demand")
    waste = np.where(np.isnan(sold), np.nan, np.nan_to_num(spread("waste")))
    waste_money = np.nan_to_num(spread("waste_money"))
    prices, costs = spread("price"), spread("cost")
    price, cost = _lately(prices, sold), _lately(costs, sold)
    wasted = np.nansum(waste, axis=1)
    of_product = known.loc[ids]
    return WarehousePanel(
        warehouse_id=warehouse_id,
        product_ids=tuple(ids),
        days=days,
        sold=sold,
        demand=np.where(np.isnan(demand), scaled, demand),
        in_stock=in_stock,
        waste=waste,
        price=price,
        cost=cost,
        unit_waste_cost=np.where(wasted > 0, waste_money.sum(axis=1) / np.maximum(wasted, 1e-9), cost),
        priced=np.any(~np.isnan(prices), axis=1) & np.any(~np.isnan(costs), axis=1),
        assumed=np.any(spread("assumed") > 0, axis=1) if "assumed" in rows else np.zeros(len(ids), dtype=bool),
        category=of_product["category"].to_numpy(np.intp),
        subcategory=of_product["subcategory"].to_numpy(np.intp),
        tier=of_product["tier"].to_numpy(np.intp),
        unit=of_product["unit"].to_numpy(np.intp),
        band=of_product["band"].to_numpy(np.intp),
        shelf_life=of_product["shelf_life"].to_numpy(float),
    )


def _lately(values: Doubles, sold: Doubles) -> Doubles:
    """The mean of the last days on which it is known, by what was sold at it; 0 where it never was."""
    known = ~np.isnan(values)
    from_last = known[:, ::-1].cumsum(axis=1)[:, ::-1]
    weight = np.where(known & (from_last <= PRICE_DAYS), np.nan_to_num(sold) + 1e-6, 0.0)
    return np.asarray((np.nan_to_num(values) * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-12), float)


def _mean_known(values: Doubles) -> Doubles:
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)
