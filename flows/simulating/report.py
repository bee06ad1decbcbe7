"""What became of the buyers, to read and to keep: a table, the curve of waste against fill rate, figures as data, and
the days themselves."""

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from rich.cells import cell_len

from data.languages import Sentence, say
from flows.simulating.comparing import Comparison
from warehouse.purchasing.simulation.figures import Figure, Weights
from warehouse.purchasing.simulation.played import QUANTITIES

COLUMNS: Final = {
    "profit": Sentence("profit"),
    "gain_share": Sentence("gain"),
    "fill_rate": Sentence("fill"),
    "fill_rate_leaf": Sentence("leaf fill"),
    "waste_share": Sentence("waste"),
    "receipt_waste_share_leaf": Sentence("leaf rejected"),
    "shelf_waste_share_leaf": Sentence("leaf expired"),
    "purchase_accuracy_day": Sentence("acc. day"),
    "purchase_accuracy_week": Sentence("acc. week"),
    "days_of_supply": Sentence("days"),
}
BY_CATEGORY: Final = (
    "receipt_waste_share",
    "shelf_waste_share",
    "fill_rate",
    "shortage_promised",
    "waste_promised",
)


def as_objects(comparison: Comparison) -> list[dict[str, Any]]:
    """One object a policy: its figures, `days` played, their 95% intervals (`intervals`) and waste by category."""
    days, products = comparison.scored[0].delivers.shape
    once = Weights.once(days, products)
    found = []
    for one in comparison.scored:
        of_it = comparison.figures[one.played.policy]
        by_category = {
            str(name): {
                what: _plain(float(one.ratio(what, once, comparison.categories == name)[0])) for what in BY_CATEGORY
            }
            for name in dict.fromkeys(comparison.categories.tolist())
        }
        figures = {name: _plain(figure.value) for name, figure in of_it.items()}
        intervals = {name: [_plain(figure.low), _plain(figure.high)] for name, figure in of_it.items()}
        told = {"policy": one.played.policy, **figures, "days": days, "profit_bound": round(comparison.bound, 2)}
        found.append(told | {"intervals": intervals, "by_category": by_category})
    return found


def as_table(comparison: Comparison) -> str:
    """A line a policy, figures with half the width of their 95% intervals where these tell policies apart."""
    rows = [[say("policy"), *map(str, COLUMNS.values())]]
    rows += [
        [policy, *(_cell(name, of_it.get(name)) for name in COLUMNS)] for policy, of_it in comparison.figures.items()
    ]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_filled(cell, widths[n], to_the_right=n > 0) for n, cell in enumerate(row)) for row in rows]
    world, days = comparison.world.world, comparison.played[0].days
    head = say(
        "{warehouses} warehouses, {products} products, {days} days from {first} after {warm_up} of warm-up, "
        "seed {seed}",
        warehouses=len(world.warehouse_ids),
        products=len(world.goods),
        days=len(days),
        first=days[0],
        warm_up=comparison.warm_up,
        seed=comparison.world.size.seed,
    )
    return "\n".join(
        [head, *lines, say("Nobody can earn more than {bound:,.0f} on these days.", bound=comparison.bound)]
    )


def write_report(comparison: Comparison, folder: Path) -> list[Path]:
    """Writes figures.json, days.parquet and curve.svg into a folder; returns their paths."""
    from flows.simulating.curve import curve_as_svg  # charts are slow to import, and only wanted here

    folder.mkdir(parents=True, exist_ok=True)
    figures, days, curve = folder / "figures.json", folder / "days.parquet", folder / "curve.svg"
    objects = as_objects(comparison)
    figures.write_text(json.dumps(objects, indent=1), encoding="utf-8")
    days_as_rows(comparison).to_parquet(days, index=False)
    curve.write_text(curve_as_svg(objects), encoding="utf-8")
    return [figures, days, curve]


def days_as_rows(comparison: Comparison) -> pd.DataFrame:
    """policy, date, warehouse_id, product_id and what became of them (`Played`), a row of each."""
    world = comparison.world.world
    goods = [one.product_id for one in world.goods]
    frames = []
    for one in comparison.played:
        day, warehouse, product = (axis.ravel() for axis in np.indices(one.wanted.shape))
        ids = {
            "policy": one.policy,
            "date": np.array(one.days, dtype="datetime64[D]")[day],
            "warehouse_id": np.array(world.warehouse_ids)[warehouse],
            "product_id": np.array(goods)[product],
        }
        frames.append(pd.DataFrame(ids | {name: getattr(one, name).ravel() for name in QUANTITIES}))
    return pd.concat(frames, ignore_index=True)


def _filled(cell: str, width: int, *, to_the_right: bool) -> str:
    """A Chinese character is as wide as two letters."""
    space = " " * (width - cell_len(cell))
    return space + cell if to_the_right else cell + space


def _cell(name: str, figure: Figure | None) -> str:
    if figure is None or not math.isfinite(figure.value):
        return "-"
    if name == "profit":
        return f"{figure.value:,.0f}"
    if name == "days_of_supply":
        return f"{figure.value:.2f}"
    half = (figure.high - figure.low) / 2
    return f"{figure.value:.1%} ±{100 * half:.1f}" if math.isfinite(half) else f"{figure.value:.1%}"


def _plain(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
