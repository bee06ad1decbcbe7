"""Fans and coolers by HTTP: registered, overridden by who is on site, and what they were told."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from .conftest import NOW, Bearer

RULE = {"start_above_c": 4.0, "stop_below_c": 3.0, "min_on_minutes": 0, "min_off_minutes": 0}
PATH = "/v1/actuators/C1"


@pytest.fixture
def cooler(shop: Engine) -> dict[str, Any]:
    return {"zone_id": "Z1", "kind": "cooler", "name": "Cooler", "topic": "shop/C1", "rule": RULE}


async def test_a_cooler_is_registered_overridden_and_its_commands_are_listed(
    client: httpx.AsyncClient, bearer: Bearer, cooler: dict[str, Any]
) -> None:
    operator, staff = bearer("operator"), bearer("staff")
    made = await client.put(PATH, json=cooler, headers=operator)
    again = await client.put(PATH, json=cooler, headers=operator)
    assert (made.status_code, again.status_code, again.json()) == (200, 200, made.json())
    assert (made.json()["desired"], made.json()["rule"]["starts_per_hour"]) == (None, 10)

    until = (NOW + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    told = await client.put(f"{PATH}/override", json={"state": "on", "until": until, "note": "cleaning"}, headers=staff)
    assert told.status_code == 200, told.text
    assert told.json()["override"] == {
        "state": "on",
        "until": until,
        "by": told.json()["override"]["by"],
        "note": "cleaning",
    }
    [command] = (await client.get("/v1/commands?actuator_id=C1&result=open", headers=staff)).json()["items"]
    assert (command["desired"], command["reason"], command["status"]) == ("on", "overridden", "waiting")
    assert command["decided_by"] == told.json()["override"]["by"]
    assert (await client.get(f"/v1/commands/{command['command_id']}", headers=staff)).json() == command

    assert (await client.delete(f"{PATH}/override", headers=staff)).json()["override"] is None
    assert (await client.delete(PATH, headers=operator)).status_code == 204
    [kept] = (await client.get("/v1/actuators?zone_id=Z1", headers=staff)).json()["items"]
    assert kept["retired_at"] is not None
    audit = (await client.get("/v1/audit?limit=1", headers=operator)).json()["items"][0]
    assert audit["about"] == {"actuator_id": "C1"}


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"rule": RULE | {"stop_below_c": 4.0}}, 422, "rule"),
        ({"rule": RULE | {"stop": 4.0}}, 422, "rule.stop"),
        ({"topic": "shop/+/C1"}, 422, "topic"),
        ({"topic": "shop/C1/"}, 422, "topic"),
        ({"zone_id": "Z9"}, 404, "zone_id"),
    ],
)
async def test_a_cooler_that_cannot_be_is_refused_by_the_name_of_its_field(
    client: httpx.AsyncClient, bearer: Bearer, cooler: dict[str, Any], changed: dict[str, Any], status: int, field: str
) -> None:
    answer = await client.put(PATH, json=cooler | changed, headers=bearer("operator"))

    assert answer.status_code == status, answer.text
    assert field in answer.text


async def test_two_coolers_cannot_have_one_topic(
    client: httpx.AsyncClient, bearer: Bearer, cooler: dict[str, Any]
) -> None:
    await client.put(PATH, json=cooler, headers=bearer("operator"))

    assert (await client.put("/v1/actuators/C2", json=cooler, headers=bearer("operator"))).status_code == 409


async def test_an_override_that_is_over_before_it_begins_is_refused(
    client: httpx.AsyncClient, bearer: Bearer, cooler: dict[str, Any]
) -> None:
    await client.put(PATH, json=cooler, headers=bearer("operator"))

    told = {"state": "on", "until": NOW.isoformat()}
    answer = await client.put(f"{PATH}/override", json=told, headers=bearer("staff"))
    assert (answer.status_code, "until" in answer.text) == (422, True)
