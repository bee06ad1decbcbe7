"""What follows from imported readings: they are refused, kept and judged as readings that are sent, all in the
transaction of the import. A file whose rows are all plain is read, kept and judged by columns.

What is older than what its sensor had said is judged anew with the readings around it; then the alarm engine takes up
each sensor where it was left and goes through what was kept since, in the order of its times. So what the file shows is
raised by the file, and the same readings sent afterwards are rightly duplicates.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, select
from sqlalchemy.orm import Session

from data.bulk import write_table
from data.importers.followed_kind import FollowedKind
from data.importers.kind import ByColumns
from data.importers.kinds.stock_kinds import READINGS
from data.importers.result import ImportResult
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.rows_of_keys import rows_of_keys
from data.tables import ReadingRow, SensorStateRow
from flows.coldchain.alarms.alarm_ledger import AlarmLedger
from flows.coldchain.alarms.alarms import keep_alarms, moment_of
from flows.coldchain.alarms.late_readings import judge_again
from flows.coldchain.readings.contradictions import Contradiction, keep_contradictions
from flows.coldchain.readings.reading_columns import KEPT, SENT, Held, ReadingColumns, all_plausible, as_columns, keys
from flows.coldchain.readings.receiving import newest_kept
from flows.coldchain.sensors.sensor_places import places_over_time, zones_of
from flows.coldchain.sensors.sensors import keep_states, locked_states
from warehouse.coldchain.alarms import Event, SensorState
from warehouse.coldchain.clocks import BELIEVED_AHEAD, leads_heard_lately, server_behind
from warehouse.coldchain.many_readings import Series
from warehouse.coldchain.readings import Reading, why_implausible

READINGS_KEPT = cast(Table, ReadingRow.__table__)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class ImportedReadings(ImportResult):
    """What became of a file. `raised` and `ended` are alarm ids; `late` counts the new readings that are older than
    what their sensor had said before, `contradictory` those that say another temperature than what is kept."""

    raised: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    late: int = 0
    contradictory: int = 0


def followed_readings() -> FollowedKind:
    """Readings that raise and end the alarms which they show; what is told is an ImportedReadings."""
    judged = _Judged()
    kind = replace(
        READINGS,
        complete=_refuse_implausible,
        by_columns=ByColumns(SENT, all_plausible, keys, judged.keep_columns),
        begin=judged.begin,
        keep=judged.keep_rows,
        finish=judged.finish,
    )
    return FollowedKind(kind, judged.told)


def _refuse_implausible(records: Records, known: Known) -> None:
    READINGS.complete(records, known)
    until = known.now + BELIEVED_AHEAD
    taken_at, temperature_c = records.column("taken_at"), records.column("temperature_c")
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
    seen_until: dict[str, datetime] = field(default_factory=dict)
    kept_until: dict[str, datetime] = field(default_factory=dict)
    unseen: Held = field(default_factory=Held)
    sensor_ids: set[str] = field(default_factory=set)
    spans: dict[str, Span] = field(default_factory=dict)
    raised: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    late: int = 0
    contradictory: int = 0

    def begin(self, connection: Connection, known: Known) -> None:
        """Takes all sensors for this import: one that spoke in between would make the file's readings late."""
        with Session(connection) as session:
            self.states = locked_states(session, known.ids("sensors"))
            newest = newest_kept(session, self.states)
        states = self.states.items()
        self.seen_until = {id: state.last_taken_at for id, state in states if state.last_taken_at is not None}
        self.unseen = Held()
        self.kept_until = {sensor_id: taken_at for sensor_id, taken_at in newest.items() if taken_at is not None}
        self.sensor_ids, self.spans, self.raised, self.ended = set(), {}, [], []
        self.late = self.contradictory = 0

    def keep_rows(self, connection: Connection, records: Records, known: Known) -> None:
        """Keeps readings that were read row by row."""
        self.keep_columns(connection, as_columns(records.good(*KEPT.names)), known)

    def keep_columns(self, connection: Connection, columns: pa.RecordBatch, known: Known) -> None:
        """Keeps the readings that are not there yet, and what contradicts those that are."""
        readings = ReadingColumns.of(columns)
        self.sensor_ids.update(readings.sensor_ids)
        readings = readings.where(~self._kept_already(connection, readings, known.now))
        late = readings.up_to(self.seen_until)
        self._note_late_ones(readings.where(late))
        self.unseen.add(readings.where(~late))
        write_table(connection, READINGS_KEPT, readings.as_table(), "fail")

    def _kept_already(self, connection: Connection, readings: ReadingColumns, now: datetime) -> NDArray[np.bool_]:
        """Which of the readings were kept before this import: none is that is newer than all of its sensor, and no
        other comes while the states of the sensors are locked."""
        kept = readings.up_to(self.kept_until)
        said = {
            one[:2]: (place, one[2])
            for place, one in zip(np.flatnonzero(kept), readings.where(kept).rows(), strict=True)
        }
        contradictory: list[Contradiction] = []
        kept[:] = False
        for sensor_id, taken_at, kept_c in rows_of_keys(connection, READINGS_KEPT, KEPT.names[:3], said):
            place, said_c = said[sensor_id, taken_at]
            kept[place] = True
            if said_c != kept_c:
                contradictory.append(Contradiction(Reading(sensor_id, taken_at, said_c), kept_c))
        with Session(connection) as session:
            self.contradictory += keep_contradictions(session, contradictory, now)
            session.commit()  # of the session: the transaction is the import's
        return kept

    def _note_late_ones(self, late: ReadingColumns) -> None:
        """Counts the new readings that are no newer than what the engine has seen of their sensor, and notes from when
        to when they are."""
        self.late += len(late)
        for sensor_id, first, last in late.spans():
            earliest, latest = self.spans.get(sensor_id, (first, last))
            self.spans[sensor_id] = min(earliest, first), max(latest, last)

    def finish(self, connection: Connection, known: Known) -> None:
        """Judges what came late anew, and goes through what was kept since each sensor was heard last: one sensor at a
        time, and then the alarms of all of them in the order of their times."""
        with Session(connection) as session:
            places = places_over_time(session, self.sensor_ids)
            after, events = dict(self.states), list[Event]()
            ledger = AlarmLedger(session, known.now, zones_of(places.values())) if self.spans else None
            unseen = self.unseen.by_sensor()
            for sensor_id in sorted(self.sensor_ids):
                state = self.states[sensor_id]
                if ledger is not None and sensor_id in self.spans:
                    again = judge_again(session, state, places[sensor_id], *self.spans[sensor_id])
                    ledger.revise(again, places[sensor_id])
                    state = again.state
                readings = None if self._was_left_unjudged(sensor_id) else unseen.get(sensor_id)
                if readings is None:
                    readings = _readings_after(session, state)
                after[sensor_id], happened = places[sensor_id].watch_many(state, readings)
                events += happened
            events.sort(key=moment_of)
            changed = keep_alarms(session, events, self.states, after, places, known.now, ledger)
            heard = {id: min(last, known.now) for id in self.sensor_ids if (last := after[id].last_taken_at)}
            keep_states(session, self.states, after, heard)
            self.raised, self.ended = changed.raised, changed.ended
            session.commit()  # of the session: the transaction is the import's

    def _was_left_unjudged(self, sensor_id: str) -> bool:
        """Whether readings were kept before this import that the engine has not seen."""
        seen_until, kept_until = self.seen_until.get(sensor_id), self.kept_until.get(sensor_id)
        return kept_until is not None and (seen_until is None or kept_until > seen_until)

    def told(self, result: ImportResult) -> ImportedReadings:
        """The result with the alarms."""
        said = {name: getattr(result, name) for name in ("rows", "bad_rows", "bad_rows_file", "left_out")}
        return ImportedReadings(
            **said,
            notes=self._notes(),
            raised=tuple(self.raised),
            ended=tuple(self.ended),
            late=self.late,
            contradictory=self.contradictory,
        )

    def _notes(self) -> tuple[str, ...]:
        """What is to be said of alarms, of late readings and of those that contradict what is kept."""
        said = [f"{_counted(len(self.raised), 'alarm')} raised, {len(self.ended):,} ended."]
        if self.late:
            said.append(f"{_counted(self.late, 'reading')} came after newer ones of the same sensor.")
        if self.contradictory:
            said.append(
                f"{_counted(self.contradictory, 'reading')} {'says' if self.contradictory == 1 else 'say'} another "
                "temperature of a moment than what is kept: kept beside it, the alarms go by what came first."
            )
        return tuple(said)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _readings_after(session: Session, state: SensorState) -> Series:
    """A sensor's kept readings that the engine has not seen, in the order of their times."""
    query = select(ReadingRow.taken_at, ReadingRow.temperature_c)
    query = query.where(ReadingRow.sensor_id == state.sensor_id).order_by(ReadingRow.taken_at)
    if state.last_taken_at is not None:
        query = query.where(ReadingRow.taken_at > state.last_taken_at)
    return Series.of(session.execute(query).tuples().all())
