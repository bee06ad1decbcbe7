"""What fans and coolers are told, from what the sensors of their zones measure and from time that passes: the pure rule
run over kept states, its commands kept and told in the caller's transaction."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, select
from sqlalchemy.orm import Session

from data.among import among
from data.bulk import write_rows
from data.tables import ActuatorRow, ActuatorStateRow
from flows.coldchain.control.commands import keep_commands
from flows.coldchain.sensors.sensors import Place
from warehouse.coldchain.alarms import Event, ReadingIgnored
from warehouse.coldchain.control.rule import ControlRule, Switch
from warehouse.coldchain.control.switching import (
    ActuatorState,
    Command,
    Measured,
    Override,
    Tick,
    control,
    next_look,
)
from warehouse.coldchain.quantities import Measurement, Quantity
from warehouse.coldchain.readings import Reading

STATES = cast(Table, ActuatorStateRow.__table__)
MEASURED: Mapping[Quantity, Callable[[float], dict[str, Any]]] = {
    Quantity.HUMIDITY: lambda value: {"humidity_percent": value},
    Quantity.DOOR: lambda value: {"door_open": value > 0},
    Quantity.DEFROST: lambda value: {"defrosting": value > 0},
}


def control_by_readings(
    session: Session,
    readings: Sequence[Reading],
    events: Iterable[Event],
    places: Mapping[str, Place],
    now: datetime,
) -> int:
    """Switches by readings that came now, in the order of their times; `events` is what the alarm engine made of them:
    a reading that it does not believe switches nothing. Returns how many commands were decided."""
    with_actuators = _zones_with_actuators(session, {places[one.sensor_id].zone_id for one in readings})
    if not with_actuators:
        return 0
    ignored = {(one.sensor_id, one.taken_at) for one in events if isinstance(one, ReadingIgnored)}
    by_zone = defaultdict[str, list[Measured]](list)
    for reading in readings:
        zone_id = places[reading.sensor_id].zone_id
        if zone_id in with_actuators and (reading.sensor_id, reading.taken_at) not in ignored:
            # a clock that is ahead must not make the rule wait for the moment that it names
            at = min(reading.taken_at, now)
            said = reading.temperature_c, reading.humidity_percent, reading.door_open
            by_zone[zone_id].append(Measured(reading.sensor_id, at, *said))
    return control_zones(session, by_zone, now)


def _zones_with_actuators(session: Session, zone_ids: Collection[str]) -> set[str]:
    in_use = ActuatorRow.retired_at.is_(None)
    return set(session.scalars(select(ActuatorRow.zone_id).where(in_use, among(ActuatorRow.zone_id, zone_ids))))


def control_by_measurements(
    session: Session, measurements: Sequence[Measurement], places: Mapping[str, Place], now: datetime
) -> int:
    """Switches by what was measured beside temperature, in the order of its times; what a reading told already changes
    nothing. Returns how many commands were decided."""
    by_zone = defaultdict[str, list[Measured]](list)
    for one in sorted(measurements, key=lambda measurement: measurement.taken_at):
        if (said := MEASURED.get(one.quantity)) is not None:
            at = min(one.taken_at, now)
            by_zone[places[one.sensor_id].zone_id].append(Measured(one.sensor_id, at, **said(one.value)))
    return control_zones(session, by_zone, now)


def control_zones(session: Session, measured: Mapping[str, Sequence[Measured]], now: datetime) -> int:
    """Switches by what was measured in each zone, in the order of its times. What is older than a rule believes it
    switches nothing: it came after an outage, and the room is another one by now. Returns how many commands were
    decided."""
    if not measured:
        return 0
    decided = 0
    of_zones = ActuatorRow.zone_id.in_(measured.keys())
    remember_new(session, of_zones, now)
    for row, remembered in session.execute(_actuators().where(of_zones)).all():
        rule = ControlRule.from_dict(row.rule)
        valid = [one for one in measured[row.zone_id] if now - one.at < rule.reading_valid]
        decided += _step(session, row, remembered, rule, valid, now)
    return decided


def remember_new(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    """Begins the memory of those that have none; another transaction may do so too."""
    no_memory = (
        ~select(ActuatorStateRow.actuator_id).where(ActuatorStateRow.actuator_id == ActuatorRow.actuator_id).exists()
    )
    rows = []
    for row in session.scalars(select(ActuatorRow).where(which, ActuatorRow.retired_at.is_(None), no_memory)):
        state = ActuatorState.registered(row.actuator_id, now)
        rows.append((row.actuator_id, state.as_dict(), next_look(state, ControlRule.from_dict(row.rule))))
    if rows:
        write_rows(session.connection(), STATES, ["actuator_id", "state", "look_at"], rows, "ignore")


def look_at_actuator(session: Session, actuator_id: str, now: datetime) -> None:
    """Decides anew about one whose rule or override has changed."""
    for row, remembered in session.execute(_actuators().where(ActuatorRow.actuator_id == actuator_id)).all():
        _step(session, row, remembered, ControlRule.from_dict(row.rule), [Tick(now)], now)


def is_due(session: Session, now: datetime) -> bool:
    """Whether something comes due of which no reading tells."""
    due = select(ActuatorStateRow.actuator_id).where(ActuatorStateRow.look_at <= now)
    return session.scalar(due.limit(1)) is not None


def control_what_is_due(session: Session, now: datetime) -> None:
    """Decides about those of which something has come due: an override has ended, readings stay away."""
    for row, remembered in session.execute(_actuators().where(ActuatorStateRow.look_at <= now)).all():
        _step(session, row, remembered, ControlRule.from_dict(row.rule), [Tick(now)], now)
    retired = select(ActuatorStateRow).join(ActuatorRow).where(ActuatorRow.retired_at.is_not(None))
    for remembered in session.scalars(retired.where(ActuatorStateRow.look_at <= now)):
        remembered.look_at = None


def override_of(row: ActuatorRow) -> Override | None:
    """What somebody said last, also when it is over."""
    if row.override_to is None or row.override_until is None:
        return None
    return Override(Switch(row.override_to), row.override_until, row.override_by or "")


def _actuators() -> Select[tuple[ActuatorRow, ActuatorStateRow]]:
    """Those in use with what is remembered of them, locked: who comes second waits until the first has committed."""
    return (
        select(ActuatorRow, ActuatorStateRow)
        .join(ActuatorStateRow, ActuatorStateRow.actuator_id == ActuatorRow.actuator_id)
        .where(ActuatorRow.retired_at.is_(None))
        .order_by(ActuatorRow.actuator_id)  # a stable order, so that no two wait for each other
        .with_for_update(of=ActuatorStateRow)
        .execution_options(populate_existing=True)
    )


def _step(
    session: Session,
    row: ActuatorRow,
    remembered: ActuatorStateRow,
    rule: ControlRule,
    observed: Sequence[Measured | Tick],
    now: datetime,
) -> int:
    before = state = ActuatorState.from_dict(remembered.state)
    override = override_of(row)
    commands: list[Command] = []
    for one in observed:
        state, told = control(state, one, rule, override)
        commands += told
    look_at = next_look(state, rule, override)
    if state != before:
        remembered.state = state.as_dict()
    if look_at != remembered.look_at:
        remembered.look_at = look_at
    if commands:
        remembered.desired, remembered.command_id = commands[-1].desired.value, commands[-1].command_id
        keep_commands(session, row, commands, before.commands, rule.command_expires, now)
    return len(commands)
