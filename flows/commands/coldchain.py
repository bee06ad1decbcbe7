"""`freshfront coldchain`: what is wrong in the cold chain now, and what rules would have made of its past."""

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from data.database import reading, require_current_schema
from data.tables import AlarmRow
from flows.coldchain.replaying_rules import as_told, replay_files
from flows.commands.shell.options import Json, Warehouses
from flows.commands.shell.output import answer
from flows.database import database

COLUMNS = (
    "alarm_id",
    "warehouse_id",
    "zone_id",
    "sensor_id",
    "kind",
    "began_at",
    "raised_at",
    "limit_c",
    "worst_c",
    "acknowledged_by",
)


def alarms(warehouse: Warehouses = None, json: Json = False) -> None:
    """List the alarms that have not ended. The latest comes first."""
    query = select(AlarmRow).where(AlarmRow.ended_at.is_(None)).order_by(AlarmRow.raised_at.desc(), AlarmRow.alarm_id)
    if warehouse:
        query = query.where(AlarmRow.warehouse_id.in_(warehouse))
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            found = [{name: getattr(alarm, name) for name in COLUMNS} for alarm in session.scalars(query)]
    answer(found, "\n".join(map(_line, found)) or "There are no active alarms.", json)


def replay(
    readings: Annotated[Path, typer.Option(help="a CSV file: sensor_id, taken_at (or time), temperature_c")],
    rules: Annotated[Path, typer.Option(help="the rule set to try, a JSON file")],
    limits: Annotated[Path | None, typer.Option(help="a CSV file of limits, where the rules file has none")] = None,
    timezone: Annotated[str, typer.Option(help="the time zone of times without an offset")] = "UTC",
    json: Json = False,
) -> None:
    """Run a rule set over past readings: what it would have raised, missed and cost. Nothing is kept."""
    replayed = replay_files(readings, rules, limits, timezone)
    cost = replayed.cost
    told = [
        f"{alarm.raised_at:%Y-%m-%d %H:%M} UTC  {alarm.zone_id} {alarm.sensor_id}  {alarm.kind.replace('_', ' ')}, "
        + (f"until {alarm.ended_at:%Y-%m-%d %H:%M}" if alarm.ended_at else "going on")
        for alarm in replayed.alarms
    ]
    in_short = (
        f"{cost.alarms:,} alarms, {cost.temperature_alarms:,} of them of temperature, where the limits alone raise "
        f"{cost.by_limits_alone:,}; {len(replayed.missed):,} of those are missed. "
        f"Open for {cost.hours_open:,.0f} hours, outside for {cost.hours_outside:,.0f}."
    )
    answer(as_told(replayed), "\n".join([*told, in_short]), json)


def _line(alarm: dict[str, Any]) -> str:
    seen = f", seen by {alarm['acknowledged_by']}" if alarm["acknowledged_by"] else ""
    return (
        f"{alarm['warehouse_id']} {alarm['zone_id']} {alarm['sensor_id']}  {alarm['kind'].replace('_', ' ')}  since "
        f"{alarm['began_at']:%Y-%m-%d %H:%M} UTC  {alarm['worst_c']:.1f} °C, limit {alarm['limit_c']:.1f} °C{seen}"
    )
