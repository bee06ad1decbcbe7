"""`freshfront coldchain`: what is wrong in the cold chain now, and what rules would have made of its past."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from sqlalchemy import select

from data.database import reading, require_current_schema, writing
from data.languages import say
from data.tables import AlarmRow
from flows.coldchain.alarms.retiring import retire_sensor
from flows.coldchain.alarms.zones_now import SensorNow, ZoneNow, zones_now
from flows.coldchain.rules.replaying_rules import as_told, replay_files
from flows.commands.shell.code_words import spoken
from flows.commands.shell.options import Json, Warehouses
from flows.commands.shell.output import answer
from flows.database import database
from flows.settings import Settings

ONLINE: Final = "online since {since:%Y-%m-%d %H:%M} UTC"
OFFLINE: Final = "offline since {since:%Y-%m-%d %H:%M} UTC"
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
    answer(found, "\n".join(map(_line, found)) or say("There are no active alarms."), json)


def sensors(warehouse: Warehouses = None, json: Json = False) -> None:
    """List the sensors by zone: what each said last, and whether it is online. The most urgent zones come first."""
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            zones = zones_now(session, None, datetime.now(UTC), Settings().sensor_silent_after)
            shown = [zone for zone in zones if not warehouse or zone.zone.warehouse_id in warehouse]
            found = [_sensor(zone, sensor) for zone in shown for sensor in zone.sensors]
    answer(found, "\n".join(map(_sensor_line, found)) or say("There are no sensors."), json)


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
        f"{alarm.raised_at:%Y-%m-%d %H:%M} UTC  {alarm.zone_id} {alarm.sensor_id}  {spoken('alarm', alarm.kind)}, "
        + (say("until {ended:%Y-%m-%d %H:%M}", ended=alarm.ended_at) if alarm.ended_at else say("going on"))
        for alarm in replayed.alarms
    ]
    in_short = say(
        "{alarms:,} alarms, {of_temperature:,} of them of temperature, where the limits alone raise {by_limits:,}; "
        "{missed:,} of those are missed. Open for {open:,.0f} hours, outside for {outside:,.0f}.",
        alarms=cost.alarms,
        of_temperature=cost.temperature_alarms,
        by_limits=cost.by_limits_alone,
        missed=len(replayed.missed),
        open=cost.hours_open,
        outside=cost.hours_outside,
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
    typer.echo(say("Sensor {sensor_id} is retired.", sensor_id=sensor_id))
    if changed.ended:
        typer.echo(say("Alarms ended: {alarms}.", alarms=changed.ended))


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
    last = say("nothing yet")
    if sensor["last_taken_at"] is not None:
        at, celsius = f"{sensor['last_taken_at']:%Y-%m-%d %H:%M} UTC", sensor["last_c"]
        last = at if celsius is None else say("{celsius:.1f} °C at {at}", celsius=celsius, at=at)
    said = ""
    if sensor["online"] is not None:
        said = ", " + say(ONLINE if sensor["online"] else OFFLINE, since=sensor["online_since"])
    place = f"{sensor['warehouse_id']} {sensor['zone_id']} {sensor['sensor_id']}"
    return f"{place}  {spoken('sensor', sensor['state'])}  {last}{said}"


def _line(alarm: dict[str, Any]) -> str:
    seen = say(", seen by {who}", who=alarm["acknowledged_by"]) if alarm["acknowledged_by"] else ""
    worst = "" if alarm["worst_c"] is None else f"  {alarm['worst_c']:.1f} °C"
    limit = "" if alarm["limit_c"] is None else say(", limit {celsius:.1f} °C", celsius=alarm["limit_c"])
    since = say("since {began:%Y-%m-%d %H:%M} UTC", began=alarm["began_at"])
    place = f"{alarm['warehouse_id']} {alarm['zone_id']} {alarm['sensor_id']}"
    return f"{place}  {spoken('alarm', alarm['kind'])}  {since}{worst}{limit}{seen}"
