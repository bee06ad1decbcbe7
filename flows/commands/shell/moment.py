"""Which warehouses a decision is for and at which moment it is taken, from `--warehouse` and `--as-of`."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from data.database import require_current_schema
from flows.commands.shell.options import day
from flows.day.scope import chosen_warehouses, default_origin, end_of_day_in_region, moment_in_region


def moment_of(engine: Engine, warehouse: list[str] | None, as_of: str) -> tuple[dict[str, str], datetime, datetime]:
    """The warehouses with their zones, the origin, and the moment of decision."""
    require_current_schema(engine)
    now = moment(engine, as_of)
    chosen = chosen_warehouses(engine, warehouse, now)
    return chosen, default_origin(engine, chosen, now), now


def moment(engine: Engine, as_of: str) -> datetime:
    """The moment that `--as-of` names: now, the end of a day, or a time, which is the region's own where it has no
    offset; never later than now. Raises Invalid."""
    now = datetime.now(UTC)
    if not as_of:
        return now
    if "T" in as_of or " " in as_of:
        return min(now, moment_in_region(engine, as_of))
    return min(now, end_of_day_in_region(engine, day(as_of, "--as-of")))
