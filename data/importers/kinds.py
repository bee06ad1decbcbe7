"""What a kind of file is: its columns, what may not come twice, and how its rows are completed and kept.

The columns here are the reference: docs/data-formats.md is written from them and a test holds it to them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, select

from data.bulk import OnConflict, write_rows
from data.importers.values import MOMENT, BadValue, ValueType, moment_of_local_time
from data.tables import ProductRow, SensorRow, SupplierRow, WarehouseRow, ZoneRow

REMEMBERED = 100_000  # texts of a column that need not be read again


@dataclass(frozen=True)
class Column:
    """A column of a file. `refers` names the kind whose ids it must be one of.

    A moment without an offset is local to the warehouse that the column `zone_by` leads to; `past` moments may not
    lie in the future."""

    name: str
    type: ValueType
    meaning: str
    unit: str = ""
    required: bool = True
    refers: str | None = None
    zone_by: str | None = None
    past: bool = False


@dataclass(frozen=True)
class Once:
    """Rows of one file that agree on `key` must agree on `value` too; else `remedy` says what to do."""

    key: tuple[str, ...]
    value: tuple[str, ...]
    remedy: str = "Keep the row that is right"


@dataclass(frozen=True)
class ImportKind:
    """A kind of file.

    `complete` checks rows as a whole and fills in what a file may leave out; `keep` writes the good rows.
    Neighbouring rows that agree on `together` are given to them in one piece."""

    name: str
    summary: str
    columns: tuple[Column, ...]
    once: tuple[Once, ...]
    keep: Callable[[Connection, "Records", "Known"], None]
    complete: Callable[["Records", "Known"], None] = lambda records, known: None
    together: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass
class Records:
    """Rows of a file as values: `values[column][i]` belongs to `lines[i]`, None where nothing is written.

    Only columns of the file are there, and those that `fill` adds. `bad[i]` says what is wrong with row i."""

    lines: list[int]
    texts: Mapping[str, Sequence[str]]
    values: dict[str, list[Any]] = field(default_factory=dict)
    bad: dict[int, tuple[str | None, BadValue]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    def refuse(self, row: int, column: str | None, reason: str, remedy: str) -> None:
        """Marks a row as bad; the first thing that is wrong with it counts."""
        self.bad.setdefault(row, (column, BadValue(reason, remedy)))

    def column(self, name: str) -> list[Any]:
        """A column's values; all None where the file does not have it."""
        return self.values.get(name) or [None] * len(self)

    def good_rows(self) -> Iterator[int]:
        """The places of the rows that nothing is wrong with, so far."""
        return (row for row in range(len(self)) if row not in self.bad)

    def good(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """The values of the good rows."""
        rows = zip(*(self.column(name) for name in names), strict=True)
        return compress(rows, (row not in self.bad for row in range(len(self)))) if self.bad else rows

    def fill(self, name: str, default: Callable[[int], Any]) -> None:
        """Gives the good rows that lack a value the one of `default(row)`; BadValue from it refuses the row."""
        values = self.values.setdefault(name, [None] * len(self))
        for row in self.good_rows():
            if values[row] is None:
                try:
                    values[row] = default(row)
                except BadValue as problem:
                    self.refuse(row, name, problem.reason, problem.remedy)


class Known:
    """What the database knows that rows refer to, read once a file; the moment of the import; what it met so far."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.now = now
        self._connection = connection
        self._tables: dict[str, dict[str, Any]] = {}
        self._zones: dict[str, ZoneInfo] = {}
        self._met: set[str] = set()

    def met_first(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids that this import had not met before."""
        new = set(ids) - self._met
        self._met |= new
        return new

    def ids(self, kind: str) -> dict[str, Any]:
        """The ids of a kind, each with what it leads to: warehouses to their zone, zones to their warehouse, sensors
        to their zone of temperature."""
        if kind not in self._tables:
            leads_to: dict[str, Select[Any]] = {
                "warehouses": select(WarehouseRow.warehouse_id, WarehouseRow.timezone),
                "products": select(ProductRow.product_id, ProductRow.unit),
                "suppliers": select(SupplierRow.supplier_id, SupplierRow.name),
                "zones": select(ZoneRow.zone_id, ZoneRow.warehouse_id),
                "sensors": select(SensorRow.sensor_id, SensorRow.zone_id),
            }
            self._tables[kind] = {row[0]: row[1] for row in self._connection.execute(leads_to[kind])}
        return self._tables[kind]

    def zone(self, column: str, id: str | None) -> ZoneInfo | None:
        """The time zone that the id of a column (warehouse_id, zone_id, sensor_id) leads to."""
        if id is not None and column == "sensor_id":
            column, id = "zone_id", self.ids("sensors").get(id)
        if id is not None and column == "zone_id":
            column, id = "warehouse_id", self.ids("zones").get(id)
        name = None if id is None else self.ids("warehouses").get(id)
        if name is None:
            return None
        if name not in self._zones:
            self._zones[name] = ZoneInfo(name)
        return self._zones[name]


def read_values(records: Records, kind: ImportKind, known: Known, read_before: dict[str, dict[str, Any]]) -> None:
    """Reads the texts of all columns, each distinct text once, and turns local times into moments.

    `read_before` holds what earlier batches read, by column."""
    for name, texts in records.texts.items():
        column = kind.column(name)
        memory = read_before.setdefault(name, {})
        if len(memory) > REMEMBERED:  # a column of which every text is another
            memory.clear()
        for text in set(texts).difference(memory):
            memory[text] = _value_or_problem(column, text.strip(), known)
        values = [memory[text] for text in texts]
        if any(isinstance(memory[text], BadValue) for text in set(texts)):
            for row, value in enumerate(values):
                if isinstance(value, BadValue):
                    records.refuse(row, name, value.reason, value.remedy)
                    values[row] = None
        records.values[name] = values
    for column in kind.columns:
        if column.type is MOMENT and column.name in records.values:
            _place_in_time(records, column, known)


def _value_or_problem(column: Column, text: str, known: Known) -> Any:
    if not text:
        return BadValue("is missing", "Write a value") if column.required else None
    try:
        value = column.type.read(text)
    except BadValue as problem:
        return problem
    if column.refers is not None and value not in known.ids(column.refers):
        return BadValue(f"is not among the {column.refers}", f"Correct it, or import the {column.refers} first")
    return value


def _place_in_time(records: Records, column: Column, known: Known) -> None:
    values = records.values[column.name]
    owners = records.column(column.zone_by) if column.zone_by else [None] * len(records)
    placed: dict[tuple[datetime, str], datetime] = {}
    for row in records.good_rows():
        moment = values[row]
        if moment is None:
            continue
        if moment.tzinfo is None:
            try:
                zone = known.zone(column.zone_by or "", owners[row])
                if zone is None:
                    raise BadValue("has no time zone", "Write the time with its offset, as 2026-03-01T08:30:00+08:00")
                if (moment, zone.key) not in placed:
                    placed[moment, zone.key] = moment_of_local_time(moment, zone)
                moment = values[row] = placed[moment, zone.key]
            except BadValue as problem:
                records.refuse(row, column.name, problem.reason, problem.remedy)
                continue
        if column.past and moment > known.now:
            records.refuse(row, column.name, "lies in the future", "Check the time and its offset")


def kept_as(model: Any, on_conflict: OnConflict = "update") -> Callable[[Connection, Records, Known], None]:
    """A `keep` that writes the records' columns to the table of the same columns; others of the table stay."""

    def keep(connection: Connection, records: Records, known: Known) -> None:
        names = [name for name in records.values if name in model.__table__.columns]
        write_rows(connection, model.__table__, names, records.good(*names), on_conflict)

    return keep
