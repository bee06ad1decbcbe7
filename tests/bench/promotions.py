"""What reviews of promotions say beside the truth, in made worlds of several makes, and how often their intervals hold.

`python -m tests.bench.promotions` prints a line of Markdown for each make of `tests.worlds.promoted_shop`: how far off
what would have sold was, over promotions in several warehouses, beside two plainer ways of saying it (the days before,
as they were; the same weekdays before, moved by the category), how often the truth lay in the intervals of 95%, and how
often a promotion was said to have earned or lost money, and falsely.
"""

import argparse
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from tests.worlds.promoted_shop import Make, PromotedShop, promoted_shop
from warehouse.worth.promotions.promotion_figures import REACH
from warehouse.worth.promotions.reviewing import review

RUN: Final = ["seed", "product_id", "starts_on", "ends_on", "discount"]
LINE: Final = ["warehouse_id", "product_id", "starts_on"]
USUAL: Final = Make()
MAKES: Final = {
    "six warehouses, forty products": USUAL,
    "two warehouses, twelve products": replace(USUAL, warehouses=2, products=12, subcategories=3),
    "little demand (2 a day)": replace(USUAL, level=2.0),
    "wild days": replace(USUAL, day_shape=3.0),
    "calm days": replace(USUAL, day_shape=100.0, own_drift=0.02, product_drift=0.02),
    "demand drifts": replace(USUAL, own_drift=0.2, product_drift=0.25),
    "customers chase prices": replace(USUAL, elasticity=5.0),
    "a dip of a week": replace(USUAL, dip=(0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1)),
    "one subcategory": replace(USUAL, subcategories=1, products=20),
    "siblings lose three times as much": replace(USUAL, siblings=1.0),
    "nothing is taken from siblings": replace(USUAL, siblings=0.0),
}
BEFORE: Final = 28  # days


def main() -> None:
    """Prints a line a make."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--worlds", type=int, default=20, help="of each make")
    asked.add_argument("--taken", type=float, default=0.2, help="the share that is learned to be taken from siblings")
    args = asked.parse_args()
    print(
        "| world | promotions | usual off by | days before | weekdays x category | usual held | ahead held | "
        "siblings held | earned held | decided | falsely |\n|" + "---|" * 11
    )
    for name, make in MAKES.items():
        found = pd.concat([beside_truth(make, seed, args.taken) for seed in range(args.worlds)], ignore_index=True)
        print(row(name, found))


def beside_truth(make: Make, seed: int, taken: float) -> pd.DataFrame:
    """Reviews of a world by warehouse with `..._true`, and what plainer ways say (`flat`, `moved`)."""
    shop = promoted_shop(make, seed, taken=taken)
    found = review(shop.known).dropna(subset="usual").merge(shop.truth, on=LINE, suffixes=("", "_true"))
    return plainer(shop, found).assign(seed=seed)


def plainer(shop: PromotedShop, found: pd.DataFrame) -> pd.DataFrame:
    """With `flat`, the mean of the four weeks before for as many days, and `moved`, the same weekdays of them times
    what all of the category sold on the days over what it did then; days of other promotions among them."""
    lines = shop.known.lines.pivot_table(index="date", columns=["warehouse_id", "product_id"], values="demand")
    category = lines.T.groupby(level=0).sum().T
    flat, moved = [], []
    for one in found.itertuples():
        own, all_of_it = lines[one.warehouse_id, one.product_id], category[one.warehouse_id]
        days = pd.date_range(one.starts_on, one.ends_on)
        before = pd.date_range(end=one.starts_on - pd.Timedelta(days=1), periods=BEFORE)
        flat.append(own[before].mean() * len(days))
        same = [before[before.day_of_week == day.day_of_week] for day in days]
        moved.append(sum(own[b].sum() / all_of_it[b].sum() * all_of_it[day] for day, b in zip(days, same, strict=True)))
    return found.assign(flat=flat, moved=moved)


def row(name: str, found: pd.DataFrame) -> str:
    """A line of Markdown: sums over the warehouses of promotions that were on in several."""
    siblings = found["sibling_money"].fillna(0)
    found = found.assign(
        earned_told=found["margin"] - found["usual_margin"] - found["ahead_money"] - siblings - found["waste_money"],
        sibling_square=found["sibling_money_error"].fillna(0),
        waste_square=found["waste_error"] ** 2,
        **{f"{of}_square": found[f"{of}_error"] ** 2 for of in ("usual", "ahead", "own")},
    )
    groups = found.groupby(RUN)
    sums, alike = groups.sum(numeric_only=True), groups["alike"].mean()
    several = groups.size() > 1

    def error(of: str) -> pd.Series:
        return np.sqrt((1 - alike) * sums[f"{of}_square"] + alike * sums[f"{of}_error"] ** 2)

    def off(told: str, true: str) -> float:
        return float((sums[told] - sums[true])[several].abs().sum() / sums[true][several].sum())

    def held(told: str, true: str, reach: pd.Series) -> str:
        return f"{((sums[told] - sums[true]).abs() <= REACH * reach)[several].mean():.1%}"

    money = np.sqrt(error("own") ** 2 + sums["sibling_square"] ** 2 + sums["waste_square"])
    decided = (sums["earned_told"].abs() > REACH * money) & several
    falsely = decided & (sums["earned_told"] * sums["earned"] < 0)
    cells = [
        name,
        f"{several.sum()}",
        *(f"{off(told, 'usual_true'):.1%}" for told in ("usual", "flat", "moved")),
        held("usual", "usual_true", error("usual")),
        held("ahead", "ahead_true", error("ahead")),
        held("siblings", "siblings_true", sums["siblings_error"]),
        held("earned_told", "earned", money),
        f"{decided.sum() / several.sum():.0%}",
        f"{falsely.sum() / several.sum():.1%}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
