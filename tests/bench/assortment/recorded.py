"""Recorded shops: how stable the range's order is from one half of the record to the next, beside plain sales, and how
much of what changes is chance.

Chance: the same between odd and even weeks of the whole record, in which nothing that lasts differs. None of these
records holds costs and waste of a fresh-food warehouse; what is made up is said below."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from tests.bench.assortment.worlds import FIRST_DAY
from warehouse.assortment.basket_holds import basket_ties
from warehouse.assortment.frames import BASKET_COLUMNS, AssortmentHistory, RangeSettings
from warehouse.assortment.new_products import forecast_launch, learn_launches
from warehouse.assortment.panel import panels_of
from warehouse.assortment.ranking import ranked_range, views_of

MARGIN = 0.35  # of the price, where no cost is recorded
LEAST_ORDERS = 30
NO_BASKETS = pd.DataFrame({column: pd.Series(dtype=object) for column in BASKET_COLUMNS})


def front_warehouses(file: Path, stores: int) -> AssortmentHistory:
    """FreshRetailNet: so many stores, those of the first cities; price 1 a unit, costs made up, no waste known."""
    columns = ["city_id", "store_id", "product_id", "dt", "sale_amount", "stock_hour6_22_cnt", "discount"]
    columns += ["first_category_id", "second_category_id", "third_category_id"]
    rows = pd.read_parquet(file, columns=columns)
    chosen = rows.groupby(["city_id", "store_id"]).size().index.get_level_values("store_id")[:stores]
    rows = rows[rows["store_id"].isin(chosen)]
    price = rows["discount"].where(rows["discount"] > 0, 1.0).to_numpy(float)
    days = _days(rows, rows["store_id"], rows["dt"], rows["sale_amount"], price, np.full(len(rows), 1 - MARGIN))
    days["in_stock"] = 1 - rows["stock_hour6_22_cnt"].to_numpy(float) / 16
    kinds = rows.drop_duplicates("product_id")
    products = _products(kinds["product_id"], kinds["second_category_id"], kinds["third_category_id"])
    return AssortmentHistory(days, products, NO_BASKETS)


def vegetable_shop(file: Path) -> AssortmentHistory:
    """One shop's vegetables: prices and wholesale prices as recorded, waste as each item's mean loss."""
    rows = pd.read_csv(file)
    rows = rows[(rows["kg_sold"] > 0) & (rows["price"] > 0.1) & rows["wholesale_price"].notna()]
    days = _days(rows, "shop", rows["date"], rows["kg_sold"], rows["price"], rows["wholesale_price"])
    lost = rows["loss_pct"].fillna(0.0).to_numpy(float) / 100
    days["waste"] = days["sold"] * lost / (1 - lost)
    days["waste_money"] = days["waste"] * days["cost"]
    kinds = rows.drop_duplicates("product_id")
    return AssortmentHistory(days, _products(kinds["product_id"], kinds["category"], kinds["category"]), NO_BASKETS)


def _days(rows: pd.DataFrame, place, day, sold, price, cost) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "warehouse_id": np.asarray(place if isinstance(place, pd.Series) else [place] * len(rows)).astype(str),
            "product_id": rows["product_id"].astype(str).to_numpy(),
            "date": pd.to_datetime(day).to_numpy(),
            "sold": np.asarray(sold, float),
            "demand": np.nan,
            "in_stock": 1.0,
            "price": np.asarray(price, float),
            "cost": np.asarray(cost, float),
            "waste": 0.0,
            "waste_money": 0.0,
        }
    )


def _products(ids: pd.Series, category: pd.Series, subcategory: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product_id": ids.astype(str).to_numpy(),
            "category": category.astype(str).to_numpy(),
            "subcategory": subcategory.astype(str).to_numpy(),
            "band": "",
            "unit": "",
            "list_price": np.nan,
            "shelf_life_days": np.nan,
            "introduced_on": pd.NaT,
            "delisted_on": pd.NaT,
        }
    )


def stability(history: AssortmentHistory, first: pd.Series, other: pd.Series, least_days: int) -> dict[str, float]:
    """Rank correlation of a product's worth, and of its sales, between two parts of the days, over warehouses
    (mean)."""
    worth, sales = (
        [_ranked(history, part, least_days, column) for part in (first, other)] for column in ("worth", "sold_a_day")
    )
    return {"worth": _between(*worth), "sales": _between(*sales)}


def _ranked(history: AssortmentHistory, part: pd.Series, least_days: int, column: str) -> pd.Series:
    days = history.days[part]
    settings = RangeSettings(least_days=least_days)
    known = AssortmentHistory(days, history.products, history.baskets)
    rows = pd.concat([ranked_range(view, settings) for view in views_of(known, settings)])
    rows = rows[~rows["new"]]
    return rows.set_index(["warehouse_id", "product_id"])[column]


def _between(first: pd.Series, other: pd.Series) -> float:
    both = pd.concat([first.rename("first"), other.rename("other")], axis=1).dropna()
    by_warehouse = [
        spearmanr(rows["first"], rows["other"]).statistic for _, rows in both.groupby("warehouse_id") if len(rows) >= 10
    ]
    return float(np.mean(by_warehouse))


def halves(history: AssortmentHistory, least_days: int) -> dict[str, dict[str, float]]:
    """Between the halves of the record, and between its odd and even weeks."""
    days = history.days["date"]
    middle = days.min() + (days.max() - days.min()) / 2
    week = (days - days.min()).dt.days // 7
    return {
        "next half": stability(history, days < middle, days >= middle, least_days),
        "odd and even weeks": stability(history, week % 2 == 0, week % 2 == 1, least_days),
    }


def half_years(history: AssortmentHistory, least_days: int) -> list[dict[str, float]]:
    """Between each half-year and the next."""
    number = history.days["date"].dt.year * 2 + (history.days["date"].dt.month > 6)
    each = sorted(number.unique())
    return [stability(history, number == one, number == after, least_days) for one, after in pairwise(each)]


def hidden_launches(history: AssortmentHistory, days: int = 28) -> dict[str, tuple[float, int]]:
    """Front warehouses: one series in twelve is hidden until four weeks before the end and forecast then, as sold
    elsewhere, and with all warehouses hidden, as new everywhere: MAPE of four weeks' sales, and of how many."""
    settings = RangeSettings(least_days=28)
    day = history.days["date"].max() - pd.Timedelta(days=days - 1)
    key = history.days["warehouse_id"] + "/" + history.days["product_id"]
    some = pd.Series(pd.util.hash_array(key.to_numpy(object)) % 12 == 0, history.days.index)
    product = pd.util.hash_array(history.days["product_id"].to_numpy(object)) % 12 == 1
    found = {}
    for name, hidden in (("sold elsewhere", some), ("new everywhere", pd.Series(product, history.days.index))):
        for after in (0, 7):
            start = day + pd.Timedelta(days=after)
            known = history.days[(history.days["date"] < day) & ~hidden]
            first = history.days[(history.days["date"] >= day) & (history.days["date"] < start)]
            known = pd.concat([known, first])
            panels = panels_of(AssortmentHistory(known, history.products, history.baskets))
            model = learn_launches(panels, history.products, settings)
            later = history.days[hidden & (history.days["date"] >= day)]
            sums = later.groupby(["warehouse_id", "product_id"])[["sold", "in_stock"]].agg(["sum", "mean"])
            category = _codes(history.products)
            by_id = {panel.warehouse_id: panel for panel in panels}
            off = []
            for (warehouse, product_id), row in sums.iterrows():
                sold = float(row[("sold", "sum")])
                if row[("in_stock", "mean")] < 0.9 or sold < days / 2 or warehouse not in by_id:
                    continue
                told = forecast_launch(model, by_id[warehouse], product_id, category[product_id], start, settings)
                mine = first[(first["warehouse_id"] == warehouse) & (first["product_id"] == product_id)]["sold"].sum()
                share = float(told.mean[: days - after].sum() / told.mean.sum())
                off.append(abs(mine + told.middle * share - sold) / sold)
            found[f"{name}, after {after} days"] = (float(np.mean(off)), len(off))
    return found


