"""`freshfront slots assign` with what goods ask of their place: every rule is kept, and named where it leaves none."""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.slotting.files.layouts import Layout
from flows.slotting.files.reassigned import Reassigned
from flows.slotting.files.trying_layouts import assign, carry
from tests.integration.flows.shell import Shell
from tests.unit.warehouse.slotting.warehouses import Rules, any_warehouse, lying
from warehouse.slotting.assignment.carries import Carry
from warehouse.slotting.eligibility.neighbours import NOWHERE
from warehouse.slotting.routing.rules import Routing

# one aisle of three bays with two levels each, 1, 3 and 5 m from the front
SLOTS = """slot_id,zone_id,band,aisle,x_m,y_m,bay,level,volume_l,max_weight_kg
a0,cold,chilled,A,0,1,0,0,10,20
a1,cold,chilled,A,0,1,0,1,10,20
b0,cold,chilled,A,0,3,1,0,10,20
b1,cold,chilled,A,0,3,1,1,10,20
c0,cold,chilled,A,0,5,2,0,40,90
f0,ice,frozen,B,4,1,0,0,40,90
"""
ASSIGNMENT = "slot_id,product_id\na0,leek\nc0,apple\n"
PICKS = "tour_id,product_id\n" + "".join(f"{tour},{one}\n" for tour in range(8) for one in ("apple", "leek"))
PRODUCTS = "product_id,band,volume_l,ethylene\nleek,chilled,2,sensitive\napple,chilled,2,produces\n"
# what was told before products could ask for anything
PLAIN_SLOTS = ["a1,fresh,A,0,1", "a2,fresh,A,0,3", "a3,fresh,A,0,5", "b1,dry,B,4,1", "b2,dry,B,4,3", "b3,dry,B,4,5"]
PLAIN = [
    ((), "slot_id,product_id\na1,kale\na2,leek\nb1,rice\n"),
    (("--moves=2",), "rank,product_id,from_slot_id,to_slot_id,exchange\n1,leek,a1,a2,\n2,kale,a3,a1,\n"),
    (
        ("--bound", "--json"),
        '{"routing": "combined", "lines": 3, "metres_per_line_before": 10.0, "metres_per_line_sorted": '
        '4.666666666666667, "metres_per_line": 4.666666666666667, "metres_per_line_expected": null, '
        '"metres_per_line_at_least": 4.444444444444445, "lines_per_labour_hour_gain": 0.4150943396226414, '
        '"assignment": [{"slot_id": "a1", "product_id": "kale"}, {"slot_id": "a2", "product_id": "leek"}, '
        '{"slot_id": "b1", "product_id": "rice"}]}\n',
    ),
    (
        ("--moves=2", "--json"),
        '{"routing": "combined", "lines": 3, "metres_per_line_before": 10.0, "metres_per_line_sorted": null, '
        '"metres_per_line": 4.666666666666667, "metres_per_line_expected": 4.666666666666667, '
        '"metres_per_line_at_least": null, "lines_per_labour_hour_gain": 0.4150943396226414, "moves": [{"rank": 1, '
        '"product_id": "leek", "from_slot_id": "a1", "to_slot_id": "a2", "exchange": null}, {"rank": 2, "product_id": '
        '"kale", "from_slot_id": "a3", "to_slot_id": "a1", "exchange": null}]}\n',
    ),
]


class Floor:
    """Files in a folder, and `assign` on them."""

    def __init__(self, folder: Path, shell: Shell) -> None:
        self.folder, self.shell = folder, shell
        self.write(slots=SLOTS, assignment=ASSIGNMENT, picks=PICKS, products=PRODUCTS)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")

    def said(self, *options: str, code: int = 0, products: bool = True) -> str:
        files = ["slots", "assignment", "picks", *(["products"] if products else [])]
        given = [f"--{name}={self.folder}/{name}.csv" for name in files]
        assert self.shell("slots", "assign", *given, "--routing=combined", *options) == code, self.shell.err
        return self.shell.out if code in (0, 3) else self.shell.err

    def __call__(self, *options: str, code: int = 0, products: bool = True) -> dict[str, Any]:
        return json.loads(self.said(*options, "--json", code=code, products=products))

    def lies(self, *options: str, **told: Any) -> dict[str, str]:
        return {row["product_id"]: row["slot_id"] for row in self(*options, **told)["assignment"]}


