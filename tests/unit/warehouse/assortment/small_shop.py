"""A small shop whose customers take a known share of siblings, for the tests of the range."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from warehouse.assortment.frames import BASKET_COLUMNS, AssortmentHistory

FIRST = pd.Timestamp("2025-01-06")
PRODUCTS = 8


def day_after(days: int) -> pd.Timestamp:
    """The day on which the record of so many days ends."""
    return FIRST + pd.Timedelta(days=days)


def small_shop(
    days: int = 140,
    share: float | tuple[float, float] = 0.6,
    out: float = 0.08,
    waste: dict[str, float] | None = None,
    warehouses: int = 2,
    seed: int = 1,
    strangers: float = 1.0,
) -> AssortmentHistory:
    """Two categories of `PRODUCTS` products that sell 4 to 11 a day; `share` of a missing product's customers (of all,
    or by category) take a sibling of the category, as these sell and those of another subcategory `strangers` times as
    likely. `waste` is thrown away a day, by product."""
    shares = share if isinstance(share, tuple) else (share, share)
    other = np.add.outer(np.arange(PRODUCTS), np.arange(PRODUCTS)) % 2 == 1
    random = np.random.default_rng(seed)
    rows = []
    for warehouse in range(warehouses):
        for category in range(2):
            level = np.arange(4.0, 4.0 + PRODUCTS)
            missing = random.random((PRODUCTS, days)) < out
            spread = np.tile(level, (PRODUCTS, 1)) * ~np.eye(PRODUCTS, dtype=bool)
            spread *= np.where(other, strangers, 1.0)
            spread /= spread.sum(axis=1, keepdims=True)
            wanted = level[:, None] + shares[category] * spread.T @ (missing * level[:, None])
            sold = np.where(missing, 0, random.poisson(wanted))
            for product in range(PRODUCTS):
                name = f"{'ab'[category]}{product}"
                thrown = random.poisson((waste or {}).get(name, 0.1), days)
                rows.append(
                    pd.DataFrame(
                        {
                            "warehouse_id": f"W{warehouse}",
                            "product_id": name,
                            "date": pd.date_range(FIRST, periods=days),
                            "sold": sold[product].astype(float),
                            "demand": np.nan,
                            "in_stock": np.where(missing[product], 0.0, 1.0),
                            "price": 3.0,
                            "cost": 2.0,
                            "waste": thrown.astype(float),
                            "waste_money": thrown * 2.0,
                        }
                    )
                )
    return AssortmentHistory(pd.concat(rows, ignore_index=True), catalogue(), no_baskets())


def recorded(**sold: Sequence[float]) -> AssortmentHistory:
    """W0's record of so many days by product, NaN where it was not in the range; a unit costs 2 and sells for 3."""
    return with_columns({}, **sold)


def with_columns(columns: Mapping[str, float | Sequence[float]], **sold: Sequence[float]) -> AssortmentHistory:
    """The same with other `columns` of the days."""
    usual = {"demand": np.nan, "in_stock": 1.0, "price": 3.0, "cost": 2.0, "waste": 0.0, "waste_money": 0.0}
    days = [
        pd.DataFrame({"warehouse_id": "W0", "product_id": name, "date": pd.date_range(FIRST, periods=len(row)),
                      "sold": row, **usual, **columns})
        for name, row in sold.items()
    ]  # fmt: skip
    return AssortmentHistory(pd.concat(days, ignore_index=True).dropna(subset="sold"), catalogue(), no_baskets())


def catalogue() -> pd.DataFrame:
    """Products a0 to a7 and b0 to b7, two subcategories a category."""
    names = [f"{category}{product}" for category in "ab" for product in range(PRODUCTS)]
    return pd.DataFrame(
        {
            "product_id": names,
            "category": [name[0] for name in names],
            "subcategory": [f"{name[0]}{int(name[1]) % 2}" for name in names],
            "band": "chilled",
            "unit": "piece",
            "list_price": 3.0,
            "shelf_life_days": 5,
            "introduced_on": pd.NaT,
            "delisted_on": pd.NaT,
        }
    )


def no_baskets() -> pd.DataFrame:
    """No order is known."""
    return pd.DataFrame({column: pd.Series(dtype=object) for column in BASKET_COLUMNS})
