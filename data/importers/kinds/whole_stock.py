"""A file of lots, or a stock list, as a count: how old it is, and that it names all there is.

Then what it does not name of its warehouses is counted as 0, at the latest moment that the file says of the warehouse.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import Connection

from data.importers.kind import ImportKind
from data.importers.kinds.stock_kinds import LOTS, STOCK
from data.importers.problems import BadFile
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import BadValue, moment_of_local_time
from data.kept.stock_ledger import LotChange, write_changes
from data.kept.whole_counts import lots_not_found
from data.tables import StockChangeKind

QUANTITIES = {LOTS.name: "quantity_on_hand", STOCK.name: "quantity"}


@dataclass
class CountedFile:
    """What the file of an import has named so far; begins anew with every transaction. `counted_at` holds for rows
    that do not say it; without an offset it is local to each warehouse. `absent` is how many lots were not named."""

    rules: ImportKind
    counted_at: datetime | None
    whole: bool
    moments: dict[str, datetime] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict)
    absent: int = 0

    def kind(self) -> ImportKind:
        """The file's kind, kept as such a count; the rules as they are where nothing is said of it."""
        if self.counted_at is None and not self.whole:
            return self.rules
        return replace(self.rules, begin=self._begin, complete=self._complete, keep=self._keep, finish=self._finish)

    def notes(self) -> tuple[str, ...]:
        """What is to be said of the lots that it did not name."""
        if not self.whole:
            return ()
        one = self.absent == 1
        named = f"{self.absent:,} lot{'' if one else 's'} that the file does not name"
        return (f"{named} {'is' if one else 'are'} counted as 0.",)

    def _begin(self, connection: Connection, known: Known) -> None:
        self.moments, self.named, self.absent = {}, {}, 0
        self.rules.begin(connection, known)

    def _complete(self, records: Records, known: Known) -> None:
        if (quantity := QUANTITIES[self.rules.name]) not in records.texts:
            raise BadFile(f"The table lacks the column {quantity}, so it does not say what is there: import it without "
                          "the options of a count, whole stock and counted at.")  # fmt: skip
        if (moment := self.counted_at) is not None:
            records.fill("counted_at", lambda row: _moment_there(moment, records, row, known))
        self.rules.complete(records, known)

    def _keep(self, connection: Connection, records: Records, known: Known) -> None:
        named = "lot_id" if self.rules.name == LOTS.name else "product_id"
        for warehouse_id, name, counted_at in records.good("warehouse_id", named, "counted_at"):
            self.named.setdefault(warehouse_id, set()).add(name)
            self.moments[warehouse_id] = max(counted_at, self.moments.get(warehouse_id, counted_at))
        self.rules.keep(connection, records, known)

    def _finish(self, connection: Connection, known: Known) -> None:
        self.rules.finish(connection, known)
        if not self.whole:
            return
        by = "lots" if self.rules.name == LOTS.name else "products"
        changes = [
            LotChange(warehouse_id, lot_id, StockChangeKind.COUNTED, Decimal(0), moment, moment)
            for warehouse_id, moment in self.moments.items()
            for lot_id in lots_not_found(connection, warehouse_id, moment, **{by: self.named[warehouse_id]})
        ]
        self.absent = write_changes(connection, changes, f"import-{uuid4().hex}", known.by)


def _moment_there(moment: datetime, records: Records, row: int, known: Known) -> datetime:
    zone = known.zone("warehouse_id", records.values["warehouse_id"][row])
    if moment.tzinfo is None and zone is not None:
        moment = moment_of_local_time(moment, zone)
    if moment > known.now:
        raise BadValue("lies in the future", "Say when it was counted, as 2026-03-01T22:00 at the warehouse")
    return moment