def _codes(products: pd.DataFrame) -> dict[str, int]:
    ordered = products.sort_values("product_id")
    return dict(zip(ordered["product_id"], pd.factorize(ordered["category"])[0], strict=True))


def groceries_hanging(file: Path) -> dict[str, float]:
    """Ta-Feng: rank correlation between customers' earlier and later baskets of how much else is bought with a
    product, of how many of its customers come back for it, and of how often it is bought (the yardstick); the same
    between baskets drawn at random, which differ by chance alone."""
    lines = pd.read_parquet(file)
    last = lines.groupby("customer_id")["visit"].transform("max")
    later = lines["visit"] > (last + 1) // 2
    random = pd.Series(np.random.default_rng(1).random(lines["basket_id"].max() + 1) < 0.5)
    drawn = random[lines["basket_id"]].to_numpy()
    found = {}
    for name, second in (("later", later), ("chance", drawn)):
        first, other = _hanging(lines[~second]), _hanging(lines[second])
        both = first.join(other, lsuffix="_first", rsuffix="_other", how="inner")
        enough = both[(both["orders_first"] >= LEAST_ORDERS) & (both["orders_other"] >= LEAST_ORDERS)]
        found["products"] = float(len(enough))
        for column in ("rest", "comes_back", "orders"):
            pair = enough[[f"{column}_first", f"{column}_other"]].dropna()
            found[f"{column}, {name}"] = float(spearmanr(pair.iloc[:, 0], pair.iloc[:, 1]).statistic)
    return found


def _hanging(lines: pd.DataFrame) -> pd.DataFrame:
    """Orders with each product, what else is bought (a line is worth 1) and who comes back."""
    date = FIRST_DAY + pd.to_timedelta(lines["basket_id"] % 28, unit="D")
    baskets = pd.DataFrame(
        {
            "basket_id": lines["basket_id"],
            "warehouse_id": "shop",
            "date": date,
            "product_id": lines["product_id"].astype(str),
            "quantity": 1.0,
            "money": 1.0,
            "customer_id": lines["customer_id"],
        }
    )
    sold = baskets.groupby(["product_id", "date"], as_index=False)["quantity"].sum()
    days = _days(sold, "shop", sold["date"], sold["quantity"], np.ones(len(sold)), np.full(len(sold), 1 - MARGIN))
    ids = pd.Series(sorted(baskets["product_id"].unique()))
    products = _products(ids, pd.Series(["all"] * len(ids)), pd.Series(["all"] * len(ids)))
    panel = panels_of(AssortmentHistory(days, products, baskets))[0]
    ties = basket_ties(panel, baskets, RangeSettings())
    assert ties is not None
    orders = baskets.groupby("product_id").size().reindex(panel.product_ids)
    return pd.DataFrame(
        {"orders": orders.to_numpy(float), "rest": ties.rest_margin, "comes_back": ties.comes_back},
        index=list(panel.product_ids),
    )
