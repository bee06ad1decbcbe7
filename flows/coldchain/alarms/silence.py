"""Notices sensors that are heard no more: the clock's tick for those of which nothing came within their own interval,
and, earlier, for those whose last will says that they are gone.

Which they are is told by one row a sensor, so a look costs the same whatever was ever read. A sensor whose readings
come late or whose clock is behind is heard when they come, whatever time they name.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import SensorRow, SensorStateRow
from flows.coldchain.alarms.alarms import AlarmsChanged, keep_alarms
from flows.coldchain.sensors.online import offline_states
from flows.coldchain.sensors.sensor_places import SensorPlaces, places_over_time
from flows.coldchain.sensors.sensors import keep_states, locked_states
from warehouse.coldchain.alarms import AlarmKind, Event, SensorState
from warehouse.coldchain.limits import limit_in_force
from warehouse.coldchain.online import gone_since
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import Tick, watch


def tick(engine: Engine, now: datetime, silent_after: timedelta) -> AlarmsChanged:
    """Raises an alarm "nothing heard" for each sensor that said nothing for longer than it may: by its interval, or for
    `silent_after`; or that has been offline for too long. Once a silence; it ends with the sensor's next reading."""
    with reading(engine) as session:
        suspects = _not_heard(session, now, silent_after)
    if not suspects:
        return AlarmsChanged()
    with writing(engine) as session:
        before = locked_states(session, suspects)
        still_silent = _not_heard(session, now, silent_after)  # one may have been heard before it was locked
        places = places_over_time(session, before, Rules(silent_after=silent_after))
        after, events = dict(before), list[Event]()
        for sensor_id in sorted(before.keys() & still_silent.keys()):
            tick = Tick(now, still_silent[sensor_id])
            after[sensor_id], happened = _ticked(before[sensor_id], places[sensor_id], tick)
            events += happened
        changed = keep_alarms(session, events, before, after, places, now)
        keep_states(session, before, after)
        return changed


def _ticked(state: SensorState, places: SensorPlaces, tick: Tick) -> tuple[SensorState, Sequence[Event]]:
    stay = places.at(tick.at)
    if stay.place is None:
        return state, ()
    return watch(state, tick, stay.rules, limit_in_force(stay.limits, tick.at))


def _not_heard(session: Session, now: datetime, silent_after: timedelta) -> dict[str, datetime | None]:
    """The sensors of which nothing came for longer than they may say nothing, or that are gone for too long, and whose
    silence is not known yet; with since when they are gone by their last will."""
    query = select(SensorStateRow.sensor_id, SensorStateRow.state, SensorStateRow.heard_at)
    query = query.join(SensorRow, SensorRow.sensor_id == SensorStateRow.sensor_id)
    query = query.where(SensorRow.retired_at.is_(None)).order_by(SensorStateRow.sensor_id)
    states = {sensor_id: (SensorState.from_dict(state), at) for sensor_id, state, at in session.execute(query)}
    heard = {
        sensor_id: heard_at or min(state.last_taken_at, now)
        for sensor_id, (state, heard_at) in states.items()
        if state.last_taken_at is not None and all(one.kind is not AlarmKind.SILENT for one in state.also)
    }
    longest = {sensor_id: now - at for sensor_id, at in heard.items() if now - at > timedelta(0)}
    if not longest:
        return {}
    places = places_over_time(session, longest, Rules(silent_after=silent_after))
    offline = offline_states(session)
    suspects: dict[str, datetime | None] = {}
    for sensor_id, quiet in longest.items():
        gone, rules = gone_since(offline.get(sensor_id, ()), heard[sensor_id]), places[sensor_id].at(now).rules
        if quiet > rules.silent_for or rules.is_gone(gone, now):
            suspects[sensor_id] = gone
    return suspects
