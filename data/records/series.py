"""What comes by the thousand is sealed by the hour and the series: the readings of a sensor, what it measured of a
quantity. A series is all rows of a table that share their key but for the moment `taken_at`; seals and notes name it by
the rest of the key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

from sqlalchemy import Column, ColumnElement, Connection, Table, distinct, select

from data.records.canonical import table_of
from data.tables import MeasurementRow, ReadingRow, RecordSealRow
from data.tables.coldchain import MEASURED

READINGS, MEASUREMENTS = ReadingRow.__tablename__, MeasurementRow.__tablename__
# the tables whose rows are sealed so, each with the keys that a sensor's series in it have beside the sensor
OF_A_SENSOR: Mapping[str, Sequence[tuple[str, ...]]] = {
    READINGS: [()],
    MEASUREMENTS: [(quantity,) for quantity in MEASURED],
}
MOMENT = "taken_at"
SEALS = cast(Table, RecordSealRow.__table__)


@dataclass(frozen=True)
class Series:
    """One of them: its table, and what its rows' keys have in common."""

    kind: str
    key: tuple[str, ...]

    @classmethod
    def named(cls, kind: str, subject: str) -> Self:
        """The series that a seal or a note names. Of its key the id of the sensor alone may hold a bar."""
        return cls(kind, tuple(subject.rsplit("|", len(key_of_series(table_of(kind))) - 1)))

    @property
    def subject(self) -> str:
        """What seals and notes call it."""
        return "|".join(self.key)

    @property
    def its_rows(self) -> ColumnElement[bool]:
        """Which rows of its table are its own."""
        first, *others = key_of_series(table_of(self.kind))
        which: ColumnElement[bool] = first == self.key[0]
        for column, value in zip(others, self.key[1:], strict=True):
            which &= column == value
        return which


def key_of_series(table: Table) -> Sequence[Column[Any]]:
    """The columns that the rows of a series have in common, the sensor first."""
    return [column for column in table.primary_key if column.name != MOMENT]


def series_of_sensor(kind: str, sensor_id: str) -> Iterator[Series]:
    """Those of a sensor in a table, whether it has any rows there or not."""
    return (Series(kind, (sensor_id, *rest)) for rest in OF_A_SENSOR[kind])


def all_series(connection: Connection, kind: str) -> Sequence[Series]:
    """Those of which there is a row, and those of which any was sealed."""
    there = connection.execute(select(*key_of_series(table_of(kind))).distinct())
    sealed = connection.scalars(select(distinct(SEALS.c.subject)).where(SEALS.c.kind == kind))
    found = {Series(kind, tuple(key)) for key in there} | {Series.named(kind, subject) for subject in sealed}
    return sorted(found, key=lambda series: series.key)
