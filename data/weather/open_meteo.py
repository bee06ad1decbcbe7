"""Weather by local day from Open-Meteo's public JSON: the archive of what was observed, and the forecast.

https://open-meteo.com/en/docs (daily aggregates); the addresses are settings, so that a self-hosted server serves.
Wind comes in km/h and is kept as a Beaufort number: v = 0.836 B^1.5 m/s.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from data.bulk import write_rows
from data.local_days import end_of_day
from data.tables import WeatherRow

DAILY = ("temperature_2m_mean", "precipitation_sum", "relative_humidity_2m_mean", "wind_speed_10m_mean")
ATTEMPTS = 4
TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class Place:
    """Where a warehouse is: degrees north and east, and its IANA time zone."""

    warehouse_id: str
    latitude: float
    longitude: float
    timezone: str


@dataclass(frozen=True)
class WeatherDay:
    """A local day's weather: mean C, sum of mm, mean %, mean Beaufort number; None where the source has none."""

    warehouse_id: str
    date: date
    issued_at: datetime
    observed: bool
    temperature_c: float | None
    precipitation_mm: float | None
    humidity_pct: float | None
    wind_level: float | None


class WeatherSourceFailed(RuntimeError):
    """The source gave no weather; the message names the warehouse and the address."""


class _TryAgain(Exception):
    """The source may answer later: it is busy, broken or out of reach."""


def fetch_observed(
    place: Place, first_day: date, last_day: date, *, address: str, pause_seconds: float = 1.0
) -> list[WeatherDay]:
    """What was observed on the days from `first_day` to `last_day`, as far as the archive has it (it lags by days).

    A day counts as known at its end. `address` is the archive's, without a path. Busy (429), broken (5xx) and
    unreachable servers are asked four times, waiting from `pause_seconds` on. Raises WeatherSourceFailed."""
    zone = ZoneInfo(place.timezone)
    span = {"start_date": first_day.isoformat(), "end_date": last_day.isoformat()}
    return [
        WeatherDay(place.warehouse_id, day, end_of_day(day, zone.key), True, *numbers)
        for day, numbers in _days(place, f"{address.rstrip('/')}/v1/archive", span, pause_seconds)
    ]


def fetch_forecast(
    place: Place, days: int, *, issued_at: datetime, address: str, pause_seconds: float = 1.0
) -> list[WeatherDay]:
    """The forecast of today and the days after, `days` in all (1 to 16), kept as issued at `issued_at` (aware).

    Days that are over at `issued_at` are left out. Waits and raises as `fetch_observed`."""
    if issued_at.tzinfo is None:
        raise ValueError(f"a forecast issued at {issued_at} needs a time zone")
    zone = ZoneInfo(place.timezone)
    found = _days(place, f"{address.rstrip('/')}/v1/forecast", {"forecast_days": str(days)}, pause_seconds)
    return [
        WeatherDay(place.warehouse_id, day, issued_at.astimezone(UTC), False, *numbers)
        for day, numbers in found
        if end_of_day(day, zone.key) > issued_at
    ]


def keep_weather(session: Session, days: Iterable[WeatherDay]) -> int:
    """Keeps the days; the same day issued at the same moment is replaced. Returns how many."""
    columns = ["warehouse_id", "date", "issued_at", "observed"]
    columns += ["temperature_c", "precipitation_mm", "humidity_pct", "wind_level"]
    rows = ([getattr(day, name) for name in columns] for day in days)
    return write_rows(session.connection(), WeatherRow.__table__, columns, rows)  # type: ignore[arg-type]


def beaufort(kilometres_per_hour: float) -> float:
    """The Beaufort number (with decimals, 0 to 17) of a wind speed."""
    return min(math.pow(kilometres_per_hour / 3.6 / 0.836, 2 / 3), 17.0)


def _days(
    place: Place, address: str, span: dict[str, str], pause_seconds: float
) -> Iterator[tuple[date, tuple[float | None, ...]]]:
    where = {"latitude": str(place.latitude), "longitude": str(place.longitude), "timezone": place.timezone}
    query = {**where, **span, "daily": ",".join(DAILY), "wind_speed_unit": "kmh"}
    failed = f"No weather for warehouse {place.warehouse_id} from {address}"
    try:
        for attempt in Retrying(
            retry=retry_if_exception_type(_TryAgain),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential(multiplier=pause_seconds, max=30),
            reraise=True,
        ):
            with attempt:
                answer = _ask(address, query)
    except _TryAgain as error:
        raise WeatherSourceFailed(f"{failed}: {error} ({ATTEMPTS} attempts).") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise WeatherSourceFailed(f"{failed}: {error or type(error).__name__}.") from error
    if answer.is_error:
        raise WeatherSourceFailed(f"{failed}: status {answer.status_code}, {_reason(answer)}.")
    try:
        daily = answer.json()["daily"]
        columns = [daily[name] for name in DAILY]
        found = [
            (date.fromisoformat(day), _numbers(*values)) for day, *values in zip(daily["time"], *columns, strict=True)
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise WeatherSourceFailed(f"{failed}: the answer is not Open-Meteo's daily JSON ({error!r}).") from error
    return ((day, numbers) for day, numbers in found if any(number is not None for number in numbers))


def _ask(address: str, query: dict[str, str]) -> httpx.Response:
    try:
        answer = httpx.get(address, params=query, timeout=TIMEOUT_SECONDS)
    except httpx.TransportError as error:
        raise _TryAgain(str(error) or type(error).__name__) from error
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise _TryAgain(f"status {answer.status_code}, {_reason(answer)}")
    return answer


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["reason"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase or "no reason given"


def _numbers(temperature: Any, rain: Any, humidity: Any, wind: Any) -> tuple[float | None, ...]:
    values = [None if value is None else float(value) for value in (temperature, rain, humidity, wind)]
    if not all(value is None or math.isfinite(value) for value in values):
        raise ValueError(f"not finite: {values}")
    kmh = values[3]
    return (*values[:3], None if kmh is None else beaufort(kmh))
