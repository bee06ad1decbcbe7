"""Silences, and alarms whose sensor is heard no more, as the pages of temperatures show them."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine, select

from api.transactions import moment
from data.database import writing
from data.tables import AlarmRow, OutboxEventRow, Role
from flows.access.keys import create_sign_in_token
from flows.coldchain.alarms.silence import tick
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import receive_messages
from flows.coldchain.readings.receiving import receive_readings
from flows.notifying.forms.told_event import ToldEvent
from flows.notifying.forms.words import sentence
from warehouse.coldchain.readings import Reading

from .conftest import NOW

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


async def test_a_silence_of_tonight_s_maintenance_is_seen_with_its_end_and_ended_on_the_page(
    sign_in: SignIn, app: FastAPI, shop: Engine
) -> None:
    browser = await sign_in(Role.STAFF)
    wanted = {"zone_id": "Z1", "since": "2026-03-02T20:00", "until": "2026-03-02T23:30", "reason": "new evaporator"}
    assert (await browser.post("/warehouses/W1/silences", data=wanted | {"until": "tonight"})).status_code == 422
    answer = await browser.post("/warehouses/W1/silences", data=wanted)
    assert "nobody is told of them until the end" in (await browser.get(answer.headers["location"])).text

    for page in ("/temperatures", "/warehouses/W1/temperatures", "/warehouses/W1/temperatures/now"):
        text = re.sub(r"\s+", " ", html.unescape((await browser.get(page)).text.replace("\\n", " ")))
        assert "from Mon 2 Mar 20:00 until Mon 2 Mar 23:30" in text, page
        assert "new evaporator" in text, page
    assert "1 silence" not in (await browser.get("/warehouses/W2/temperatures")).text
    app.dependency_overrides[moment] = lambda: NOW + timedelta(hours=11)
    text = (await browser.get("/temperatures")).text
    assert "from Mon 2 Mar 20:00" not in text
    assert "until Mon 2 Mar 23:30" in text

    (silence_id,) = set(re.findall(r'action="/silences/([^/]+)/end"', text))
    await browser.post(f"/silences/{silence_id}/end")
    assert "new evaporator" not in (await browser.get("/temperatures")).text


async def test_an_alarm_whose_sensor_is_silent_for_20_hours_says_when_it_was_so_warm(
    browser: httpx.AsyncClient, app: FastAPI, shop: Engine
) -> None:
    """On every page, and in the reminder that a chat is sent."""
    later = NOW + timedelta(hours=20)
    app.dependency_overrides[moment] = lambda: later
    with writing(shop) as session:
        token = create_sign_in_token(session, "staff of the night", Role.STAFF, later, lasts=timedelta(hours=1))
    await browser.post("/sign-in", data={"key": token})

    for page in ("/", "/temperatures", "/warehouses/W1/temperatures"):
        text = (await browser.get(page)).text
        assert "7.5\u00a0°C at Mon 2 Mar 10:00" in text, page
        words = re.sub(r"<[^>]+>", " ", text)
        assert not re.search(r"\bnow\b[^.<]{0,20}°C|°C[^.<]{0,20}\bnow\b", words), page
    with writing(shop) as session:
        (alarm,) = session.scalars(select(AlarmRow).where(AlarmRow.kind == "too_warm"))
        written = session.scalars(select(OutboxEventRow).where(OutboxEventRow.event_id == f"{alarm.alarm_id}_raised"))
        told = ToldEvent("reminder", "alarm.reminder", later, written.one().payload)
    said = sentence(told)
    assert said.startswith("Still going on: too warm, Front W1 / Leaf / S1")
    assert "; last 7.5 C, taken 2026-03-02T01:35:00Z" in said
    assert " now" not in said


async def test_page_and_api_name_the_sensors_in_an_alarm_the_one_that_joined_it_too(
    sign_in: SignIn, app: FastAPI, shop: Engine
) -> None:
    browser = await sign_in(Role.STAFF)
    for minute in range(0, 50, 10):
        with writing(shop) as session:
            now = NOW + timedelta(minutes=minute)
            receive_readings(session, [Reading(sensor_id, now, 9.0) for sensor_id in ("S1", "S2")], now)
    app.dependency_overrides[moment] = lambda: NOW + timedelta(minutes=45)

    assert "(Door 1, Door 2)" in (await browser.get("/warehouses/W1/temperatures")).text
    for path in ("/v1/alarms", "/v1/today"):
        told = (await browser.get(path)).json()
        assert [one["sensor_ids"] for one in told.get("items", told.get("active_alarms"))] == [["S1", "S2"]], path
    (alarm,) = (await browser.get("/v1/alarms")).json()["items"]
    assert (await browser.get(f"/v1/alarms/{alarm['alarm_id']}")).json() == alarm


async def test_a_sensor_whose_last_will_says_that_it_is_gone_is_seen_on_the_pages_and_told_in_words(
    sign_in: SignIn, app: FastAPI, shop: Engine
) -> None:
    browser = await sign_in(Role.STAFF)
    with writing(shop) as session:
        gone = SensorMessage.of("freshfront/readings/S1/status", "offline")
        receive_messages(session, [gone], NOW + timedelta(minutes=1))
    app.dependency_overrides[moment] = lambda: NOW + timedelta(minutes=2)
    text = (await browser.get("/temperatures")).text
    assert "offline since Mon 2 Mar 10:01<" in text
    assert "nothing heard" not in text, "it may connect again"

    tick(shop, NOW + timedelta(minutes=5), timedelta(minutes=15))
    app.dependency_overrides[moment] = lambda: NOW + timedelta(minutes=6)
    for page in ("/", "/temperatures", "/warehouses/W1/temperatures/now"):
        words = re.sub(r"\s+", " ", (await browser.get(page)).text.replace("\\n", " "))
        assert "nothing heard, sensor or gateway offline, " in words, page

    with writing(shop) as session:
        receive_messages(session, [SensorMessage.of("freshfront/readings/S1/status", "online")], NOW)
        written = session.scalars(select(OutboxEventRow).where(OutboxEventRow.type == "alarm.raised"))
        (told,) = (one.payload for one in written if one.payload["kind"] == "silent")
    said = sentence(ToldEvent("raised", "alarm.raised", NOW, told))
    assert said.startswith("Alarm: silent, Front W1 / Leaf / S1; sensor or gateway offline; last ")
