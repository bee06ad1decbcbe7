"""Compares the sensors of each zone with each other: one that says the same for long, while others move, may be stuck.

It is looked for, and not seen with each reading: what tells it is what the others say. Its next reading that differs
ends it. One row a sensor tells it, so a look costs the same whatever was ever read.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import SensorStateRow
from flows.coldchain.alarms.alarms import AlarmsChanged, keep_alarms
from flows.coldchain.sensors.sensor_places import SensorPlaces, places_over_time
from flows.coldchain.sensors.sensors import keep_states, locked_states
from warehouse.coldchain.alarms import Event, SensorState
from warehouse.coldchain.limits import limit_in_force
from warehouse.coldchain.watching import watch_zone


def compare_neighbours(engine: Engine, now: datetime) -> AlarmsChanged:
    """Raises an alarm for each sensor that may be stuck, once."""
    with reading(engine) as session:
        states = _states(session)
        suspects = {
            sensor_id
            for after, events in _compared(states, places_over_time(session, states), now)
            if events
            for sensor_id in after
        }
    if not suspects:
        return AlarmsChanged()
    with writing(engine) as session:
        before = locked_states(session, suspects)  # read again: one may have said something else meanwhile
        places = places_over_time(session, before)
        after, happened = dict(before), list[Event]()
        for zone, events in _compared(before, places, now):
            after |= zone
            happened += events
        changed = keep_alarms(session, happened, before, after, places, now)
        keep_states(session, before, after)
        return changed


def _compared(
    states: Mapping[str, SensorState], places: Mapping[str, SensorPlaces], now: datetime
) -> Iterator[tuple[dict[str, SensorState], tuple[Event, ...]]]:
    """Zone by zone the states of its sensors after they were compared, and what happened."""
    zones: defaultdict[str, dict[str, SensorState]] = defaultdict(dict)
    for sensor_id, state in states.items():
        if sensor_id in places and (place := places[sensor_id].at(now).place) is not None:
            zones[place.zone_id][sensor_id] = state
    for zone in zones.values():
        stay = places[next(iter(zone))].at(now)
        yield watch_zone(zone, now, stay.rules, limit_in_force(stay.limits, now))


def _states(session: Session) -> dict[str, SensorState]:
    """What is remembered of each sensor; one that is retired hangs nowhere."""
    states = select(SensorStateRow.sensor_id, SensorStateRow.state).order_by(SensorStateRow.sensor_id)
    return {sensor_id: SensorState.from_dict(state) for sensor_id, state in session.execute(states)}
