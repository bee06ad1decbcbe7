"""`freshfront coldchain`: what is wrong in the cold chain now, and what rules would have made of its past."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from data.database import reading, require_current_schema, writing
from data.tables import AlarmRow
from flows.coldchain.alarms.retiring import retire_sensor
from flows.coldchain.alarms.zones_now import SensorNow, ZoneNow, zones_now
from flows.coldchain.rules.replaying_rules import as_told, replay_files
from flows.commands.shell.options import Json, Warehouses
from flows.commands.shell.output import answer
from flows.database import database
from flows.settings import Settings

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


def sensors(warehouse: Warehouses = None, json: Json = False) -> None:
    """List the sensors by zone: what each said last, and whether it is online. The most urgent zones come first."""
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            zones = zones_now(session, None, datetime.now(UTC), Settings().sensor_silent_after)
            shown = [zone for zone in zones if not warehouse or zone.zone.warehouse_id in warehouse]
            found = [_sensor(zone, sensor) for zone in shown for sensor in zone.sensors]
    answer(found, "\n".join(map(_sensor_line, found)) or "There are no sensors.", json)


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


def retire(
    sensor_id: Annotated[str, typer.Argument(help="which sensor")],
    reason: Annotated[str, typer.Option(help="why, as people will read it at its alarms")],
    replaced_by: Annotated[str | None, typer.Option(help="the sensor that takes its place")] = None,
) -> None:
    """Retire a sensor that is broken, replaced or taken down. Its alarms end with a note; its readings stay."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            changed = retire_sensor(session, sensor_id, reason, datetime.now(UTC), "command line", replaced_by)
    ended = f" Alarms ended: {', '.join(changed.ended)}." if changed.ended else ""
    typer.echo(f"Sensor {sensor_id} is retired.{ended}")


def _sensor(zone: ZoneNow, now: SensorNow) -> dict[str, Any]:
    return {
        "sensor_id": now.sensor.sensor_id,
        "name": now.sensor.name,
        "warehouse_id": zone.zone.warehouse_id,
        "zone_id": zone.zone.zone_id,
        "state": now.state,
        "last_c": now.heard.temperature_c,
        "last_taken_at": now.heard.taken_at,
        "gateway": now.sensor.gateway,
        "online": now.online.online if now.online else None,
        "online_since": now.online.since if now.online else None,
    }


def _sensor_line(sensor: dict[str, Any]) -> str:
    last = "nothing yet"
    if sensor["last_taken_at"] is not None:
        celsius = "" if sensor["last_c"] is None else f"{sensor['last_c']:.1f} °C at "
        last = f"{celsius}{sensor['last_taken_at']:%Y-%m-%d %H:%M} UTC"
    said = ""
    if sensor["online"] is not None:
        said = f", {'online' if sensor['online'] else 'offline'} since {sensor['online_since']:%Y-%m-%d %H:%M} UTC"
    place = f"{sensor['warehouse_id']} {sensor['zone_id']} {sensor['sensor_id']}"
    return f"{place}  {sensor['state'].replace('_', ' ')}  {last}{said}"


def _line(alarm: dict[str, Any]) -> str:
    seen = f", seen by {alarm['acknowledged_by']}" if alarm["acknowledged_by"] else ""
    worst = "" if alarm["worst_c"] is None else f"  {alarm['worst_c']:.1f} °C"
    limit = "" if alarm["limit_c"] is None else f", limit {alarm['limit_c']:.1f} °C"
    return (
        f"{alarm['warehouse_id']} {alarm['zone_id']} {alarm['sensor_id']}  {alarm['kind'].replace('_', ' ')}  since "
        f"{alarm['began_at']:%Y-%m-%d %H:%M} UTC{worst}{limit}{seen}"
    )
