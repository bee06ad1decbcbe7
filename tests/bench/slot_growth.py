"""CPU seconds and memory of suggesting slots and listing moves, from 300 to 30,000 products of one warehouse.

Generated: four bands, aisles of 40 bays of 8 slots on 4 levels, three sizes of slots; ethylene, odours, allergens and
raw meat among the goods, which lie anywhere in their band; order lines of skewed popularity. The engine alone, without
a database: `make bench-slot-growth BENCH="300 3000 30000"`.
"""

import argparse
import resource
import time

import numpy as np
import pandas as pd

from warehouse.slotting.moves import moves_worth_making
from warehouse.slotting.suggesting import suggested_slots, suggestions_of
from warehouse.slotting.task import Task

BANDS, SHARES = ("ambient", "chilled", "leaf", "frozen"), (0.5, 0.25, 0.15, 0.1)
BAYS, OF_BAY, FILLED, LINES = 40, 8, 0.87, 60_000
VOLUMES = (60.0, 60.0, 120.0, 200.0)  # by level


def floor(products: int) -> pd.DataFrame:
    aisles = max(len(BANDS), -(-int(products / FILLED) // (BAYS * OF_BAY)))
    of_band = np.maximum(1, np.round(np.array(SHARES) * aisles)).astype(int)
    band = np.repeat(BANDS, of_band * BAYS * OF_BAY)
    number = np.arange(len(band))
    aisle, bay, level = number // (BAYS * OF_BAY), number // OF_BAY % BAYS, number % OF_BAY // 2
    return pd.DataFrame({
        "slot_id": number.astype(str), "zone_id": band, "band": band, "aisle": aisle.astype(str), "bay": bay,
        "level": level, "x_m": aisle * 3.0 + number % 2 - 0.5, "y_m": bay + 0.5, "distance_m": aisle * 3.0 + bay,
        "volume_l": np.array(VOLUMES)[level], "max_weight_kg": 200.0,
    })  # fmt: skip


def stored(slots: pd.DataFrame, products: int, rng: np.random.Generator) -> pd.DataFrame:
    share = min(FILLED, products / len(slots))
    band = np.repeat(BANDS, [int((slots["band"] == one).sum() * share) for one in BANDS])
    count, fresh = len(band), np.isin(band, ["chilled", "leaf"])
    luck = rng.random((4, count))
    return pd.DataFrame({
        "product_id": [f"p{n}" for n in range(count)], "band": band, "lines_per_day": rng.gamma(0.5, 2, count),
        "space_l": rng.gamma(2, 12, count), "peak_kg": rng.gamma(2, 15, count), "on_hand": 9.0,
        "ethylene": np.where(fresh & (luck[0] < 0.15), "produces", np.where(fresh & (luck[0] > 0.6), "sensitive", "")),
        "odour": np.where(luck[1] < 0.03, "gives", np.where(luck[1] > 0.9, "takes", "")),
        "allergens": np.where((band == "ambient") & (luck[2] < 0.1), rng.choice(["nuts", "milk", "soy"], count), ""),
        "raw_meat": (band == "chilled") & (luck[3] < 0.08),
    })  # fmt: skip


def laid(slots: pd.DataFrame, products: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    holds = np.full(len(slots), None, object)
    for band in BANDS:
        own = products.loc[products["band"] == band, "product_id"]
        holds[rng.permutation(np.flatnonzero(slots["band"] == band))[: len(own)]] = own
    return slots.assign(product_id=pd.Series(holds, dtype=object))


def measured(count: int) -> str:
    rng = np.random.default_rng(0)
    products = stored(floor(count), count, rng)
    slots = laid(floor(count), products, rng)
    tour = np.repeat(np.arange(LINES // 4), rng.integers(1, 8, LINES // 4))
    odds = products["lines_per_day"].to_numpy() / products["lines_per_day"].sum()
    tours = pd.DataFrame({"tour_id": tour, "product_id": rng.choice(products["product_id"], len(tour), p=odds)})
    began = time.process_time()
    task = Task.of(products, slots, tours, (0.0, 0.0))
    slot = suggested_slots(task)
    suggestions = suggestions_of(task, slot)
    suggested = time.process_time()
    moves = moves_worth_making(task, slot)
    listed = time.process_time()
    without = sum(one.slot_id is None for one in suggestions)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"| {len(products):,} | {len(slots):,} | {suggested - began:.1f} s | {listed - suggested:.1f} s | "
        f"{len(moves)} | {without} | {memory:.0f} MB |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("products", type=int, nargs="*", default=[300, 1_000, 3_000, 10_000, 30_000])
    print("| products | slots | suggested, CPU | moves, CPU | moves | without a slot | most memory so far |")
    print("|---|---|---|---|---|---|---|")
    for count in parser.parse_args().products:
        print(measured(count), flush=True)


if __name__ == "__main__":
    main()
