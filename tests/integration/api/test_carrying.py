"""What moves were worth, pick faces to refill, and where what came is put, by the API."""

from datetime import timedelta
from decimal import Decimal

import httpx
import numpy as np
import pytest
from sqlalchemy import Engine, update

from data.database import writing
from data.tables import HourlyForecastRow, LotRow, MoveBatchRow, MoveRow, MoveStatus, OrderLineRow, SlotRow
from flows.stock.receiving import Received, ReceivedLine, receive

from .conftest import NOW, ORIGIN, TODAY, Bearer
from .test_bad_input import is_problem


@pytest.fixture
def reserve(shop: Engine) -> Engine:
    """A reserve slot beside the face of spinach, and 40 kg of lot L2; 1 kg is picked an hour."""
    hours = np.full(24, 1.0)
    with writing(shop) as session:
        session.add(SlotRow(slot_id="leaf-9", warehouse_id="W1", zone_id="Z1", x_m=9, y_m=0, distance_m=90.0,
                            volume_l=Decimal(100), pick_face=False))  # fmt: skip
        session.execute(update(SlotRow).where(SlotRow.slot_id == "leaf-5").values(volume_l=Decimal(40)))
        session.add(
            LotRow(lot_id="L2", warehouse_id="W1", product_id="spinach", received_at=NOW, known_at=NOW,
                   expires_on=TODAY, quantity_received=Decimal(40), quantity_on_hand=Decimal(40))
        )  # fmt: skip
        session.add(
            HourlyForecastRow(warehouse_id="W1", product_id="spinach", date=TODAY, origin=ORIGIN,
                              mean=hours.astype("<f8").tobytes(),
                              quantiles=np.repeat(hours[:, None], 7, axis=1).astype("<f4").tobytes())
        )  # fmt: skip
    return shop


async def test_a_face_is_refilled_and_what_is_left_in_reserve_is_said(
    client: httpx.AsyncClient, bearer: Bearer, reserve: Engine
) -> None:
    staff, lies, what = bearer("staff"), "/v1/slots/leaf-9/lots/L2", "/v1/warehouses/W1/replenishments"
    for _ in range(2):
        said = await client.put(lies, json={"quantity": 35, "was": 0}, headers=staff)
        assert (said.status_code, said.json()) == (200, {"slot_id": "leaf-9", "lot_id": "L2", "quantity": 35.0})

    told = (await client.get(what, headers=staff)).json()

    assert (told["until"], told["nothing_because"]) == ("2026-03-02T22:00:00Z", None)
    (carry,) = told["items"]
    assert carry == {
        "product_id": "spinach", "lot_id": "L2", "from_slot_id": "leaf-9", "to_slot_id": "leaf-5", "quantity": 15.0,
        "was": 35.0, "left": 20.0, "holds": 5.0, "enough": 14.0, "runs_out_at": "2026-03-02T07:00:00Z",
        "then_out_at": None,
    }  # fmt: skip
    for _ in range(2):
        done = await client.put(lies, json={"quantity": carry["left"], "was": carry["was"]}, headers=staff)
        assert done.status_code == 200
    assert (await client.get(what, headers=staff)).json()["items"] == []

    outdated = await client.put(lies, json={"quantity": 1, "was": 35}, headers=staff)
    is_problem(outdated, 409)
    assert "By now 20 of lot L2 lie in slot leaf-9, not 35." in outdated.text
    is_problem(await client.put("/v1/slots/leaf-5/lots/L2", json={"quantity": 1}, headers=staff), 422)
    is_problem(await client.put("/v1/slots/leaf-9/lots/L7", json={"quantity": 1}, headers=staff), 404)
    is_problem(await client.put(lies, json={"quantity": 1}, headers=bearer("buyer")), 403)


async def test_why_there_is_nothing_to_refill_is_told(client: httpx.AsyncClient, bearer: Bearer) -> None:
    told = (await client.get("/v1/warehouses/W1/replenishments", headers=bearer("staff"))).json()

    assert (told["items"], told["nothing_because"]) == ([], "no_reserve")


async def test_where_a_delivery_is_put_is_told_by_lot(
    client: httpx.AsyncClient, bearer: Bearer, reserve: Engine
) -> None:
    with writing(reserve) as session:
        session.execute(update(LotRow).values(quantity_on_hand=Decimal(5)))
        lines = [ReceivedLine("spinach", Decimal(30), lot_id="new"), ReceivedLine("milk", Decimal(2), lot_id="cold")]
        receive(session, "door", Received("W1", "F1", NOW, lines), NOW, "Wu")

    told = (await client.get("/v1/receipts/door/put-away", headers=bearer("staff"))).json()

    spinach, milk = told["lots"]
    assert (spinach["lot_id"], spinach["product_name"], spinach["in_reserve"]) == ("new", "spinach", [])
    assert [(one["slot_id"], one["quantity"], one["place"]) for one in spinach["goes"]] == [
        ("leaf-5", 15.0, "face"), ("leaf-9", 15.0, "reserve"),
    ]  # fmt: skip
    assert milk["goes"] == [
        {"slot_id": None, "quantity": 2.0, "place": None, "reasons": [{"code": "no_slot_in_band", "band": "chilled"}]}
    ]
    is_problem(await client.get("/v1/receipts/no-such/put-away", headers=bearer("staff")), 404)


async def test_batches_tell_what_was_expected_and_what_was_saved(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    with writing(shop) as session:
        for days, name, before, after in ((3, "first", 30.123, 28.0), (1, "second", None, None)):
            session.add(MoveBatchRow(batch_id=name, warehouse_id="W1", created_at=NOW - timedelta(days=days), lines=90,
                                     metres_before=before, metres_after=after))  # fmt: skip
        session.flush()
        made = {"batch_id": "first", "status": MoveStatus.DONE, "decided_at": NOW - timedelta(days=2)}
        session.execute(update(MoveRow).where(MoveRow.move_id == "M1").values(**made))
        session.execute(update(MoveRow).where(MoveRow.move_id == "M2").values(batch_id="first"))
        session.execute(update(SlotRow).where(SlotRow.slot_id == "leaf-5").values(product_id=None))
        session.execute(update(SlotRow).where(SlotRow.slot_id == "leaf-1").values(product_id="spinach"))
        session.add(OrderLineRow(warehouse_id="W1", order_id="O", line_no=1, product_id="spinach", ordered_at=ORIGIN,
                                 quantity=Decimal(1), known_at=ORIGIN))  # fmt: skip

    told = (await client.get("/v1/warehouses/W1/move-batches", headers=bearer("buyer"))).json()["items"]

    assert [one["batch_id"] for one in told] == ["second", "first"]
    assert (told[0]["moves"], told[0]["done"], told[0]["expected"], told[0]["walked"]) == (0, 0, None, None)
    assert (told[1]["moves"], told[1]["done"], told[1]["done_at"]) == (2, 1, "2026-02-28T02:00:00Z")
    assert told[1]["expected"] == {
        "metres_per_line_before": 30.12, "metres_per_line_after": 28.0, "metres_per_line_saved": 2.12, "lines": 90,
    }  # fmt: skip
    assert told[1]["walked"] == {
        "metres_per_line_before": 100.0, "metres_per_line_after": 20.0, "metres_per_line_saved": 80.0, "lines": 1,
    }  # fmt: skip
    is_problem(await client.get("/v1/warehouses/W9/move-batches", headers=bearer("buyer")), 404)
