"""Who may import what: `imports:write` opens every kind, and a kind of which rows can be entered one at a time opens to
the scope of that too.

A key of some warehouses imports rows of these alone: a row of another warehouse, one that names none, and what is kept
under the name of another warehouse's thing are refused, and so are kinds that all warehouses share."""

from typing import Annotated, Final

from fastapi import Path
from sqlalchemy.orm import Session

from api import texts
from api.named_warehouses import OF_WAREHOUSES, WAREHOUSES, warehouses_named
from api.problems import Forbidden, NotFound
from api.security import Principal, Scope, told_to_require
from api.values import PRINTABLE
from data.importers.importing import KINDS
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.languages import say

ALSO: Final = {
    "purchase-orders": Scope.ORDERS_WRITE,
    "lots": Scope.RECEIPTS_WRITE,
    "inspections": Scope.RECEIPTS_WRITE,
    "stock": Scope.STOCK_WRITE,
    "readings": Scope.READINGS_WRITE,
}
OF_ALL_WAREHOUSES: Final = frozenset(
    {"warehouses", "products", "shelf-life-classes", "category-terms"}
    | {"suppliers", "closures", "supplier-terms", "transfer-terms", "offers", "events", "names"}
)
KindName = Annotated[str, Path(max_length=64, pattern=PRINTABLE, json_schema_extra={"enum": list(KINDS)})]
LEAD_TO_A_WAREHOUSE: Final = ("warehouse_id", "zone_id", "sensor_id")
CALLED_OTHERWISE: Final = {"number": "order", "inspection_id": "id"}  # columns, by what requests call the same


def scopes_of(kind: str) -> list[Scope]:
    """The scopes of which one is needed."""
    return [Scope.IMPORTS_WRITE, *([ALSO[kind]] if kind in ALSO else [])]


def who_may_import(kind: KindName, asks: Annotated[Principal, told_to_require(Scope.IMPORTS_WRITE)]) -> Principal:
    """Who asks, where they may import the kind. Raises Forbidden, or NotFound for no kind."""
    if not any(map(asks.may, scopes_of(kind))):
        wanted = " or ".join(scopes_of(kind))
        raise Forbidden(say(texts.MISSING_SCOPE, scope=wanted, role=asks.role, scopes=sorted(asks.scopes)))
    if kind not in KINDS:
        raise NotFound(say(texts.NO_KIND, kind=kind[:40], kinds=KINDS))
    if asks.warehouses is not None and kind in OF_ALL_WAREHOUSES:
        own = sorted(asks.warehouses) or say("none")
        raise Forbidden(say(texts.OF_ALL_WAREHOUSES, own=own, kind=kind))
    return asks


class OwnRowsOnly:
    """Refuses rows that are not of one's own warehouses, as they are read; None for all warehouses."""

    def __init__(self, session: Session, own: frozenset[str] | None) -> None:
        self._session, self._own = session, own

    def __call__(self, records: Records, known: Known) -> None:
        """Raises Forbidden for a batch of rows in which one is of another warehouse or of none."""
        if self._own is None:
            return
        named = {CALLED_OTHERWISE.get(name, name): set(values) - {None} for name, values in records.values.items()}
        named = {name: values for name, values in named.items() if name in WAREHOUSES or name in OF_WAREHOUSES}
        others = warehouses_named(self._session, named) - self._own
        leads = [records.column(name) for name in LEAD_TO_A_WAREHOUSE if name in records.values]
        unnamed = sum(all(values[row] is None for values in leads) for row in records.good_rows())
        if others or unnamed:
            own = sorted(self._own) or say("none")
            raise Forbidden(say(texts.OTHER_WAREHOUSE, own=own, others=sorted(others) or say(texts.OF_NONE)))
