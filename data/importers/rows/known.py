"""What the database knows that rows of a file are checked against: ids, zones, kept values, what rests on them."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection, Dialect, Row, Select, and_, func, select, tuple_

from data.importers.rows.records import Records
from data.local_days import same_clock
from data.tables import DailySalesRow, ProductRow, SensorRow, SupplierRow, WarehouseRow, ZoneRow

NOBODY = "import"  # who imports where nobody says it
ASKED_AT_ONCE = 5_000  # keys; SQLite takes 32,766 values in a statement


class Known:
    """What the database knows that rows refer to, read once a table; the moment of the import and who imports; what it
    met so far."""

    def __init__(self, connection: Connection, now: datetime, by: str = NOBODY) -> None:
        self.now, self.by = now, by
        self._connection = connection
        self._tables: dict[str, dict[str, Any]] = {}
        self._zones: dict[str, ZoneInfo] = {}
        self._met: set[str] = set()

    def kept(self, model: Any, records: Records, names: Sequence[str]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """What a table keeps under the primary keys of the good rows: the values of the columns `names` by key."""
        keys = [column.name for column in model.__table__.primary_key]
        return dict(self.rows_under(model, keys, records, names))

    def rows_under(
        self, model: Any, keys: Sequence[str], records: Records, names: Sequence[str]
    ) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
        """The rows of a table that agree with any of the good rows on the columns `keys`: these and the columns
        `names` of each."""
        table = model.__table__
        columns = [table.c[name] for name in keys]
        wanted = [key for key in set(records.good(*keys)) if None not in key]
        for first in range(0, len(wanted), ASKED_AT_ONCE):
            part = wanted[first : first + ASKED_AT_ONCE]
            for row in self._connection.execute(
                _rows_of(columns, part, [table.c[name] for name in names], self._connection.dialect)
            ):
                yield tuple(row[: len(keys)]), tuple(row[len(keys) :])

    def rows(self, query: Select[Any]) -> Iterable[Row[Any]]:
        """What the database answers to a query."""
        return self._connection.execute(query)

    def stand_in(self, model: Any, records: Records, *names: str) -> None:
        """Gives columns that the file lacks the values that are kept, so that rows can be checked as a whole."""
        if lacking := [name for name in names if name not in records.values]:
            kept = self.kept(model, records, lacking)
            keys = [column.name for column in model.__table__.primary_key]
            rows = [kept.get(key) for key in zip(*(records.column(name) for name in keys), strict=True)]
            for n, name in enumerate(lacking):
                records.values[name] = [None if row is None else row[n] for row in rows]

    def counts(self, model: Any, column: str, ids: Collection[str]) -> dict[str, int]:
        """How many rows of a table name each of the ids in a column; an id that none names is absent."""
        named = model.__table__.c[column]
        query = select(named, func.count()).where(named.in_(ids)).group_by(named)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    @cached_property
    def keeps_hours(self) -> bool:
        """Whether any sales were kept by hour before this import."""
        query = select(DailySalesRow.date).where(DailySalesRow.hourly_sales.is_not(None)).limit(1)
        return self._connection.execute(query).first() is not None

    def met_first(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids that this import had not met before."""
        new = set(ids) - self._met
        self._met |= new
        return new

    @property
    def met(self) -> Collection[str]:
        """The ids that this import has met."""
        return self._met

    def ids(self, kind: str) -> dict[str, Any]:
        """The ids of a kind, each with what it leads to: warehouses to their zone, zones to their warehouse, sensors
        to their zone of temperature."""
        if kind not in self._tables:
            leads_to: dict[str, Select[Any]] = {
                "warehouses": select(WarehouseRow.warehouse_id, WarehouseRow.timezone),
                "products": select(ProductRow.product_id, ProductRow.unit),
                "suppliers": select(SupplierRow.supplier_id, SupplierRow.plain_name),
                "zones": select(ZoneRow.zone_id, ZoneRow.warehouse_id),
                "sensors": select(SensorRow.sensor_id, SensorRow.zone_id),
            }
            self._tables[kind] = {row[0]: row[1] for row in self._connection.execute(leads_to[kind])}
        return self._tables[kind]

    def zone(self, column: str, id: str | None) -> ZoneInfo | None:
        """The time zone that the id of a column (warehouse_id, zone_id, sensor_id) leads to; a city, or None in its
        place for all warehouses, leads to the one whose clock its warehouses share."""
        if column == "city":
            return self._shared_zone(id)
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

    def _shared_zone(self, city: str | None) -> ZoneInfo | None:
        query = select(WarehouseRow.timezone).distinct().order_by(WarehouseRow.timezone)
        if city is not None:
            query = query.where(WarehouseRow.city == city)
        zones = list(self._connection.scalars(query))
        shared = zones and all(same_clock(zones[0], other, self.now) for other in zones[1:])
        return ZoneInfo(zones[0]) if shared else None


def _rows_of(
    key: Sequence[Column[Any]], wanted: Sequence[tuple[Any, ...]], read: Sequence[Column[Any]], dialect: Dialect
) -> Select[Any]:
    """The rows that have the keys `wanted`: the key, then what is read."""
    query = select(*key, *read)
    if len(key) == 1:
        return query.where(key[0].in_([only for (only,) in wanted]))
    if dialect.name != "sqlite":
        return query.where(tuple_(*key).in_(wanted))
    # for a list of tuples SQLite looks through the whole table; what it joins it looks up
    processors = [one.type.dialect_impl(dialect).bind_processor(dialect) for one in key]
    as_kept = [[process(v) if process else v for process, v in zip(processors, one, strict=True)] for one in wanted]
    given = func.json_each(json.dumps(as_kept)).table_valued("value")
    same = (one == func.json_extract(given.c.value, f"$[{place}]") for place, one in enumerate(key))
    return query.join_from(given, key[0].table, and_(*same))
