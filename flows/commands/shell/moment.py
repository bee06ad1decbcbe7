"""Which warehouses a decision is for and at which moment it is taken, from `--warehouse` and `--as-of`."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from data.database import require_current_schema
from flows.commands.shell.options import day
from flows.day.scope import chosen_warehouses, default_origin, end_of_day_in_region


def moment_of(engine: Engine, warehouse: list[str] | None, as_of: str) -> tuple[dict[str, str], datetime, datetime]:
    """The warehouses with their zones, the origin, and the moment of decision: now, or the end of the day named."""
    require_current_schema(engine)
    now = datetime.now(UTC)
    if as_of:
        now = min(now, end_of_day_in_region(engine, day(as_of, "--as-of")))
    chosen = chosen_warehouses(engine, warehouse, now)
    return chosen, default_origin(engine, chosen, now), now
