"""What a run of the day is about: its warehouses, and the moment that it knows up to."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from data.database import reading
from data.frames.sales_days import closed_by, last_sales_day, warehouses_to_forecast, warehouses_to_learn_from
from data.local_days import end_of_day, moment_there
from flows.errors import Invalid, NotNow, Unknown

NO_SALES = "No warehouse has sales yet. Run: freshfront import sales FILE, or with orders: freshfront sales"


def chosen_warehouses(engine: Engine, warehouse_ids: Sequence[str] | None, now: datetime) -> dict[str, str]:
    """The time zone by warehouse, of those named or of all that have sales or are about to, and are not closed now.
    Raises Unknown, and NotNow for none and for one that is closed."""
    with reading(engine) as session:
        found, closed = warehouses_to_forecast(session, now), closed_by(session, now)
    if warehouse_ids is None:
        if not found:
            raise NotNow(NO_SALES)
        return found
    if gone := [name for name in warehouse_ids if name in closed]:
        raise NotNow(f"Warehouse {gone[0]} is closed since the end of {closed[gone[0]]}.")
    if missing := [name for name in warehouse_ids if name not in found]:
        raise Unknown(f"Warehouse {missing[0]!r} was not found, or has no sales.", field="warehouse_ids")
    return {name: found[name] for name in sorted(set(warehouse_ids))}


def end_of_day_in_region(engine: Engine, day: date) -> datetime:
    """The moment (UTC) at which a day has passed in the region, which has one time zone. Raises NotNow without one."""
    return end_of_day(day, _zone(engine))


def moment_in_region(engine: Engine, text: str) -> datetime:
    """The moment (UTC) that a text names; without an offset it is the region's own time. Raises Invalid, and NotNow
    without a region."""
    try:
        named = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"--as-of {text!r} is no moment; write YYYY-MM-DDTHH:MM.", field="--as-of") from None
    if named.tzinfo is not None:
        return named.astimezone(UTC)
    return moment_there(named.date(), named.time(), _zone(engine))


def _zone(engine: Engine) -> str:
    """The time zone of the region, which has one. Raises NotNow without one."""
    with reading(engine) as session:
        zones = warehouses_to_learn_from(session)
    if not zones:
        raise NotNow(NO_SALES)
    return next(iter(zones.values()))


def default_origin(engine: Engine, warehouses: dict[str, str], now: datetime) -> datetime:
    """Now, where sales are known up to yesterday: what became known this morning counts too. Else the end of the last
    local day of which sales are known."""
    with reading(engine) as session:
        day = last_sales_day(session, list(warehouses))
    if day is None:
        raise NotNow("No sales are known yet. Run: freshfront import sales FILE")
    zone = ZoneInfo(next(iter(warehouses.values())))  # a region has one
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    return now.astimezone(zone) if day >= yesterday else end_of_day(day, zone.key).astimezone(zone)
