"""A buyer says what will be wanted instead of the forecast: plans count on it, tell it, and it is scored afterwards."""

from datetime import date, timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine, select

from api.transactions import moment
from data.database import reading, writing
from data.tables import DailySalesRow, DemandJudgementRow

from .conftest import NOW, Bearer

FAIR = {
    "judgement_id": "fair", "warehouse_id": "W1", "product_id": "milk", "first_day": "2026-03-03",
    "last_day": "2026-03-04", "quantity": 90, "reason": "a fair",
}  # fmt: skip


async def _milk(client: httpx.AsyncClient, headers: dict[str, str]) -> dict:  # type: ignore[type-arg]
    """The line of milk of a plan that is made now."""
    made = await client.post(
        "/v1/purchase-plans", json={"warehouse_ids": ["W1"], "replace_edited": True}, headers=headers
    )
    assert made.status_code == 201, made.text
    lines = await client.get(f"/v1/purchase-plans/{made.json()['plan_id']}/lines", headers=headers)
    return next(line for line in lines.json()["items"] if line["product_id"] == "milk")


async def test_plans_count_on_what_a_buyer_expects_until_it_is_withdrawn(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    buyer = bearer("buyer")
    before = await _milk(client, buyer)
    said = await client.post("/v1/demand-judgements", json=FAIR, headers=buyer)
    assert said.status_code == 201, said.text
    assert (await client.post("/v1/demand-judgements", json=FAIR, headers=buyer)).json() == said.json()
    other = await client.post("/v1/demand-judgements", json=FAIR | {"quantity": 91}, headers=buyer)
    assert other.status_code == 409
    judged = await _milk(client, buyer)
    assert judged["forecast_mean"] > 2 * before["forecast_mean"]
    [told] = [reason for reason in judged["reasons"] if reason["code"] == "judged"]
    assert (told["quantity"], told["until"], told["because"]) == (90, "2026-03-04", "a fair")
    for _ in range(2):
        assert (await client.delete("/v1/demand-judgements/fair", headers=buyer)).status_code == 204
    assert (await _milk(client, buyer))["forecast_mean"] == before["forecast_mean"]
    assert (await client.delete("/v1/demand-judgements/nope", headers=buyer)).status_code == 404


async def test_a_judgement_is_scored_beside_the_forecast_that_it_replaced(
    client: httpx.AsyncClient, app: FastAPI, bearer: Bearer, shop: Engine
) -> None:
    buyer = bearer("buyer")
    await client.post("/v1/demand-judgements", json=FAIR, headers=buyer)
    address = "/v1/demand-judgements?warehouse_id=W1&product_id=milk"
    assert (await client.get(address, headers=buyer)).json()["items"][0]["score"] is None
    later = NOW + timedelta(days=4)
    with writing(shop) as session:  # 90 were judged and 30 forecast; the first count of the 3rd was corrected
        for day, sold, known in ((3, 50.0, 3), (3, 80.0, 4), (4, 60.0, 4)):
            session.add(
                DailySalesRow(warehouse_id="W1", product_id="milk", date=date(2026, 3, day), sales=sold,
                              known_at=NOW + timedelta(days=known - 2))
            )  # fmt: skip
            session.flush()
    app.dependency_overrides[moment] = lambda: later
    [told] = (await client.get(address, headers=buyer)).json()["items"]
    assert told["score"] == {"days": 2, "error": 20.0, "forecast_error": 40.0}


async def test_days_that_have_passed_are_not_judged(client: httpx.AsyncClient, bearer: Bearer, shop: Engine) -> None:
    buyer = bearer("buyer")
    for wrong in ({"last_day": "2026-03-02"}, {"first_day": "2026-02-27", "last_day": "2026-03-01"}):
        answer = await client.post("/v1/demand-judgements", json=FAIR | wrong, headers=buyer)
        assert answer.status_code == 422, answer.text
    with reading(shop) as session:
        assert session.scalars(select(DemandJudgementRow)).all() == []
