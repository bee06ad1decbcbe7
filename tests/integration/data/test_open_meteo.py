"""The Open-Meteo client against a local server that speaks its format, well and badly."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import WeatherRow
from data.weather.open_meteo import (
    Place,
    WeatherSourceFailed,
    beaufort,
    fetch_forecast,
    fetch_observed,
    keep_weather,
)

PLACE = Place("W1", 30.27, 120.16, "Asia/Shanghai")
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 3)
ANSWER = {
    "daily_units": {"temperature_2m_mean": "°C", "wind_speed_10m_mean": "km/h"},
    "daily": {
        "time": ["2026-03-01", "2026-03-02", "2026-03-03"],
        "temperature_2m_mean": [11.5, 12.0, None],
        "precipitation_sum": [0.0, 3.2, None],
        "relative_humidity_2m_mean": [70, None, None],
        "wind_speed_10m_mean": [12.0, 0.0, None],
    },
}


class OpenMeteo(ThreadingHTTPServer):
    """Gives the answers of `answers` one after the other, the last one again and again, and notes what was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str]] = [(200, json.dumps(ANSWER))]
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: OpenMeteo

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def open_meteo() -> Iterator[OpenMeteo]:
    with OpenMeteo() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def observed(server: OpenMeteo) -> list:
    return fetch_observed(PLACE, FIRST, LAST, address=server.address, pause_seconds=0.01)


def test_observed_days_are_known_at_their_end_and_days_without_values_are_left_out(open_meteo) -> None:
    days = observed(open_meteo)

    assert [(day.date, day.temperature_c, day.precipitation_mm, day.humidity_pct) for day in days] == [
        (date(2026, 3, 1), 11.5, 0.0, 70.0),
        (date(2026, 3, 2), 12.0, 3.2, None),
    ]
    assert [day.issued_at for day in days] == [datetime(2026, 3, day, 16, tzinfo=UTC) for day in (1, 2)]
    asked = urlsplit(open_meteo.asked[0])
    assert asked.path == "/v1/archive"
    query = parse_qs(asked.query)
    assert (query["start_date"], query["end_date"], query["timezone"]) == (
        ["2026-03-01"], ["2026-03-03"], ["Asia/Shanghai"],
    )  # fmt: skip
    assert query["latitude"] == ["30.27"]


def test_a_forecast_carries_its_moment_and_no_day_that_is_over(open_meteo) -> None:
    issued_at = datetime(2026, 3, 1, 22, tzinfo=UTC)  # the morning of the second in Shanghai

    days = fetch_forecast(PLACE, 3, issued_at=issued_at, address=f"{open_meteo.address}/", pause_seconds=0.01)

    assert [(day.date.day, day.issued_at, day.observed) for day in days] == [(2, issued_at, False)]
    assert open_meteo.asked[0].startswith("/v1/forecast?")


def test_a_broken_or_busy_server_is_asked_again(open_meteo) -> None:
    open_meteo.answers = [(500, "oops"), (429, "{}"), (200, json.dumps(ANSWER))]

    assert len(observed(open_meteo)) == 2
    assert len(open_meteo.asked) == 3


@pytest.mark.parametrize(
    ("answer", "reason", "asked"),
    [
        ((500, "oops"), "status 500", 4),
        ((400, '{"error": true, "reason": "latitude out of range"}'), "status 400, latitude out of range", 1),
        ((200, '{"daily": {'), "not Open-Meteo's daily JSON", 1),
        ((200, "[]"), "not Open-Meteo's daily JSON", 1),
        ((200, json.dumps({"daily": ANSWER["daily"] | {"precipitation_sum": [1.0]}})), "not Open-Meteo's daily", 1),
        ((200, json.dumps({"daily": ANSWER["daily"] | {"precipitation_sum": ["x", 1, 1]}})), "could not convert", 1),
    ],
)
def test_a_failure_names_warehouse_address_and_reason(open_meteo, answer, reason, asked) -> None:
    open_meteo.answers = [answer]

    with pytest.raises(WeatherSourceFailed, match=f"warehouse W1 from {open_meteo.address}/v1/archive.*{reason}"):
        observed(open_meteo)

    assert len(open_meteo.asked) == asked


def test_an_unreachable_server_is_named() -> None:
    with OpenMeteo() as server:
        closed = server.address

    with pytest.raises(WeatherSourceFailed, match=f"W1 from {closed}.*4 attempts"):
        fetch_observed(PLACE, FIRST, LAST, address=closed, pause_seconds=0.01)


@pytest.mark.parametrize(("kmh", "number"), [(0, 0), (12, 2.5), (24, 4.0), (62, 7.5)])
def test_wind_is_told_in_beaufort(kmh: float, number: float) -> None:
    assert beaufort(kmh) == pytest.approx(number, abs=0.1)


def test_weather_kept_twice_is_there_once(engine: Engine, open_meteo) -> None:
    for _ in range(2):
        with writing(engine) as session:
            assert keep_weather(session, observed(open_meteo)) == 2

    with reading(engine) as session:
        kept = session.scalars(select(WeatherRow).order_by(WeatherRow.date)).all()
    assert [(day.date.day, day.temperature_c, day.observed) for day in kept] == [(1, 11.5, True), (2, 12.0, True)]
