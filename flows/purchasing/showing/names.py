"""The names of the warehouses, products, suppliers and categories that a plan's notes and changes tell of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.languages import listed
from data.tables import NameKind, ProductRow, SupplierRow, WarehouseRow
from data.tables.names import names_of

# value of a note -> what its ids are of
OF_NOTES = {
    "warehouse": "warehouses", "from_warehouse": "warehouses", "warehouses": "warehouses", "product": "products",
    "supplier": "suppliers", "category": "categories",
}  # fmt: skip
SEVERAL = "warehouses"  # the value that holds more than one id, joined by commas


@dataclass(frozen=True)
class Names:
    """What people call warehouses, products and suppliers, by id, and categories; what has no name stands for
    itself."""

    warehouses: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    suppliers: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)

    def in_note(self, note: Mapping[str, Any]) -> dict[str, Any]:
        """A note with names in place of its ids, in what it lists too."""
        named = dict(note)
        for key, value in note.items():
            if isinstance(value, list):
                named[key] = [self.in_note(one) for one in value]
            elif key in OF_NOTES and value is not None:
                of_kind = getattr(self, OF_NOTES[key])
                named[key] = listed(of_kind.get(one, one) for one in _ids(key, value))
        return named


NO_NAMES = Names()


def names_in(session: Session, notes: Iterable[Mapping[str, Any]]) -> Names:
    """The names of all that these notes tell of."""
    ids: dict[str, set[str]] = {kind: set() for kind in OF_NOTES.values()}
    _gather(notes, ids)
    return Names(
        _named(session, WarehouseRow.warehouse_id, WarehouseRow.name, ids["warehouses"]),
        _named(session, ProductRow.product_id, ProductRow.name, ids["products"]),
        _named(session, SupplierRow.supplier_id, SupplierRow.name, ids["suppliers"]),
        names_of(session, NameKind.CATEGORIES) if ids["categories"] else {},
    )


def _gather(notes: Iterable[Mapping[str, Any]], ids: Mapping[str, set[str]]) -> None:
    for note in notes:
        for key, value in note.items():
            if isinstance(value, list):
                _gather(value, ids)
            elif key in OF_NOTES and value is not None:
                ids[OF_NOTES[key]] |= set(_ids(key, value))


def _ids(key: str, value: str) -> list[str]:
    return value.split(", ") if key == SEVERAL else [value]


def _named(session: Session, id_column: Any, name: Any, ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    return dict(session.execute(select(id_column, name).where(id_column.in_(ids))).tuples().all())
