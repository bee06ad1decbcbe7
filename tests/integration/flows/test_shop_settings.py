"""The figures of a shop, from FRESHFRONT_* variables to what is planned and moved, on both databases."""

from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import MoveRow, PlanLineRow, ProductRow, SlotRow, SlotSuggestionRow
from flows.day import buying, slotting
from flows.for_each_warehouse import side_by_side
from tests.integration.flows.conftest import NOW, TOMORROW


@pytest.fixture
def installed(shop: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    return shop


def milk_of(shop: Engine, plan_id: str) -> PlanLineRow:
    with reading(shop) as session:
        query = select(PlanLineRow).where(PlanLineRow.plan_id == plan_id, PlanLineRow.product_id == "milk")
        return session.scalars(query).one()


def test_a_price_that_is_not_known_is_assumed_from_the_shop_s_markup(
    installed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRESHFRONT_ASSUMED_MARKUP", "2")
    with writing(installed) as session:
        session.get_one(ProductRow, "milk").list_price = None

    line = milk_of(installed, buying.plan_purchase(["W2"], NOW, "buyer", asked_for=TOMORROW))

    assert {"code": "price_assumed", "list_price": 15.0} in line.reasons  # twice 7.50


def test_what_is_dear_to_keep_is_bought_for_fewer_days(installed: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    bought = {}
    for keeping in ("0", "5"):
        monkeypatch.setenv("FRESHFRONT_KEEPING_COST_PER_DAY", keeping)
        bought[keeping] = milk_of(installed, buying.plan_purchase(["W2"], NOW, "buyer", asked_for=TOMORROW)).quantity

    assert bought["0"] > bought["5"] > 0


@pytest.mark.parametrize(
    ("setting", "value", "moves"),
    [
        # spinach saves 2 x 20 x 40 m a day and is carried 40 m; saffron has no slot and is moved whatever that costs
        ("MINUTES_PER_MOVE", "297", {"spinach", "saffron"}),  # 22,275 m and 2 x 40 m, repaid after 13.97 days
        ("MINUTES_PER_MOVE", "298", {"saffron"}),
        ("WALKING_SPEED_M_S", "92", {"spinach", "saffron"}),  # 22,080 m and 2 x 40 m
        ("WALKING_SPEED_M_S", "93", {"saffron"}),
        ("MOVES_REPAID_WITHIN_DAYS", "0.24", {"spinach", "saffron"}),  # 380 m, repaid after 0.2375 days
        ("MOVES_REPAID_WITHIN_DAYS", "0.23", {"saffron"}),
        ("MOVES_PER_SHIFT", "1", {"saffron"}),
    ],
)
def test_a_move_is_made_where_it_repays_the_shop_s_own_effort(
    installed: Engine, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, moves: set[str]
) -> None:
    monkeypatch.setenv(f"FRESHFRONT_{setting}", value)

    slotting.suggest_slots(["W1"], NOW, side_by_side)

    with reading(installed) as session:
        assert set(session.scalars(select(MoveRow.product_id))) == moves


@pytest.mark.parametrize(("days", "slot"), [("2", "leaf-1"), ("3", "leaf-5")])
def test_a_slot_has_room_for_the_days_that_a_shop_keeps(
    installed: Engine, monkeypatch: pytest.MonkeyPatch, days: str, slot: str
) -> None:
    monkeypatch.setenv("FRESHFRONT_DAYS_IN_STOCK", days)
    with writing(installed) as session:
        # 28 kg on nine days of ten, 2 litres each: 112 litres for two days, 168 for three
        session.get_one(SlotRow, "leaf-1").volume_l = Decimal(112)

    slotting.suggest_slots(["W1"], NOW, side_by_side)

    with reading(installed) as session:
        assert session.get_one(SlotSuggestionRow, ("W1", "spinach", 1)).slot_id == slot
