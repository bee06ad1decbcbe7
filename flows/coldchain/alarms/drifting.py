"""Tells of sensors that drift away from their neighbours, and of those that do so no more, once a day by warehouse.

What a look reads does not grow with what was ever kept: two weeks of a zone's sensors, and one more for each that
drifts already. A sensor counts where it has hung since before those weeks; one that was carried away ends its alarm
with a note, since nobody says any more whether it has come back.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile

import pandas as pd
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.daily_means import daily_means
from data.tables import ExcursionRow, SensorRow, SensorStateRow, WarehouseRow, ZoneRow
from flows.coldchain.alarms.alarm_ledger import AlarmLedger, End
from flows.coldchain.alarms.alarms import AlarmsChanged, keep_alarms
from flows.coldchain.sensors.sensor_places import SensorPlaces, places_over_time, zones_of
from flows.coldchain.sensors.sensors import keep_states, locked_states
from warehouse.coldchain.alarms import AlarmKind, Event, SensorState
from warehouse.coldchain.conditions import known_of
from warehouse.coldchain.drifting import drift_told, weeks_needed, with_drift
from warehouse.coldchain.neighbours import ENOUGH_TO_TELL
from warehouse.coldchain.zone_alarms import EndedBecause


@dataclass(frozen=True)
class _Found:
    """What a look found: `told` as `drift_told` has it, and the excursions whose sensors hang there no more."""

    told: dict[str, float | None] = field(default_factory=dict)
    left: list[tuple[str, datetime]] = field(default_factory=list)


def tell_of_drift(engine: Engine, now: datetime) -> AlarmsChanged:
    """Raises an alarm for each sensor that drifts, once, and ends those of sensors that have come back half way or hang
    elsewhere now."""
    with reading(engine) as session:
        warehouse_ids = session.scalars(select(WarehouseRow.warehouse_id).order_by(WarehouseRow.warehouse_id)).all()
    changed = AlarmsChanged()
    for warehouse_id in warehouse_ids:
        with reading(engine) as session:
            found = _looked_at(session, warehouse_id, now)
        if found.told or found.left:
            there = _tell(engine, found, now)
            changed = AlarmsChanged([*changed.raised, *there.raised], [*changed.ended, *there.ended])
    return changed


def _looked_at(session: Session, warehouse_id: str, now: datetime) -> _Found:
    states = _states(session, warehouse_id)
    places = places_over_time(session, states)
    zones: defaultdict[str, dict[str, SensorState]] = defaultdict(dict)
    for sensor_id, state in states.items():
        if (place := places[sensor_id].at(now).place) is not None:
            zones[place.zone_id][sensor_id] = state
    found = _Found(left=_left_behind(session, warehouse_id, now))
    gone = {sensor_id for sensor_id, _ in found.left}
    for zone in zones.values():
        if len(zone) >= ENOUGH_TO_TELL:
            rules = places[next(iter(zone))].at(now).rules
            means = _where_they_hang(daily_means(session, list(zone), weeks_needed(zone, now)), places, now)
            told = drift_told(zone, now, rules, means)
            found.told.update((sensor_id, by_c) for sensor_id, by_c in told.items() if sensor_id not in gone)
    return found


def _tell(engine: Engine, found: _Found, now: datetime) -> AlarmsChanged:
    with writing(engine) as session:
        before = locked_states(session, {*found.told, *(sensor_id for sensor_id, _ in found.left)})
        places = places_over_time(session, before)
        after, events = dict(before), list[Event]()
        for sensor_id, by_c in found.told.items():
            place = places[sensor_id].at(now).place
            if place is not None:  # it may have been retired meanwhile
                after[sensor_id], happened = with_drift(before[sensor_id], by_c, now, place.zone_id)
                events += happened
        ledger = AlarmLedger(session, now, zones_of(places.values()))
        for sensor_id, began_at in found.left:
            after[sensor_id] = _end_left_behind(session, ledger, after[sensor_id], began_at, places[sensor_id], now)
        changed = keep_alarms(session, events, before, after, places, now, ledger)
        keep_states(session, before, after)
        return changed


def _end_left_behind(
    session: Session,
    ledger: AlarmLedger,
    state: SensorState,
    began_at: datetime,
    places: SensorPlaces,
    now: datetime,
) -> SensorState:
    """Ends the excursion of a sensor that hangs there no more, with a note; the state knows nothing of it either."""
    kind = AlarmKind.DRIFTING
    row = session.get(ExcursionRow, (state.sensor_id, kind.value, began_at))
    if row is not None and row.ended_at is None:
        because = EndedBecause.RETIRED if places.at(now).place is None else EndedBecause.MOVED
        note = f"Sensor {state.sensor_id} hangs there no more."
        ledger.end_excursion(row, End(max(now, row.raised_at), because, note=note))
    known = known_of(state, kind)
    if known is None or known.began_at != began_at:
        return state
    return replace(state, also=tuple(one for one in state.also if one is not known))


def _left_behind(session: Session, warehouse_id: str, now: datetime) -> list[tuple[str, datetime]]:
    """Excursions of drifting sensors that go on although the sensor hangs elsewhere now, or was carried away and has
    come back: what was remembered of it is forgotten then."""
    going_on = select(ExcursionRow.sensor_id, ExcursionRow.began_at, ExcursionRow.zone_id)
    going_on = going_on.join(ZoneRow, ZoneRow.zone_id == ExcursionRow.zone_id)
    going_on = going_on.where(ExcursionRow.kind == AlarmKind.DRIFTING.value, ExcursionRow.ended_at.is_(None))
    rows = session.execute(going_on.where(ZoneRow.warehouse_id == warehouse_id)).tuples().all()
    sensor_ids = [sensor_id for sensor_id, _, _ in rows]
    states = select(SensorStateRow.sensor_id, SensorStateRow.state).where(SensorStateRow.sensor_id.in_(sensor_ids))
    known = {
        sensor_id: known_of(SensorState.from_dict(state), AlarmKind.DRIFTING)
        for sensor_id, state in session.execute(states)
    }
    places = places_over_time(session, sensor_ids)
    left: list[tuple[str, datetime]] = []
    for sensor_id, began_at, zone_id in rows:
        place, drifting = places[sensor_id].at(now).place, known.get(sensor_id)
        is_there = place is not None and place.zone_id == zone_id
        if not is_there or drifting is None or drifting.began_at != began_at:
            left.append((sensor_id, began_at))
    return left


def _states(session: Session, warehouse_id: str) -> dict[str, SensorState]:
    """What is remembered of the sensors of a warehouse; those that are retired hang nowhere."""
    query = select(SensorStateRow.sensor_id, SensorStateRow.state)
    query = query.join(SensorRow, SensorRow.sensor_id == SensorStateRow.sensor_id)
    query = query.join(ZoneRow, ZoneRow.zone_id == SensorRow.zone_id)
    query = query.where(ZoneRow.warehouse_id == warehouse_id, SensorRow.retired_at.is_(None))
    rows = session.execute(query.order_by(SensorStateRow.sensor_id))
    return {sensor_id: SensorState.from_dict(state) for sensor_id, state in rows}


def _where_they_hang(means: pd.DataFrame, places: Mapping[str, SensorPlaces], now: datetime) -> pd.DataFrame:
    """The means without the days on which a sensor did not hang yet where it does now."""
    since = {name: _there_since(places[name], now) for name in means.columns}
    return pd.DataFrame({name: means[name].where(means.index >= since[name]) for name in means.columns})


def _there_since(places: SensorPlaces, now: datetime) -> datetime:
    place = places.at(now).place
    until_now = [stay for stay in places.stays if stay.since <= now]
    return [stay.since for stay in takewhile(lambda stay: stay.place == place, reversed(until_now))][-1]
