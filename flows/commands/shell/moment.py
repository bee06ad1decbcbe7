"""Which warehouses a decision is for and at which moment it is taken, from `--warehouse` and `--as-of`."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from data.database import require_current_schema
from flows.commands.shell.options import day
from flows.day.scope import (
    RegionOfRun,
    chosen_warehouses,
    end_of_day_everywhere,
    moment_named,
    regions_of_run,
)


def moment_of(engine: Engine, warehouse: list[str] | None, as_of: str) -> tuple[dict[str, str], datetime]:
    """The warehouses with their zones, and the moment of decision."""
    require_current_schema(engine)
    now = moment(engine, as_of, warehouse)
    return chosen_warehouses(engine, warehouse, now), now


def regions_and_moment(
    engine: Engine, warehouse: list[str] | None, as_of: str
) -> tuple[dict[str, RegionOfRun], datetime]:
    """The warehouses by region (its time zone), each with its origin, and the moment of decision."""
    chosen, now = moment_of(engine, warehouse, as_of)
    return regions_of_run(engine, chosen, now), now


def moment(engine: Engine, as_of: str, warehouse: list[str] | None = None) -> datetime:
    """The moment that `--as-of` names: now, the end of a day in all of these warehouses (all if not given), or a time,
    which is their own where it has no offset; never later than now. Raises Invalid."""
    now = datetime.now(UTC)
    if not as_of:
        return now
    if "T" in as_of or " " in as_of:
        return min(now, moment_named(engine, as_of, warehouse))
    return min(now, end_of_day_everywhere(engine, day(as_of, "--as-of"), warehouse))
