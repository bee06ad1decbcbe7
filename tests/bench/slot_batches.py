"""Batches of moves of front warehouses with real days: what was expected of each beside what later orders saved.

FreshRetailNet's sales by store, product and day stand for order lines, whose numbers are drawn; so is what is ordered
together. Each store's products lie anywhere on a floor of aisles of 20 slots. Moves are made by the engine as it makes
them for a warehouse: from tours that end a week before, each by what is forecast of its products (here the mean of the
last two weeks); that week tells what to expect, the two weeks after the moves what was saved.
`make bench-slot-batches BENCH="../shared/data/freshretailnet/train.parquet"`.
"""

import argparse
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from flows.slotting.proving import HELD_OUT, WALKED_DAYS
from flows.slotting.slots_and_moves import TOURS_OF
from flows.slotting.working_out import Floor, work_out
from warehouse.slotting.barred import NOTHING_BARRED
from warehouse.slotting.move_effort import MoveEffort
from warehouse.slotting.proof.by_orders import gain_by_orders
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.walked_floor import walked_floor

BATCHES, MOVES = 20, (5, 10, 20)
OF_AISLE, LINES_PER_ORDER = 20, 4.0
START, FORECAST_DAYS = (0.0, 0.0), 14


def orders(sales: pd.DataFrame, lines_per_sale: float, rng: np.random.Generator) -> pd.DataFrame:
    """tour_id, product_id and day, a row an order line, in the order of time."""
    lines = sales.loc[sales.index.repeat(rng.poisson(lines_per_sale * sales["sale_amount"]))]
    lines = lines.iloc[rng.permutation(len(lines))].sort_values("day", kind="stable")
    begins = (rng.random(len(lines)) < 1 / LINES_PER_ORDER) | (lines["day"].diff() != 0).to_numpy()
    return pd.DataFrame({
        "tour_id": np.cumsum(begins), "product_id": lines["product_id"].to_numpy(), "day": lines["day"].to_numpy(),
    })  # fmt: skip


def laid_anywhere(products: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Slots in as many aisles as the products need, and one more."""
    number = np.arange((-(-len(products) // OF_AISLE) + 1) * OF_AISLE)
    aisle, bay = number // OF_AISLE, number % OF_AISLE // 2
    holds = np.full(len(number), None, object)
    holds[rng.permutation(len(number))[: len(products)]] = products
    return pd.DataFrame({
        "slot_id": number.astype(str), "zone_id": "Z", "band": "chilled", "aisle": aisle.astype(str), "bay": bay,
        "level": 0, "x_m": aisle * 3.0, "y_m": bay + 0.5, "distance_m": aisle * 3.0 + bay, "volume_l": np.nan,
        "max_weight_kg": np.nan, "product_id": pd.Series(holds, dtype=object),
    })  # fmt: skip


def batch(lines: pd.DataFrame, now: int, routing: Routing, most: int, seed: int) -> tuple[float, float, float] | None:
    """Metres a line that moves save on the orders that they were chosen on, on those of the week held out, which is
    what is expected, and on those of two weeks after; None: nothing is worth moving."""
    products = np.unique(lines["product_id"])
    slots = laid_anywhere(products, np.random.default_rng(seed))

    def between(first: int, end: int) -> pd.DataFrame:
        return lines[lines["day"].between(first, end - 1)]

    latest = between(now - FORECAST_DAYS, now)["product_id"].value_counts().reindex(products, fill_value=0)
    stored = pd.DataFrame({
        "product_id": products, "band": "chilled", "lines_per_day": latest.to_numpy() / FORECAST_DAYS,
        "space_l": np.nan, "peak_kg": np.nan, "on_hand": 1.0, "ethylene": "", "odour": "", "allergens": "",
        "raw_meat": False,
    })  # fmt: skip
    held_out, tours_of = HELD_OUT // timedelta(days=1), TOURS_OF // timedelta(days=1)
    seen = between(now - held_out - tours_of, now - held_out)
    floor = Floor(stored, slots, seen, START, routing, NOTHING_BARRED, MoveEffort(most_moves=most))
    ((_, moves),) = work_out([floor])
    if not moves:
        return None
    lying = slots.dropna(subset="product_id")
    before = dict(zip(lying["product_id"], lying["slot_id"], strict=True))
    after = before | {move.product_id: move.to_slot_id for move in moves}
    walked = walked_floor(slots, START)
    gains = [
        gain_by_orders(walked, routing, before, after, some)
        for some in (seen, between(now - held_out, now), between(now, now + WALKED_DAYS))
    ]
    chosen, expected, saved = (gain.metres_a_line for gain in gains if gain is not None)
    return chosen, expected, saved


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sales", type=Path)
    parser.add_argument("--seed", type=int, default=0, help="which stores, and what is ordered together")
    parser.add_argument("--lines-per-sale", type=float, default=20.0, help="sales are told normalised, about 1 a day")
    asked = parser.parse_args()
    sales = pd.read_parquet(asked.sales, columns=["store_id", "product_id", "dt", "sale_amount"])
    sales["day"] = (pd.to_datetime(sales["dt"]) - pd.to_datetime(sales["dt"]).min()).dt.days
    sales["product_id"] = sales["product_id"].astype(str)
    rng = np.random.default_rng(asked.seed)
    stores = rng.permutation(sales["store_id"].unique())[:BATCHES]
    shops = [orders(sales[sales["store_id"] == one], asked.lines_per_sale, rng) for one in stores]
    end = int(sales["day"].max()) + 1 - WALKED_DAYS
    print(
        "| rule | moves made on day | batches | saved, m a line | on the orders chosen on: off by, median | on average "
        "| expected: off by, median | on average |\n" + "|---" * 8 + "|"
    )
    for routing in (Routing.S_SHAPE, Routing.COMBINED):
        for now in (end - WALKED_DAYS, end):
            found = [batch(lines, now, routing, MOVES[n % len(MOVES)], n) for n, lines in enumerate(shops)]
            chosen, expected, saved = np.array([one for one in found if one is not None]).T
            cells = [
                f"{np.median(np.abs(told / saved - 1)):.1%} | {told.mean() / saved.mean() - 1:+.1%}"
                for told in (chosen, expected)
            ]
            print(f"| {routing} | {now} | {len(saved)} | {saved.mean():.2f} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
