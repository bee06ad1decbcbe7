"""The weather step against a local server that speaks Open-Meteo's format."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import WarehouseRow, WeatherRow
from flows.demand.current_weather import keep_current_weather
from flows.errors import Invalid
from flows.settings import Settings
from forecasting.known.horizon import LONGEST_HORIZON
from tests.integration.flows.conftest import NOW, TODAY


class OpenMeteo(BaseHTTPRequestHandler):
    """Answers with 12 degrees on every day asked for."""

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        first = date.fromisoformat(asked.get("start_date", TODAY.isoformat()))
        if "end_date" in asked:
            days = (date.fromisoformat(asked["end_date"]) - first).days + 1
        else:
            days = int(asked["forecast_days"])
        daily = {"time": [(first + timedelta(days=n)).isoformat() for n in range(days)]}
        daily |= {name: [12.0] * days for name in asked["daily"].split(",")}
        body = json.dumps({"daily": daily}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing on standard error."""


@pytest.fixture
def settings() -> Iterator[Settings]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), OpenMeteo)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    yield Settings(weather_archive_url=address, weather_forecast_url=address)
    server.shutdown()
    server.server_close()


def test_observed_days_and_the_forecast_are_kept_with_when_they_became_known(shop: Engine, settings: Settings) -> None:
    with writing(shop) as session:
        warehouse = session.get_one(WarehouseRow, "W1")
        warehouse.latitude, warehouse.longitude = 30.3, 120.2
    for _ in range(2):  # the second time nothing doubles
        keep_current_weather(shop, "W1", NOW, settings)

    with reading(shop) as session:
        found = session.scalars(select(WeatherRow).order_by(WeatherRow.date)).all()
    observed = [row for row in found if row.observed]
    ahead = [row for row in found if not row.observed]
    assert max(row.date for row in observed) == TODAY - timedelta(days=1)
    assert [row.date for row in ahead] == [TODAY + timedelta(days=n) for n in range(LONGEST_HORIZON + 2)]
    assert {row.issued_at for row in ahead} == {NOW}
    assert all(row.issued_at <= NOW for row in observed)


def test_a_warehouse_without_coordinates_is_told_and_nothing_kept(shop: Engine, settings: Settings) -> None:
    with pytest.raises(Invalid, match="latitude"):
        keep_current_weather(shop, "W2", NOW, settings)

    with reading(shop) as session:
        assert session.scalars(select(WeatherRow)).all() == []