@pytest.fixture
def floor(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Floor:
    monkeypatch.setenv("COLUMNS", "500")
    return Floor(tmp_path, Shell(capsys, monkeypatch))


@pytest.mark.parametrize(("options", "said"), PLAIN)
@pytest.mark.parametrize("more", ["", ",0,0,9,9,chilled", ",0,1,many,1,icy"])
def test_without_what_bars_slots_and_products_files_are_answered_as_before(
    floor: Floor, options: tuple[str, ...], said: str, more: str
) -> None:
    columns = ",bay,level,volume_l,max_weight_kg,band" if more else ""
    floor.write(
        slots=f"slot_id,zone_id,aisle,x_m,y_m{columns}\n" + "".join(f"{slot}{more}\n" for slot in PLAIN_SLOTS),
        assignment="slot_id,product_id\na3,kale\nb1,rice\na1,leek\na2,\n",
        picks="tour_id,product_id\nmon,kale\nmon,rice\ntue,kale\n",
    )

    assert floor.said(*options, products=False) == said


def test_what_gives_off_ethylene_is_laid_two_bays_from_what_it_harms(floor: Floor) -> None:
    lies = floor.lies()

    assert {slot[0] for slot in lies.values()} == {"a", "c"}


def test_goods_without_a_word_of_it_may_be_neighbours(floor: Floor) -> None:
    floor.write(products="product_id\nleek\napple\n")

    assert {slot[0] for slot in floor.lies().values()} == {"a"}


@pytest.mark.parametrize(
    ("asks", "slot"),
    [
        ("space_l\napple,11\nleek,1\n", "c0"),
        ("volume_l,peak_stock\napple,4,3\nleek,1,1\n", "c0"),
        ("weight_kg\napple,21\nleek,1\n", "c0"),
        ("weight_kg,peak_stock\napple,7,3\nleek,1,1\n", "c0"),
        ("volume_l,peak_stock\napple,4,2\nleek,1,1\n", "a"),
    ],
)
def test_room_and_weight_of_the_peak_stock_count(floor: Floor, asks: str, slot: str) -> None:
    floor.write(products=f"product_id,{asks}")

    assert floor.lies()["apple"].startswith(slot)


def test_where_both_files_tell_bands_these_decide_in_place_of_zones(floor: Floor) -> None:
    floor.write(products="product_id,band\nleek,chilled\napple,frozen\n")

    assert floor.lies()["apple"] == "f0"
    moves = floor("--moves", "1")["moves"]
    assert [(one["product_id"], one["to_slot_id"], one["demanded_by"]) for one in moves] == [
        ("apple", "f0", "wrong_band")
    ]


def test_what_only_has_to_wait_for_another_shift_is_not_without_a_place(floor: Floor) -> None:
    floor.write(
        products="product_id,band\nleek,frozen\napple,frozen\n", slots=SLOTS + "f1,ice,frozen,B,4,1,0,1,40,90\n"
    )

    told = floor("--moves", "1")

    assert (len(told["moves"]), told["without_place"]) == (1, [])


@pytest.mark.parametrize("options", [(), ("--moves", "1")])
def test_each_product_is_walked_to_where_it_lies(floor: Floor, options: tuple[str, ...]) -> None:
    floor.write(picks="tour_id,product_id\n1,apple\n2,apple\n3,leek\n")

    assert floor(*options)["metres_per_line_before"] == (10 + 10 + 2) / 3


def test_without_bands_products_stay_in_their_zone(floor: Floor) -> None:
    floor.write(products="product_id,space_l\nleek,1\napple,11\n", slots=SLOTS.replace("c0,cold", "c0,far"))

    assert floor.lies()["apple"] == "c0"


@pytest.mark.parametrize("barred", ["pick_face\n", "unusable_because\n"])
def test_what_is_barred_is_left_empty_without_a_file_of_products_too(floor: Floor, barred: str) -> None:
    bars = {"pick_face\n": ("no", "yes"), "unusable_because\n": ("bent shelf", "")}[barred]
    rows = SLOTS.splitlines()
    slots = [f"{rows[0]},{barred}", *(f"{row},{bars[0] if row[:2] in ('a0', 'a1') else bars[1]}\n" for row in rows[1:])]
    floor.write(slots="".join(slots))

    assert {slot[0] for slot in floor.lies(products=False).values()} == {"b"}
    first = floor("--moves", "1", products=False)["moves"][0]
    assert (first["product_id"], first["demanded_by"]) == (
        "leek",
        {"pick_face\n": "not_picked_from", "unusable_because\n": "slot_unusable"}[barred],
    )


def test_a_product_without_a_legal_place_is_named_with_its_rule_and_the_rest_is_done(floor: Floor) -> None:
    floor.write(products="product_id,band,space_l\nleek,chilled,1\napple,chilled,200\n")

    told = floor(code=3)

    assert "Product apple has no place" in floor.shell.err
    assert told["without_place"] == [
        {"product_id": "apple", "reasons": [{"code": "no_slot_large_enough", "space_l": 200.0, "largest_l": 40.0}]}
    ]
    assert [row["product_id"] for row in told["assignment"]] == ["leek"]
    assert (told["lines"], told["metres_per_line_before"], told["metres_per_line"]) == (8, 2.0, 2.0)
    assert [one["product_id"] for one in floor("--moves", "3", code=3)["without_place"]] == ["apple"]


def test_what_lies_in_several_slots_keeps_as_many_and_the_one_that_is_picked_from_comes_near(floor: Floor) -> None:
    floor.write(
        assignment="slot_id,product_id,number\nc0,apple,1\nb0,apple,2\na0,leek,\n",
        products="product_id,space_l\napple,16\nleek,1\n",
        picks="tour_id,product_id\n1,apple\n2,apple\n",
    )

    told = floor()

    apple = {row["number"]: row["slot_id"] for row in told["assignment"] if row["product_id"] == "apple"}
    assert (apple.keys(), apple[1][0]) == ({1, 2}, "a")
    assert (told["metres_per_line_before"], told["metres_per_line"]) == (10.0, 2.0)
    (carried,) = floor("--moves", "1")["moves"]
    assert (carried["product_id"], carried["from_slot_id"], carried["to_slot_id"]) == ("apple", "c0", "a1")


def test_an_assignment_in_several_slots_is_walked_as_it_was_promised(floor: Floor) -> None:
    floor.write(products="product_id,space_l\napple,16\nleek,1\n", slots=SLOTS.replace("0,40,90\nf0", "0,9,90\nf0"))
    promised = floor(f"--out={floor.folder}/new.csv")["metres_per_line"]

    files = [f"--{name}={floor.folder}/{file}.csv" for name, file in
             (("slots", "slots"), ("assignment", "new"), ("picks", "picks"))]  # fmt: skip
    assert floor.shell("slots", "replay", *files, "--routing=combined", "--json") == 0

    assert json.loads(floor.shell.out)["metres_per_line"] == promised
    assert (floor.folder / "new.csv").read_text(encoding="utf-8").count("apple") == 2


def test_without_a_file_of_products_further_slots_make_room_for_what_is_picked(floor: Floor) -> None:
    floor.write(
        slots="slot_id,zone_id,aisle,x_m,y_m\n" + "\n".join(PLAIN_SLOTS),
        assignment="slot_id,product_id,number\na1,kale,2\na2,kale,1\na3,leek,\n",
        picks="tour_id,product_id\n1,leek\n2,leek\n3,kale\n",
    )

    lies = [(row["slot_id"], row["product_id"], row["number"]) for row in floor(products=False)["assignment"]]
    carried = [(row["product_id"], row["from_slot_id"]) for row in floor("--moves", "2", products=False)["moves"]]

    assert lies == [("a1", "leek", 1), ("a2", "kale", 1), ("a3", "kale", 2)]
    assert sorted(carried) == [("kale", "a1"), ("leek", "a3")]


def test_what_fits_no_slot_alone_gets_several_and_what_lies_in_none_is_carried_from_nowhere(floor: Floor) -> None:
    floor.write(
        products="product_id,space_l\napple,45\nleek,1\n", slots=SLOTS.replace("1,1,10,20\nc0", "1,1,30,20\nc0")
    )

    apple = {row["number"]: row["slot_id"] for row in floor()["assignment"] if row["product_id"] == "apple"}
    (carried,) = floor("--moves", "1")["moves"]

    assert apple == {1: "b1", 2: "c0"}
    assert (carried["from_slot_id"], carried["to_slot_id"], carried["demanded_by"]) == (None, "b1", "has_no_slot")


@pytest.mark.parametrize(("holds_reserve", "metres"), [("", 2.0), ("a0", 10.0)])
def test_where_no_number_is_told_goods_are_picked_from_the_nearest_pick_face(
    floor: Floor, holds_reserve: str, metres: float
) -> None:
    head, *slots = SLOTS.splitlines()
    rows = [f"{slot},{'no' if slot[:2] == holds_reserve else 'yes'}\n" for slot in slots]
    floor.write(
        slots="".join([f"{head},pick_face\n", *rows]),
        assignment="slot_id,product_id\nc0,apple\na0,apple\n",
        picks="tour_id,product_id\n1,apple\n",
    )

    assert floor(products=False)["metres_per_line_before"] == metres


def test_everybody_having_a_place_nobody_is_without(floor: Floor) -> None:
    assert floor()["without_place"] == []
    assert floor("--bound")["metres_per_line_at_least"] <= floor()["metres_per_line"]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"slots": SLOTS.replace("0,10,20\nb1", "0,ten,20\nb1")}, "slots.csv, line 4: volume_l 'ten' is not a number"),
        (
            {"slots": SLOTS.replace("ice,frozen", "ice,icy")},
            "slots.csv, line 7: band 'icy' is not one of leaf, chilled",
        ),
        ({"slots": SLOTS.replace("ice,frozen", "ice,")}, "slots.csv, line 7: band is missing"),
        ({"slots": SLOTS.replace(",band", ",climate")}, "slots.csv lacks the column band"),
        ({"slots": SLOTS.replace(",2,0,40", ",2.5,0,40")}, "slots.csv, line 6: bay '2.5' is not a whole number"),
        ({"products": PRODUCTS.replace("sensitive", "sensible")}, "line 2: ethylene 'sensible' is not one of produces"),
        ({"products": PRODUCTS.replace("d,2,p", "d,-2,p")}, "products.csv, line 3: volume_l '-2' is negative"),
        ({"products": PRODUCTS.replace("apple", "pear")}, "products.csv lacks product 'apple', which lies in a slot"),
        ({"products": PRODUCTS.replace("apple", "leek")}, "products.csv, line 3: product 'leek' is given twice"),
        ({"products": "name\nleek\n"}, "products.csv lacks the column product_id"),
        (
            {"products": "product_id,humidity_low_pct,humidity_high_pct\nleek,90,80\napple,,\n"},
            "products.csv, line 2: humidity_low_pct '90' is not below humidity_high_pct",
        ),
    ],
)
def test_what_is_wrong_with_what_is_asked_is_named(floor: Floor, files: dict[str, str], problem: str) -> None:
    floor.write(**files)

    assert problem in floor.said(code=2)


