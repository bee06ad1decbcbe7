"""What a run of the day is about: its warehouses, and the moment that it knows up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from data.database import reading
from data.frames.sales_days import closed_by, last_sales_day, warehouses_to_forecast, warehouses_to_learn_from
from data.languages import Sentence
from data.local_days import by_clock, end_of_day, moment_there
from data.tables import WarehouseRow
from flows.errors import Invalid, NotNow, Unknown

NO_SALES = Sentence("No warehouse has sales yet. Run: freshfront import sales FILE, or with orders: freshfront sales")


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
        raise NotNow(
            "Warehouse {warehouse_id} is closed since the end of {day}.", warehouse_id=gone[0], day=closed[gone[0]]
        )
    if missing := [name for name in warehouse_ids if name not in found]:
        raise Unknown(
            "Warehouse {warehouse_id!r} was not found, or has no sales.", warehouse_id=missing[0], field="warehouse_ids"
        )
    return {name: found[name] for name in sorted(set(warehouse_ids))}


@dataclass(frozen=True)
class RegionOfRun:
    """The warehouses of a run that have one clock, and the moment that it knows them up to."""

    warehouses: list[str]
    origin: datetime


def regions_of_run(engine: Engine, warehouses: Mapping[str, str], now: datetime) -> dict[str, RegionOfRun]:
    """The regions of a run by their time zones; those of its warehouses are given. Raises NotNow where no sales are
    known."""
    return {
        zone: RegionOfRun(names, default_origin(engine, {name: warehouses[name] for name in names}, now))
        for zone, names in by_clock(warehouses, now).items()
    }


def end_of_day_everywhere(engine: Engine, day: date, warehouse_ids: Sequence[str] | None = None) -> datetime:
    """The moment (UTC) at which a day has passed in all of these warehouses (all if not given). Raises NotNow without
    any."""
    return max(end_of_day(day, zone) for zone in _zones(engine, warehouse_ids))


def moment_named(engine: Engine, text: str, warehouse_ids: Sequence[str] | None = None) -> datetime:
    """The moment (UTC) that a text names; without an offset it is the own time of these warehouses (all if not given).
    Raises Invalid, also where they have several clocks, and NotNow without a warehouse."""
    try:
        named = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("--as-of {text!r} is no moment; write YYYY-MM-DDTHH:MM.", text=text, field="--as-of") from None
    if named.tzinfo is not None:
        return named.astimezone(UTC)
    zones = _zones(engine, warehouse_ids)
    if len(zones) > 1:
        raise Invalid(
            "{text!r} is not the same moment everywhere, there are several clocks ({zones}); write it "
            "with its offset, as {text}+08:00.",
            text=text,
            zones=zones,
            field="--as-of",
        )
    return moment_there(named.date(), named.time(), zones[0])


def _zones(engine: Engine, warehouse_ids: Sequence[str] | None) -> list[str]:
    """The time zones of these warehouses, of those that sell if none is there: one name a clock. Raises NotNow where
    nobody sells."""
    query = select(WarehouseRow.warehouse_id, WarehouseRow.timezone)
    with reading(engine) as session:
        named = query.where(WarehouseRow.warehouse_id.in_(warehouse_ids or ()))
        zones = dict(session.execute(named).tuples().all()) or warehouses_to_learn_from(session)
    if not zones:
        raise NotNow(NO_SALES)
    return list(by_clock(zones, datetime.now(UTC)))


def default_origin(engine: Engine, warehouses: Mapping[str, str], now: datetime) -> datetime:
    """The moment that a run knows the warehouses of a region up to: now, where sales are known up to yesterday, so that
    what became known this morning counts too. Else the end of the last local day of which sales are known."""
    with reading(engine) as session:
        day = last_sales_day(session, list(warehouses))
    if day is None:
        raise NotNow("No sales are known yet. Run: freshfront import sales FILE")
    zone = ZoneInfo(next(iter(warehouses.values())))  # of a region all are of one clock
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    return now.astimezone(zone) if day >= yesterday else end_of_day(day, zone.key).astimezone(zone)
