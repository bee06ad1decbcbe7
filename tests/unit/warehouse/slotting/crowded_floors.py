"""Small floors on which many may not lie together, and an exhaustive search for a legal place for all, by the rules as
they are told (`Rules`), to judge by."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tests.unit.warehouse.slotting.warehouses import Rules


def crowded_floor(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Products, slots and tours: one or two aisles, eight products at most, mostly as many as slots. Where not all lie
    somewhere already, one does not."""
    rng = np.random.default_rng(seed)
    aisles, bays, levels = int(rng.integers(1, 3)), int(rng.integers(1, 5)), int(rng.integers(1, 3))
    count = min(aisles * bays * levels, 8)
    count -= int(rng.integers(0, 2)) if count > 1 else 0
    asking = rng.uniform(0.2, 0.6)  # share of the products that ask for something, for each of the rules

    def asks(one: str, other: str) -> np.ndarray:
        return rng.choice(np.array(["", one, other], object), count, p=[1 - asking, asking / 2, asking / 2])

    products = pd.DataFrame({
        "product_id": [f"p{n}" for n in range(count)],
        "band": "leaf",
        "lines_per_day": rng.integers(0, 60, count).astype(float),
        "space_l": rng.integers(1, 14, count).astype(float),
        "peak_kg": rng.integers(1, 11, count).astype(float),
        "on_hand": 1.0,
        "humidity_low_pct": np.nan,
        "ethylene": asks("produces", "sensitive"),
        "odour": asks("gives", "takes"),
        "allergens": asks("milk", "nuts"),
        "raw_meat": rng.random(count) < asking / 2,
    })  # fmt: skip
    aisle, bay, level = (axis.ravel() for axis in np.meshgrid(*map(np.arange, (aisles, bays, levels)), indexing="ij"))
    slots = len(aisle)
    held = np.full(slots, None, object)
    lies = rng.permutation(slots)[: count - int(rng.integers(0, 2))]
    held[lies] = rng.permutation(products["product_id"].to_numpy(object))[: len(lies)]
    frame = pd.DataFrame({
        "slot_id": [f"s{n}" for n in range(slots)],
        "zone_id": "Z",
        "band": "leaf",
        "humidity_low_pct": np.nan,
        "distance_m": aisle * 4.0 + bay + 1,
        "volume_l": np.append(14.0, rng.choice([8.0, 14.0], slots - 1)),  # so that no product needs several
        "max_weight_kg": np.append(10.0, rng.choice([5.0, 10.0], slots - 1, p=[0.2, 0.8])),
        "aisle": [f"A{n}" for n in aisle],
        "bay": bay,
        "level": level,
        "x_m": aisle * 4.0,
        "y_m": bay + 1.0,
        "product_id": held,
    })  # fmt: skip
    tour = np.repeat(np.arange(10), rng.integers(1, 4, 10))
    return products, frame, pd.DataFrame({"tour_id": tour, "product_id": rng.choice(products["product_id"], len(tour))})


def a_legal_layout(products: pd.DataFrame, slots: pd.DataFrame) -> Mapping[str, str] | None:
    """Product by slot, every product in one; None: no such layout exists."""
    rules = Rules(products, slots)
    may = {
        product: [slot for slot in slots["slot_id"] if not rules.broken(product, slot, {})]
        for product in products["product_id"]
    }
    in_turn = sorted(may, key=lambda product: len(may[product]))

    def with_the_rest(number: int, lies: dict[str, str]) -> Mapping[str, str] | None:
        if number == len(in_turn):
            return lies
        product = in_turn[number]
        for slot in may[product]:
            if slot not in lies and not rules.broken(product, slot, lies):
                found = with_the_rest(number + 1, lies | {slot: product})
                if found is not None:
                    return found
        return None

    return with_the_rest(0, {})