any_seed, any_count, any_empty = st.integers(0, 100_000), st.integers(2, 24), st.integers(0, 12)


def _layout(folder: str, seed: int, count: int, empty: int) -> tuple[Layout, Rules, dict[str, str]]:
    """Of files of a floor that Hypothesis thinks of; and plain rules to judge by, and what lies where."""
    products, slots, tours = any_warehouse(seed, count, empty)
    lies = lying(slots)
    rng, laid, empty_slots = np.random.default_rng(seed), list(lies.values()), set(slots["slot_id"]) - set(lies)
    lies |= {slot: str(rng.choice(laid)) for slot in sorted(empty_slots) if rng.random() < 0.3}  # in several slots
    some = tours[tours["product_id"].isin(lies.values())]
    tours = some if len(some) else pd.DataFrame({"tour_id": [0], "product_id": list(lies.values())[:1]})
    assignment = pd.DataFrame(lies.items(), columns=["slot_id", "product_id"])
    tables = {"slots": slots, "assignment": assignment, "picks": tours, "products": products}
    paths = {name: Path(folder) / f"{name}.csv" for name in tables}
    for name, table in tables.items():
        table.rename(columns={"peak_kg": "weight_kg"}).to_csv(paths[name], index=False)
    layout = Layout.of_files_with_rules(
        paths["slots"], paths["assignment"], paths["picks"], Routing.COMBINED, paths["products"]
    )
    return layout, Rules(products, slots), lies


