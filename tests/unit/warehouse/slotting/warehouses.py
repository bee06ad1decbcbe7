"""Warehouses for the tests of suggestions and moves: any that Hypothesis thinks of, and plain rules to judge by."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from warehouse.slotting.barred import NOTHING_BARRED, Barred
from warehouse.slotting.move_effort import USUAL, MoveEffort
from warehouse.slotting.moves import moves_worth_making
from warehouse.slotting.suggesting import suggested_slots, suggestions_of
from warehouse.slotting.suggestion import Move, SlotSuggestion
from warehouse.slotting.task import Task

BANDS = ("leaf", "frozen")
HARM = (("ethylene", "produces", "sensitive"), ("odour", "gives", "takes"))


@dataclass(frozen=True)
class Decided:
    """What is suggested for a warehouse, and the moves."""

    suggestions: tuple[SlotSuggestion, ...]
    moves: tuple[Move, ...]


def decided(
    products: pd.DataFrame,
    slots: pd.DataFrame,
    effort: MoveEffort = USUAL,
    barred: Barred = NOTHING_BARRED,
    tours: pd.DataFrame | None = None,
) -> Decided:
    task = Task.of(products, slots, tours, (0.0, 0.0), barred=barred)
    slot = suggested_slots(task)
    return Decided(suggestions_of(task, slot), moves_worth_making(task, slot, effort))


def any_warehouse(
    seed: int, count: int, empty: int, *, neighbours: bool = True, laid: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Products, slots and tours of a warehouse of two bands, with what goods ask; what is laid lies anywhere."""
    rng = np.random.default_rng(seed)
    names = [f"p{n}" for n in range(count)]
    products = pd.DataFrame({
        "product_id": names,
        "band": rng.choice(BANDS, count),
        "lines_per_day": rng.integers(0, 60, count).astype(float),
        "space_l": rng.integers(1, 14, count).astype(float),
        "peak_kg": rng.integers(1, 14, count).astype(float),
        "on_hand": rng.integers(0, 9, count).astype(float),
        "humidity_low_pct": rng.choice([np.nan, 60.0, 90.0], count, p=[0.7, 0.2, 0.1]),
    })  # fmt: skip
    if neighbours:
        products["ethylene"] = rng.choice(np.array([None, "produces", "sensitive"], object), count, p=[0.6, 0.2, 0.2])
        products["odour"] = rng.choice(np.array([None, "gives", "takes"], object), count, p=[0.8, 0.1, 0.1])
        products["allergens"] = rng.choice(np.array(["", "milk", "milk,nuts"], object), count, p=[0.8, 0.1, 0.1])
        products["raw_meat"] = rng.random(count) < 0.2
    slots = count + empty
    number = np.arange(slots)
    aisle, bay = number // 8, number // 2 % 4
    band = np.array(BANDS)[aisle % 2]
    frame = pd.DataFrame({
        "slot_id": [f"s{n}" for n in number],
        "zone_id": [f"zone {n}" for n in aisle % 4],
        "band": band,
        "humidity_low_pct": np.array([np.nan, 80.0, 95.0, 50.0])[aisle % 4],
        "distance_m": aisle * 4.0 + bay + 1,
        "volume_l": rng.choice([8.0, 14.0], slots),
        "max_weight_kg": rng.choice([10.0, 14.0], slots),
        "aisle": [f"A{n}" for n in aisle],
        "bay": bay,
        "level": number % 2,
        "x_m": aisle * 4.0,
        "y_m": bay + 1.0,
        "pick_face": rng.random(slots) < 0.9,
        "product_id": None,
    })  # fmt: skip
    if laid:
        lies = rng.permutation(slots)[: int(count * 0.8)]
        held = frame["product_id"].to_numpy(object).copy()
        held[lies] = rng.permutation(names)[: len(lies)]
        frame["product_id"] = pd.Series(held, dtype=object)
    tour = np.repeat(np.arange(40), rng.integers(1, 5, 40))
    tours = pd.DataFrame({"tour_id": tour, "product_id": rng.choice(names, len(tour))})
    return products, frame, tours


class Rules:
    """What must hold of a product in a slot, said as plainly as can be."""

    def __init__(self, products: pd.DataFrame, slots: pd.DataFrame) -> None:
        self.products = {row["product_id"]: row for row in products.to_dict("records")}
        self.slots = {row["slot_id"]: row for row in slots.to_dict("records")}

    def broken(self, product_id: str, slot_id: str, lies: Mapping[str, str], share: int = 1) -> list[str]:
        """Which rules a product breaks in a slot, beside what lies in the others (product by slot)."""
        product, slot = self.products[product_id], self.slots[slot_id]
        rules = {
            "band": product["band"] != slot["band"],
            "humidity": slot["humidity_low_pct"] < product["humidity_low_pct"],
            "volume": product["space_l"] / share > slot["volume_l"],
            "weight": product["peak_kg"] / share > slot["max_weight_kg"],
        }
        broken = [rule for rule, is_broken in rules.items() if is_broken]
        for other_slot, other_id in lies.items():
            if other_id != product_id:
                broken += self.harm(product, slot, self.products[other_id], self.slots[other_slot])
        return broken

    def harm(self, one: Mapping, at: Mapping, other: Mapping, there: Mapping) -> list[str]:
        """What two products in two slots do to each other."""
        if at["aisle"] != there["aisle"] or abs(at["bay"] - there["bay"]) > 1:
            return []
        found = [
            column for column, gives, takes in HARM if column in one and {one[column], other[column]} == {gives, takes}
        ]
        allergens = one.get("allergens") or "", other.get("allergens") or ""
        if all(allergens) and allergens[0] != allergens[1]:
            found.append("allergens")
        if at["bay"] == there["bay"] and "raw_meat" in one:
            if one["raw_meat"] and not other["raw_meat"] and there["level"] < at["level"]:
                found.append("beneath raw meat")
            if other["raw_meat"] and not one["raw_meat"] and at["level"] < there["level"]:
                found.append("beneath raw meat")
        return found

    def all_broken(self, lies: Mapping[str, str]) -> set[tuple[str, str, str]]:
        """Every pair of neighbours that breaks a rule."""
        return {
            (min(one, other), max(one, other), rule)
            for slot, one in lies.items()
            for there, other in lies.items()
            if one != other
            for rule in self.harm(self.products[one], self.slots[slot], self.products[other], self.slots[there])
        }


def lying(slots: pd.DataFrame) -> dict[str, str]:
    """What lies where."""
    return {slot: held for slot, held in zip(slots["slot_id"], slots["product_id"], strict=True) if pd.notna(held)}


def at_once(moves: tuple[Move, ...]) -> list[list[Move]]:
    """The moves in their order, the two of an exchange together."""
    groups: list[list[Move]] = []
    for move in moves:
        if groups and move.exchange is not None and groups[-1][0].exchange == move.exchange:
            groups[-1].append(move)
        else:
            groups.append([move])
    return groups


def made(slots: pd.DataFrame, moves: tuple[Move, ...]) -> pd.DataFrame:
    """The floor once the moves are made in their order; fails where one cannot be."""
    lies = lying(slots)
    for together in at_once(moves):
        for move in together:
            if move.from_slot_id is not None:
                assert lies.pop(move.from_slot_id) == move.product_id, f"{move} begins elsewhere"
        for move in together:
            assert move.to_slot_id not in lies, f"{move} goes to an occupied slot"
            lies[move.to_slot_id] = move.product_id
    return slots.assign(product_id=pd.Series([lies.get(slot) for slot in slots["slot_id"]], dtype=object))
