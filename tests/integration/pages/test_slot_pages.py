"""What bars products from slots, as the page of slots shows it."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy import Engine, update

from api.pages.texts import list_sentences
from data.database import writing
from data.tables import AlarmRow, Band, MoveRow, MoveStatus, ProductRow, Role, Unit
from flows.slotting.open_moves import ListedMove, OpenMoves

from .conftest import NOW

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


async def test_a_refusal_can_say_that_the_slot_cannot_be_used_until_it_can_again(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    assert 'name="slot_id" value="W1-1"' in (await browser.get("/warehouses/W1/slots")).text
    refusal = {"move_id": "M1", "answer": "refused", "reason": "shelf is bent", "slot_id": "W1-1"}
    await browser.post("/warehouses/W1/moves", data=refusal)
    assert "cannot be used: shelf is bent" in (await browser.get("/warehouses/W1/slots/table")).text

    answer = await browser.post("/slots/W1-1/use")

    text = (await browser.get(answer.headers["location"])).text
    assert "The slot can be used again." in text
    assert "cannot be used: shelf is bent" not in text


async def test_a_part_of_a_move_has_three_places_at_most(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    for quantity in ("0.0001", "0", "-1"):  # the first would be kept as none
        part = {"move_id": "M1", "answer": "partly_done", "quantity": quantity}
        assert (await browser.post("/warehouses/W1/moves", data=part)).status_code == 422, quantity


async def test_slots_say_that_nothing_is_moved_into_a_zone_with_a_temperature_alarm(
    sign_in: SignIn, shop: Engine
) -> None:
    browser = await sign_in(Role.STAFF)
    text = (await browser.get("/warehouses/W1/slots")).text
    assert "Temperature alarm in Leaf: nothing is moved in until it is over." in text
    assert "Wait: temperature alarm in Leaf" in text

    with writing(shop) as session:
        session.execute(update(AlarmRow).values(ended_at=NOW))

    text = (await browser.get("/warehouses/W1/slots")).text
    assert "emperature alarm in Leaf" not in text


def listed(product_id: str, metres: float, *codes: str, room_for: str = "") -> ListedMove:
    reasons = [{"code": code} for code in codes]
    return ListedMove(
        product_id, metres, [*reasons, {"code": "makes_room", "for_product": room_for}] if room_for else reasons
    )


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        ([], []),
        ([listed("kale", 30, "saves_walking"), listed("peas", -4, room_for="kale")],
         ["2 moves that no rule demands save 26 m of walking a day together."]),
        ([listed("milk", -900, "wrong_band"), listed("peas", -19, room_for="milk"),
          listed("kale", 60, "saves_walking")],
         ["Rules demand 2 moves, which together cost 919 m of walking a day.",
          "1 move that no rule demands saves 60 m of walking a day."]),
        ([listed("milk", 40, "bad_neighbour", "saves_walking")],
         ["Rules demand 1 move, which saves 40 m of walking a day as well."]),
        ([listed("milk", 0, "has_no_slot"), listed("peas", -5, room_for="kale")],
         ["Rules demand 1 move.", "1 further move belongs to what was settled."]),
    ],
)  # fmt: skip
def test_what_rules_demand_is_told_apart_from_what_saves_walking(moves: list[ListedMove], said: list[str]) -> None:
    sentences = [one.replace("\u00a0", " ") for one in list_sentences(OpenMoves.of("W1", moves))]
    assert sentences == (["Carry them out in this order.", *said] if moves else [])


async def test_the_page_never_says_that_moves_save_less_than_nothing(sign_in: SignIn, shop: Engine) -> None:
    with writing(shop) as session:
        session.add(ProductRow(product_id="milk", name="milk", category="dairy", band=Band.CHILLED, unit=Unit.PIECE))
        session.flush()
        session.add(
            MoveRow(move_id="M2", warehouse_id="W1", product_id="milk", to_slot_id="W1-4", rank=2, quantity=0,
                 metres_saved_per_day=-859.0, status=MoveStatus.SUGGESTED, created_at=NOW,
                 reasons=[{"code": "wrong_band", "band": "chilled", "zone_band": "leaf"}])
        )  # fmt: skip
    browser = await sign_in(Role.STAFF)
    text = (await browser.get("/warehouses/W1/slots")).text.replace("\u00a0", " ")
    assert "Rules demand 1 move, which costs 859 m of walking a day." in text
    assert "1 move that no rule demands saves 40 m of walking a day." in text
    assert "(no stock of it now)" in text
    assert "0 pcs" not in text
    assert "40 m" in (await browser.get("/slots")).text.replace("\u00a0", " ")
    cards = (await browser.get("/aisle/W1/facts")).json()["moves"]
    assert cards[1]["carries"][0]["quantity"] == "(no stock of it now)"
