"""Goods that came go to their face, to the nearest reserve, to a free slot, and else the rule is named; no rule is ever
broken."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.slotting.barred import NOTHING_BARRED, Barred
from warehouse.slotting.eligibility.goods import Goods
from warehouse.slotting.eligibility.places import Places
from warehouse.slotting.putting_away import Came, PutAway, Shelves
from warehouse.slotting.walked_floor import walked_floor

APPLES = {"product_id": "apples", "ethylene": "produces"}
KALE = {"product_id": "kale", "ethylene": "sensitive"}
LEEK = {"product_id": "leek"}


def slot(slot_id: str, bay: int, holds: str | None = None, **told: object) -> dict[str, object]:
    """Ten litres in the only aisle, `bay` metres from the front."""
    usual = {"zone_id": "Z", "band": "chilled", "distance_m": float(bay), "volume_l": 10.0, "pick_face": True}
    return {"slot_id": slot_id, **usual, "product_id": holds, "aisle": "A", "bay": bay, "level": 0, "x_m": 0.0,
            "y_m": float(bay), "max_weight_kg": np.nan, **told}  # fmt: skip


def shelves(
    slots: list[dict[str, object]],
    *products: dict[str, object],
    taken_l: dict[str, float] | None = None,
    barred: Barred = NOTHING_BARRED,
) -> Shelves:
    frame = pd.DataFrame(slots)
    goods = Goods.of(
        pd.DataFrame([{"band": "chilled", "lines_per_day": 1.0, "space_l": 0.0, **one} for one in products])
    )
    taken = frame["slot_id"].map(taken_l or {}).fillna(0.0).to_numpy(float)
    return Shelves(goods, Places.of(frame), walked_floor(frame).plan, barred, taken, np.zeros(len(frame)))


def came(product: str, quantity: float, litres: float | None = 1.0, *, whole: bool = True) -> Came:
    return Came(product, quantity, litres, None, whole)


def where(found: list[PutAway]) -> list[tuple[str | None, float, str | None]]:
    return [(one.slot_id, one.quantity, one.kind) for one in found]


def test_what_has_room_goes_to_its_own_face() -> None:
    floor = shelves([slot("face", 1, "leek"), slot("reserve", 2, pick_face=False)], LEEK, taken_l={"face": 4})

    assert where(list(floor.put_away(came("leek", 6)))) == [("face", 6, "face")]


def test_the_rest_goes_to_the_nearest_reserve_and_then_to_a_free_slot() -> None:
    slots = [
        slot("far", 9, pick_face=False),
        slot("face", 4, "leek"),
        slot("near", 5, pick_face=False),
        slot("free", 1),
        slot("taken", 3, "kale", pick_face=False),
    ]

    found = list(shelves(slots, LEEK, KALE, taken_l={"face": 7}).put_away(came("leek", 30)))

    assert where(found) == [("face", 3, "face"), ("near", 10, "reserve"), ("far", 10, "reserve"), ("free", 7, "free")]


def test_the_nearest_reserve_is_that_nearest_to_the_face() -> None:
    slots = [slot("front", 1, pick_face=False), slot("face", 6, "leek"), slot("behind", 8, pick_face=False)]

    found = list(shelves(slots, LEEK, taken_l={"face": 10}).put_away(came("leek", 5)))

    assert where(found) == [("behind", 5, "reserve")]


def test_reserve_that_holds_it_already_is_filled_before_an_empty_one() -> None:
    slots = [slot("face", 1, "leek"), slot("near", 2, pick_face=False), slot("own", 9, "leek", pick_face=False)]

    found = list(shelves(slots, LEEK, taken_l={"face": 10, "own": 5}).put_away(came("leek", 8)))

    assert where(found) == [("own", 5, "reserve"), ("near", 3, "reserve")]


def test_what_comes_later_finds_less_room() -> None:
    floor = shelves([slot("face", 1, "leek"), slot("free", 2)], LEEK, KALE)

    assert where(list(floor.put_away(came("leek", 8)))) == [("face", 8, "face")]
    assert where(list(floor.put_away(came("leek", 4)))) == [("face", 2, "face"), ("free", 2, "free")]
    (none,) = floor.put_away(came("kale", 1))
    assert [reason.as_dict() for reason in none.reasons] == [{"code": "band_full", "band": "chilled", "slots": 2}]


def test_pieces_are_not_broken_and_what_is_weighed_fills_a_slot() -> None:
    assert where(list(shelves([slot("face", 1, "leek")], LEEK).put_away(came("leek", 4, 3.0))))[0] == (
        "face",
        3,
        "face",
    )
    weighed = list(shelves([slot("face", 1, "leek")], LEEK).put_away(came("leek", 4, 3.0, whole=False)))
    assert weighed[0].quantity == pytest.approx(10 / 3)


def test_what_is_not_known_to_take_room_fits() -> None:
    assert where(list(shelves([slot("face", 1, "leek")], LEEK).put_away(came("leek", 400, None)))) == [
        ("face", 400, "face")
    ]


@pytest.mark.parametrize(
    ("told", "product", "barred", "reason"),
    [
        ({"band": "frozen"}, {}, NOTHING_BARRED, {"code": "no_slot_in_band", "band": "chilled"}),
        ({"humidity_high_pct": 99.0}, {"humidity_high_pct": 80.0}, NOTHING_BARRED,
         {"code": "no_fit_humidity", "band": "chilled"}),
        ({"volume_l": 0.5}, {}, NOTHING_BARRED, {"code": "no_slot_large_enough", "space_l": 1.0, "largest_l": 0.5}),
        ({"max_weight_kg": 1.5}, {}, NOTHING_BARRED,
         {"code": "no_slot_strong_enough", "peak_kg": 2.0, "strongest_kg": 1.5}),
        ({}, {}, Barred(in_alarm={"Z"}), {"code": "zone_in_alarm", "zone_ids": "Z"}),
        ({}, {}, Barred(unusable={"free": "bent"}), {"code": "slots_unusable", "slots": 1}),
        ({}, {}, Barred(refused={("kale", "free")}), {"code": "refused", "slots": 1}),
        ({}, {"allergens": "egg"}, NOTHING_BARRED, {"code": "kept_apart", "slots": 1}),
    ],
)  # fmt: skip
def test_where_no_legal_place_is_left_the_rule_is_named(
    told: dict[str, object], product: dict[str, object], barred: Barred, reason: dict[str, object]
) -> None:
    slots = [slot("free", 1, **told), slot("other", 2, "milk", zone_id="Y", band="frozen")]
    milk = {"product_id": "milk", "band": "frozen", "allergens": "milk"}

    (none,) = shelves(slots, KALE | product, milk, barred=barred).put_away(Came("kale", 3, 1.0, 2.0, True))

    assert (none.slot_id, none.quantity) == (None, 3)
    assert [one.as_dict() for one in none.reasons] == [reason]


def test_no_sensitive_goods_are_put_beside_what_gives_off_ethylene() -> None:
    slots = [slot("apples", 1, "apples"), slot("beside", 2), slot("apart", 4)]

    assert where(list(shelves(slots, APPLES, KALE).put_away(came("kale", 1)))) == [("apart", 1, "free")]


@settings(deadline=None)
@given(st.data())
def test_no_rule_is_ever_broken(data: st.DataObject) -> None:
    names = ["apples", "kale", "leek"]
    slots = [
        slot(f"s{bay}", bay, data.draw(st.sampled_from([None, None, *names])),
             band=data.draw(st.sampled_from(["chilled", "frozen"])), pick_face=data.draw(st.booleans()),
             zone_id=data.draw(st.sampled_from("YZ")))
        for bay in range(data.draw(st.integers(1, 6)))
    ]  # fmt: skip
    barred = Barred(unusable={"s0": "bent"}, in_alarm={"Y"}, refused={("kale", "s1")})
    floor = shelves(slots, APPLES, KALE, LEEK, barred=barred)
    held = {str(one["slot_id"]): one["product_id"] for one in slots}

    for product in data.draw(st.lists(st.sampled_from(names), max_size=4)):
        for put in floor.put_away(came(product, data.draw(st.integers(1, 25)))):
            if put.slot_id is None:
                assert put.reasons
                continue
            bay = int(put.slot_id[1:])
            assert slots[bay]["band"] == "chilled"
            assert slots[bay]["zone_id"] == "Z"
            assert put.slot_id != "s0"
            assert held[put.slot_id] in (None, product)
            if held[put.slot_id] is None:
                assert (product, put.slot_id) != ("kale", "s1")
                beside = {held.get(f"s{near}") for near in (bay - 1, bay, bay + 1)}
                assert not ({"apples", "kale"} <= beside | {product} and product != "leek")
            held[put.slot_id] = product
