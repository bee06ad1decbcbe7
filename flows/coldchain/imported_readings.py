"""What follows from imported readings: they are refused, kept and judged as readings that are sent, all in the
transaction of the import.

The alarm engine takes up each sensor where it was left and goes through what was kept since, in the order of its
times. So what the file shows is raised by the file, and the same readings sent afterwards are rightly duplicates.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from data.importers.followed_kind import FollowedKind
from data.importers.kinds.stock_kinds import READINGS
from data.importers.result import ImportResult
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.tables import ReadingRow, SensorStateRow
from flows.coldchain.alarms import keep_alarms
from flows.coldchain.kept_limits import limits_of_zones
from flows.coldchain.sensors import keep_states, locked_states, places_of_sensors
from warehouse.coldchain.alarms import SensorState
from warehouse.coldchain.clocks import BELIEVED_AHEAD, leads_heard_lately, server_behind
from warehouse.coldchain.many_readings import watch_readings
from warehouse.coldchain.readings import why_implausible


@dataclass(frozen=True)
class ImportedReadings(ImportResult):
    """What became of a file. `raised` and `ended` are alarm ids; `late` counts the new readings that are older than
    what their sensor had said before: they are kept, but neither raise nor end an alarm."""

    raised: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    late: int = 0


def followed_readings() -> FollowedKind:
    """Readings that raise and end the alarms which they show; what is told is an ImportedReadings."""
    judged = _Judged()
    kind = replace(
        READINGS, complete=_refuse_implausible, begin=judged.begin, keep=judged.keep_readings, finish=judged.finish
    )
    return FollowedKind(kind, judged.told)


def _refuse_implausible(records: Records, known: Known) -> None:
    READINGS.complete(records, known)
    taken_at, temperature_c = records.column("taken_at"), records.column("temperature_c")
    until = known.now + BELIEVED_AHEAD
    if any(taken_at[row] > until for row in records.good_rows()):  # then it may be the server whose clock is wrong
        until += server_behind(leads_heard_lately(_states(known), known.now).values())
    for row in records.good_rows():
        if problem := why_implausible(taken_at[row], temperature_c[row], until):
            records.refuse(row, problem.field, problem.reason, problem.remedy)


def _states(known: Known) -> Iterator[SensorState]:
    return (SensorState.from_dict(state) for (state,) in known.rows(select(SensorStateRow.state)))


@dataclass
class _Judged:
    """What an import has kept so far and what it raised; begins anew with every transaction."""

    states: dict[str, SensorState] = field(default_factory=dict)
    sensor_ids: set[str] = field(default_factory=set)
    raised: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    late: int = 0

    def begin(self, connection: Connection, known: Known) -> None:
        """Takes all sensors for this import: one that spoke in between would make the file's readings late."""
        with Session(connection) as session:
            self.states = locked_states(session, known.ids("sensors"))
        self.sensor_ids, self.raised, self.ended, self.late = set(), [], [], 0

    def keep_readings(self, connection: Connection, records: Records, known: Known) -> None:
        late = self._span_of_late_readings(records)
        there_before = {sensor_id: _readings_in(connection, sensor_id, span) for sensor_id, span in late.items()}
        READINGS.keep(connection, records, known)
        self.late += sum(
            _readings_in(connection, sensor_id, span) - there_before[sensor_id] for sensor_id, span in late.items()
        )
        self.sensor_ids |= {sensor_id for (sensor_id,) in records.good("sensor_id")}

    def _span_of_late_readings(self, records: Records) -> dict[str, tuple[datetime, datetime]]:
        """The first and the last time, by sensor, of readings no newer than what the engine has seen of the sensor."""
        spans: dict[str, tuple[datetime, datetime]] = {}
        for sensor_id, taken_at in records.good("sensor_id", "taken_at"):
            last = self.states[sensor_id].last_taken_at
            if last is not None and taken_at <= last:
                earliest, latest = spans.get(sensor_id, (taken_at, taken_at))
                spans[sensor_id] = min(earliest, taken_at), max(latest, taken_at)
        return spans

    def finish(self, connection: Connection, known: Known) -> None:
        """Goes through what was kept since each sensor was heard last, one sensor at a time."""
        with Session(connection) as session:
            places = places_of_sensors(session, self.sensor_ids)
            limits = limits_of_zones(session, {place.zone_id for place in places.values()})
            for sensor_id in sorted(self.sensor_ids):
                before = {sensor_id: self.states[sensor_id]}
                readings = _readings_after(session, self.states[sensor_id])
                watched = watch_readings(before, readings, {sensor_id: limits[places[sensor_id].zone_id]})
                changed = keep_alarms(session, watched.events, before, watched.states, places, known.now)
                keep_states(session, before, watched.states)
                self.raised += changed.raised
                self.ended += changed.ended
            session.commit()  # of the session: the transaction is the import's

    def told(self, result: ImportResult) -> ImportedReadings:
        """The result with the alarms."""
        said = {name: getattr(result, name) for name in ("rows", "bad_rows", "bad_rows_file", "left_out")}
        return ImportedReadings(
            **said, notes=self._notes(), raised=tuple(self.raised), ended=tuple(self.ended), late=self.late
        )

    def _notes(self) -> tuple[str, ...]:
        """What is to be said of alarms and late readings."""
        alarms = f"{_counted(len(self.raised), 'alarm')} raised, {len(self.ended):,} ended."
        late = f"{_counted(self.late, 'reading')} came after newer ones of the same sensor and moved no alarm."
        return (alarms, late) if self.late else (alarms,)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _readings_in(connection: Connection, sensor_id: str, span: tuple[datetime, datetime]) -> int:
    """How many of a sensor's readings are kept from one time to another, both included."""
    of_it = (ReadingRow.sensor_id == sensor_id, ReadingRow.taken_at.between(*span))
    return connection.scalar(select(func.count()).select_from(ReadingRow).where(*of_it)) or 0


def _readings_after(session: Session, state: SensorState) -> pd.DataFrame:
    """A sensor's kept readings that the engine has not seen, in the order of their times."""
    query = select(ReadingRow.taken_at, ReadingRow.temperature_c)
    query = query.where(ReadingRow.sensor_id == state.sensor_id).order_by(ReadingRow.taken_at)
    if state.last_taken_at is not None:
        query = query.where(ReadingRow.taken_at > state.last_taken_at)
    taken = session.execute(query).tuples().all()
    return pd.DataFrame(
        {
            "sensor_id": state.sensor_id,
            "taken_at": pd.to_datetime([taken_at for taken_at, _ in taken], utc=True),
            "temperature_c": np.array([temperature_c for _, temperature_c in taken], dtype=float),
        }
    )