def _without_place(layout: Layout, found: Reassigned) -> set[str]:
    assert found.without_place is not None
    assert all(found.without_place.values()), "no rule is named"
    return {layout.assignment.product_ids[product] for product in found.without_place}


@given(seed=any_seed, count=any_count, empty=any_empty)
@settings(max_examples=15, deadline=None)
def test_no_assignment_breaks_a_rule(seed: int, count: int, empty: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        layout, rules, before = _layout(folder, seed, count, empty)

    found = assign(layout)

    names, ids = layout.assignment.product_ids, layout.floor.slot_ids
    laid = list(zip(found.slot.tolist(), found.product.tolist(), found.number.tolist(), strict=True))
    lies = {ids[slot]: names[product] for slot, product, _ in laid if slot != NOWHERE}
    assert {names[product] for _, product, _ in laid} == set(before.values())
    assert {names[product] for slot, product, _ in laid if slot == NOWHERE} == _without_place(layout, found)
    assert sum(slot != NOWHERE for slot, _, _ in laid) == len(lies)
    parts = np.bincount(found.product)
    for slot, product, number in laid:
        if slot != NOWHERE:
            assert rules.broken(names[product], ids[slot], lies, parts[product]) == []
            assert rules.slots[ids[slot]]["pick_face"] or number > 1


@given(seed=any_seed, count=any_count, empty=any_empty, most=st.sampled_from([1, 3, 50]))
@settings(max_examples=15, deadline=None)
def test_after_any_part_of_the_carries_no_rule_is_broken_that_was_not_before(
    seed: int, count: int, empty: int, most: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        layout, rules, lies = _layout(folder, seed, count, empty)
    before = rules.all_broken(lies)

    found = carry(layout, most)
    parts = {layout.assignment.product_ids[product]: count for product, count in enumerate(np.bincount(found.product))}

    assert len(found.carries) == len(found.demands) <= most
    names, ids = layout.assignment.product_ids, layout.floor.slot_ids
    exchanges = {one.exchange for one in found.carries if one.exchange is not None}
    steps: list[list[Carry]] = []
    for one in found.carries:
        if one.exchange is not None and steps and steps[-1][0].exchange == one.exchange:
            steps[-1].append(one)
        else:
            steps.append([one])
    assert len([step for step in steps if len(step) == 2]) == len(exchanges)
    for step in steps:
        for one in step:
            if one.from_slot != NOWHERE:
                assert lies.pop(ids[one.from_slot]) == names[one.product]
        for one in step:
            assert ids[one.to_slot] not in lies
            lies[ids[one.to_slot]] = names[one.product]
        assert rules.all_broken(lies) <= before
        for one in step:
            assert rules.broken(names[one.product], ids[one.to_slot], lies, parts[names[one.product]]) == []
            assert rules.slots[ids[one.to_slot]]["pick_face"] or parts[names[one.product]] > 1
    for product in _without_place(layout, found):
        at = [slot for slot, one in lies.items() if one == product]
        assert len(at) < parts[product] or any(
            rules.broken(product, slot, lies, parts[product]) or not rules.slots[slot]["pick_face"] for slot in at
        )
