"""Rules of zones by HTTP: read, tried on the past, kept under a version, and named where they are wrong."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event

from api.coldchain.zone_rules_schemas import RulesIn
from data.bulk import write_rows
from data.database import writing
from flows.coldchain.readings.receiving import READINGS
from flows.coldchain.rules.kept_rules import keep_rules
from warehouse.coldchain.rules import Rules

from .conftest import NOW, Bearer

PATH = "/v1/zones/Z1/rules"
SCHEDULE = [{"from": "04:00", "until": "07:00", "weekdays": [1, 2], "rules": {"high_delay": 240}}]
FORTNIGHT = NOW - timedelta(days=14)


def test_what_the_api_takes_are_the_rules_and_what_it_leaves_out_is_as_usual() -> None:
    assert RulesIn().said() == Rules().as_dict()


async def test_rules_are_kept_under_a_version_and_the_same_again_makes_no_new_one(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    operator, buyer = bearer("operator"), bearer("buyer")
    usual = await client.get(PATH, headers=buyer)
    assert (usual.headers["ETag"][:3], usual.json()["version"], usual.json()["kept_by"]) == ('"0-', 0, None)

    told = {"recovery_margin_c": 1, "schedule": SCHEDULE}
    kept = await client.put(PATH, json=told, headers=operator | {"If-Match": usual.headers["ETag"]})
    again = await client.put(PATH, json=told, headers=operator | {"If-Match": '"0"'})  # the first answer was lost

    assert kept.status_code == 200, kept.text
    assert (kept.headers["ETag"], again.headers["ETag"], again.json()) == ('"1"', '"1"', kept.json())
    assert (await client.get(PATH, headers=buyer)).json() == kept.json()
    assert kept.json()["rules"]["schedule"] == SCHEDULE
    [listed] = (await client.get("/v1/zone-rules?warehouse_id=W1", headers=buyer)).json()["items"]
    assert listed == kept.json()
    audit = (await client.get("/v1/audit?limit=1", headers=operator)).json()["items"][0]
    assert (audit["about"], audit["written"]) == ({"zone_id": "Z1"}, {"zone_rules": 1})


async def test_rules_that_others_have_changed_meanwhile_are_not_written_over(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    operator = bearer("operator")
    with writing(shop) as session:
        keep_rules(session, "Z1", Rules(door_delay=timedelta(0)), FORTNIGHT, "Wang")

    late = await client.put(PATH, json={"recovered_for": 5}, headers=operator | {"If-Match": '"0"'})
    no_etag = await client.put(PATH, json={"recovered_for": 5}, headers=operator | {"If-Match": "one"})
    seen = await client.put(PATH, json={"recovered_for": 5}, headers=operator | {"If-Match": '"1"'})

    assert (late.status_code, no_etag.status_code, seen.status_code) == (412, 422, 200)
    assert "of version 1, not 0" in late.json()["detail"]
    versions = (await client.get(f"{PATH}/versions?limit=1", headers=operator)).json()
    then = await client.get(f"{PATH}/versions?cursor={versions['next']}", headers=operator)
    assert [(one["version"], one["kept_by"]) for one in versions["items"]] == [(1, "Wang")]
    assert [(one["version"], one["rules"]["recovered_for"]) for one in then.json()["items"]] == [(2, 5)]


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        ({"door_delay": -1}, "door_delay", "greater than or equal to 0"),
        ({"dor_delay": 1}, "dor_delay", ""),
        ({"outside_at_most": 600}, "outside_at_most", "longer than outside_within"),
        ({"defrost_every": 360}, "defrost_up_to_c", "told together"),
        ({"schedule": [SCHEDULE[0] | {"from": "25:00"}]}, "schedule[0].from", "a time as 07:30"),
        ({"schedule": [SCHEDULE[0] | {"rules": {"ceiling_c": 3}}]}, "schedule[0].rules.ceiling_c", "at all hours"),
        ({"schedule": [SCHEDULE[0] | {"weekdays": [8]}]}, "schedule[0].weekdays", "1 (Monday) to 7"),
    ],
)
async def test_a_rule_that_cannot_be_is_named_with_what_would_do(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine, told: dict[str, Any], field: str, words: str
) -> None:
    refused = await client.put(PATH, json=told, headers=bearer("operator"))
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert error["field"] == field
    assert words in error["detail"]
    assert (await client.get(PATH, headers=bearer("staff"))).json()["version"] == 0


async def test_a_zone_that_is_not_there_is_not_found(client: httpx.AsyncClient, bearer: Bearer, shop: Engine) -> None:
    operator = bearer("operator")
    for answer in (
        await client.get("/v1/zones/Z9/rules", headers=operator),
        await client.put("/v1/zones/Z9/rules", json={}, headers=operator),
        await client.get("/v1/zones/Z9/rules/versions", headers=operator),
        await client.post("/v1/zones/Z9/rules/replay", json=replay({}), headers=operator),
    ):
        assert answer.status_code == 404


def replay(rules: dict[str, Any], days: float = 14) -> dict[str, Any]:
    since = NOW - timedelta(days=days)
    return {"rules": rules, "taken_since": since.isoformat(), "taken_before": NOW.isoformat()}


@pytest.fixture
def warm_evenings(shop: Engine) -> Engine:
    """S1 is at 7 C instead of 4 for fifty minutes every evening of 20 days, and at 3 C else; S2 says nothing."""
    start = NOW - timedelta(days=20)
    minutes = range(0, 20 * 1440, 10)
    rows = [("S1", start + timedelta(minutes=m), 7.0 if m % 1440 < 60 else 3.0, NOW) for m in minutes]
    with writing(shop) as session:
        write_rows(session.connection(), READINGS, ["sensor_id", "taken_at", "temperature_c", "known_at"], rows)
    return shop


async def test_rules_are_tried_on_the_past_beside_those_of_now_and_nothing_is_written(
    client: httpx.AsyncClient, bearer: Bearer, warm_evenings: Engine
) -> None:
    said: list[str] = []
    event.listen(warm_evenings, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    answer = await client.post(f"{PATH}/replay", json=replay({"high_delay": 120}), headers=bearer("operator"))

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["readings"] == 14 * 144
    assert (told["now"]["cost"]["alarms"], told["proposed"]["cost"]["alarms"]) == (14, 0)
    assert told["proposed"]["missed"] == told["now"]["alarms"]
    first = told["now"]["alarms"][0]
    assert (first["sensor_id"], first["kind"], first["worst"]) == ("S1", "too_warm", 7.0)
    assert told["now"]["cost"]["hours_outside"] == pytest.approx(14.0)
    assert said
    assert not [one for one in said if not one.startswith("SELECT") and ("zone_rules" in one or "alarms" in one)]


async def test_the_rhythm_of_defrosts_before_the_period_is_known(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    start = NOW - timedelta(days=5)
    rows = [("S1", start + timedelta(minutes=m), 8.0 if m % 360 < 40 else 3.0, NOW) for m in range(0, 5 * 1440, 10)]
    with writing(shop) as session:
        write_rows(session.connection(), READINGS, ["sensor_id", "taken_at", "temperature_c", "known_at"], rows)

    answer = await client.post(f"{PATH}/replay", json=replay({}, days=1), headers=bearer("operator"))

    assert answer.json()["readings"] == 144
    assert answer.json()["proposed"]["alarms"] == []


async def test_by_a_schedule_only_what_lies_in_its_hours_is_judged_otherwise(
    client: httpx.AsyncClient, bearer: Bearer, warm_evenings: Engine
) -> None:
    # it is warm from 10:00 in Shanghai; 2 March is a Monday, and Sundays are two of the fourteen days
    sundays = {"from": "09:00", "until": "12:00", "weekdays": [7], "rules": {"high_delay": 120}}
    answer = await client.post(f"{PATH}/replay", json=replay({"schedule": [sundays]}), headers=bearer("operator"))
    assert answer.json()["proposed"]["cost"]["alarms"] == 12
    assert len(answer.json()["proposed"]["missed"]) == 2


@pytest.mark.parametrize(("days", "field"), [(0, "taken_before"), (32, "taken_since")])
async def test_a_period_that_is_none_or_too_long_is_refused(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine, days: float, field: str
) -> None:
    refused = await client.post(f"{PATH}/replay", json=replay({}, days), headers=bearer("operator"))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field


async def test_each_band_has_a_rule_set_to_begin_with_that_can_be_kept(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    templates = (await client.get("/v1/rule-templates", headers=bearer("staff"))).json()["items"]
    assert {one["band"] for one in templates} == {"leaf", "chilled", "frozen", "tropical", "ambient"}
    for one in templates:
        assert (await client.post(f"{PATH}/replay", json=replay(one["rules"]), headers=bearer("operator"))).is_success
