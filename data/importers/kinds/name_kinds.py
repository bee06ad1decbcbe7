"""Files of what things are called in a language: products and their categories, suppliers, places, sensors, coolers."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, cast

from sqlalchemy import Connection, Select, Table, select, union, update

from data.bulk import write_rows
from data.importers.kind import Column, ImportKind, Once
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import TEXT, one_of
from data.tables import (
    ActuatorRow,
    Language,
    Named,
    NameKind,
    NameRow,
    ProductRow,
    SensorRow,
    SupplierRow,
    WarehouseRow,
    ZoneRow,
)
from data.tables.changing import UPDATED_AT, moment_of_change

ROWS: Final[Mapping[NameKind, type[Named]]] = {
    row.NAMES_OF: row for row in (ProductRow, SupplierRow, WarehouseRow, ZoneRow, SensorRow, ActuatorRow)
}
TEXTS: Final[Mapping[NameKind, Any]] = {
    NameKind.CATEGORIES: select(ProductRow.category),
    NameKind.SUBCATEGORIES: select(ProductRow.subcategory),
    NameKind.CITIES: union(select(WarehouseRow.city), select(SupplierRow.city)),
}
ASKED_AT_ONCE: Final = 500  # ids whose rows have changed


def _ids_of(kind: NameKind) -> Select[Any]:
    return TEXTS[kind] if kind in TEXTS else select(getattr(ROWS[kind], ROWS[kind].ID))


def _refuse_names_of_nothing(records: Records, known: Known) -> None:
    there: dict[NameKind, set[str]] = {}
    for row in records.good_rows():
        kind, id = records.values["kind"][row], records.values["id"][row]
        if kind not in there:
            there[kind] = {one for (one,) in known.rows(_ids_of(kind))}
        if id not in there[kind]:
            remedy = f"Correct it, or import the {kind} first"
            if kind is NameKind.CITIES:
                remedy = "Write it as the warehouses and suppliers have it, or import them first"
            elif kind in TEXTS:
                remedy = "Write it as the products have it, or import its products first"
            records.refuse(row, "id", f"is not among the {kind}", remedy)


def _keep_names(connection: Connection, records: Records, known: Known) -> None:
    """What is called otherwise than before has changed, for who asks what did."""
    names = "kind", "id", "language", "name"
    before = known.kept(NameRow, records, ["name"])
    told = [row for row in records.good(*names) if before.get(tuple(row[:3])) != tuple(row[3:])]
    write_rows(connection, cast(Table, NameRow.__table__), names, told)
    changed: defaultdict[NameKind, set[str]] = defaultdict(set)
    for kind, id, *_ in told:
        changed[kind].add(id)
    for kind, ids in changed.items():
        table = cast(Table, ROWS[kind].__table__) if kind in ROWS else None  # type: ignore[attr-defined]  # of a row
        if table is None or UPDATED_AT not in table.columns:
            continue
        some = sorted(ids)
        for first in range(0, len(some), ASKED_AT_ONCE):
            which = table.columns[ROWS[kind].ID].in_(some[first : first + ASKED_AT_ONCE])
            connection.execute(update(table).where(which).values({UPDATED_AT: moment_of_change()}))


NAMES: Final = ImportKind(
    "names",
    "What things are called in a language: shown to who reads it, in place of the name that they have anyway.",
    (
        Column("kind", one_of(NameKind), "of what"),
        Column("id", TEXT, "its id; of a category, subcategory or city as products, warehouses and suppliers write it"),
        Column("language", one_of(Language), "who reads it"),
        Column("name", TEXT, "what it is called in that language"),
    ),
    (Once(("kind", "id", "language")),),
    _keep_names,
    _refuse_names_of_nothing,
    rules=(
        "Where a thing has no name in a language, its plain one is shown: the `name` of its own file, the category, "
        "subcategory or city itself. These stay what rows are known by, filtered by and imported with.",
    ),
)
