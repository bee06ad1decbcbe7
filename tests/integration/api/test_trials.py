"""Trials over HTTP and on their page: begun, told, stopped and promoted by operators, for keys of all warehouses."""

import re
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.frames.worth.sums import OF_PRODUCTS, OF_WAREHOUSES
from data.tables import Role, TrialDayRow, TrialLookRow, TrialRow, WarehouseDayRow, WarehouseRow
from flows.access.keys import create_key, create_sign_in_token
from flows.purchasing.planning.kept_service_level import NewTerms, set_service_level

from .conftest import NOW, TODAY, Bearer

ASKED = {"name": "a higher floor", "terms": {"fill_rate_floor": 0.97, "goodwill": 1.5}, "seed": 4}


@pytest.fixture
def with_days(shop: Engine) -> Engine:
    """Twelve weeks of W1 and W2 in which 7 and 8 of 10 were earned, a little more or less."""
    nothing = dict.fromkeys((*OF_PRODUCTS, *OF_WAREHOUSES), 0.0)
    with writing(shop) as session:
        for ago in range(1, 85):
            for name, short in (("W1", 300.0), ("W2", 200.0)):
                told = {"days": 1.0, "wanted_money": 1000.0, "short_money": short + 7 * ((ago * 5) % 3)}
                day = TODAY - timedelta(days=ago)
                session.add(WarehouseDayRow(date=day, warehouse_id=name, read_at=NOW, **(nothing | told)))
    return shop


async def test_a_trial_is_begun_told_stopped_and_promoted_with_a_reason(
    client: httpx.AsyncClient, bearer: Bearer, with_days: Engine
) -> None:
    operator = bearer("operator")
    # when a trial is begun, twice
    begun = await client.post("/v1/trials", json=ASKED, headers=operator)
    again = await client.post("/v1/trials", json=ASKED, headers=operator)
    assert begun.status_code == again.status_code == 200, begun.text
    assert again.json() == begun.json()
    told = begun.json()
    # then it says what is tried, from tomorrow on
    assert (told["state"], told["first"]) == ("running", str(TODAY + timedelta(days=1)))
    assert told["challenger"] == {"fill_rate_floor": 0.97, "goodwill": 1.5}
    assert told["pairs"] == [["W1", "W2"]]
    of_it = f"/v1/trials/{told['trial_id']}"
    assert (await client.get("/v1/trials", headers=bearer("buyer"))).json()["items"] == [told]
    # and nobody makes its challenger what holds without a reason
    refused = await client.post(f"{of_it}/promote", json={}, headers=operator)
    assert refused.status_code == 409
    assert "say why" in refused.text
    for _ in range(2):
        stopped = await client.post(f"{of_it}/stop", json={"because": "summer"}, headers=operator)
        assert stopped.json()["state"] == "stopped"
    promoted = await client.post(f"{of_it}/promote", json={"because": "asked for"}, headers=operator)
    assert promoted.json()["state"] == "promoted"
    terms = (await client.get("/v1/category-terms", headers=operator)).json()
    assert "0.97" in str(terms)
    assert (await client.get("/v1/trials/T9", headers=operator)).status_code == 404


async def test_trials_are_of_all_warehouses(client: httpx.AsyncClient, with_days: Engine) -> None:
    with writing(with_days) as session:
        _, key = create_key(session, "ann", Role.OPERATOR, NOW, warehouses=["W1"])
    headers = {"Authorization": f"Bearer {key}"}
    for answer in (
        await client.get("/v1/trials", headers=headers),
        await client.post("/v1/trials", json=ASKED, headers=headers),
    ):
        assert answer.status_code == 403


async def test_the_page_says_what_was_seen_in_a_sentence_and_a_chart(
    client: httpx.AsyncClient, bearer: Bearer, with_days: Engine
) -> None:
    trial_id = (await client.post("/v1/trials", json=ASKED, headers=bearer("operator"))).json()["trial_id"]
    with writing(with_days) as session:
        token = create_sign_in_token(session, "ann", Role.BUYER, NOW, lasts=timedelta(hours=1))
    ours = {"Sec-Fetch-Site": "same-origin"}
    assert (await client.post("/sign-in", data={"key": token}, headers=ours)).status_code == 303
    text = (await client.get("/trials")).text
    assert "Nothing is known yet" in text
    assert "it is lengthened, until" in text
    # when two periods were looked at
    with writing(with_days) as session:
        for period, lowest, highest in ((1, None, None), (2, 0.004, 0.058)):
            session.add(
                TrialLookRow(trial_id=trial_id, period=period, last_day=TODAY + timedelta(days=14 * period),
                             looked_at=NOW, periods=9, effect=0.031, lowest=lowest, highest=highest,
                             decided=period == 2, contrasts=[])
            )  # fmt: skip
        session.get_one(TrialRow, trial_id).winner = "challenger"
        session.get_one(TrialRow, trial_id).started_at = NOW - timedelta(days=1)
        set_service_level(session, [NewTerms("", goodwill=Decimal(3))], NOW - timedelta(hours=1), "bob")
        session.add(TrialDayRow(trial_id=trial_id, warehouse_id="W1", date=TODAY, arm="challenger", counts=True))
        session.get_one(WarehouseRow, "W1").name = "Hill Street"
    text = (await client.get("/trials")).text
    # then the page tells the effect with its interval, who wins, and draws it
    assert "+3.1% with the challenger, between +0.4% and +5.8%" in text
    assert "The challenger is better." in text
    assert "97% instead of none" in text
    assert re.search(r"It needs 9 periods instead of the \d stated, .* at the latest\.", text)
    assert "What holds was set anew while it ran (" in text
    (told,) = (await client.get("/v1/trials", headers=bearer("buyer"))).json()["items"]
    assert (told["periods_needed"], told["periods_at_most"]) == (9, 2 * told["periods"])
    assert len(told["champion_set_anew"]) == 1
    assert f'id="trial-{trial_id}"' in text
    assert "its interval not known yet" in text
    assert "Today with the challenger: Hill Street." in text
