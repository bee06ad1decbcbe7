"""Imports a table of a documented kind with all that follows from its rows, whichever way it came."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.importers.followed_kind import FollowedKind
from data.importers.importing import KINDS, CheckedTable, check_table, import_file
from data.importers.kinds.courier_kinds import COURIER_TERMS
from data.importers.kinds.place_kinds import SENSORS
from data.importers.kinds.purchase_order_kinds import PURCHASE_ORDERS
from data.importers.kinds.stock_kinds import LOTS, READINGS, STOCK
from data.importers.kinds.whole_stock import QUANTITIES
from data.importers.result import ImportResult
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.tables import Table
from data.importers.rows.values import MOMENT, BadValue
from flows.coldchain.sensors.imported_sensors import followed_sensors
from flows.couriers.imported_terms import followed_courier_terms
from flows.errors import Invalid
from flows.ordering.placing_by_hand import followed_purchase_orders
from flows.stock.imported_lots import followed_lots
from flows.stock.imported_stock_lists import followed_stock_list
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS

Admit = Callable[[Records, Known], None]


@dataclass(frozen=True)
class HowToImport:
    """What is asked of an import. `whole_stock` and `counted_at` are for lots and stock: the table names all that its
    warehouses have, and how old it is (without an offset, local to each warehouse)."""

    skip_bad_rows: bool = False
    whole_stock: bool = False
    counted_at: datetime | None = None


def how_to_import(
    kinds: Collection[str],
    skip_bad_rows: bool = False,
    whole_stock: bool = False,
    counted_at: str = "",
    called: Mapping[str, str] | None = None,
) -> HowToImport:
    """The options as they are asked for. Raises Invalid for one that does not go with the kinds or with another, by the
    names that options are `called` where they were asked."""
    name = {option: (called or {}).get(option, option) for option in ("skip_bad_rows", "whole_stock", "counted_at")}
    asked = {"whole_stock": whole_stock, "counted_at": bool(counted_at)}
    for option, is_asked in asked.items():
        if is_asked and not QUANTITIES.keys() & set(kinds):
            raise Invalid(
                "{option} goes with {quantities} only.",
                option=name[option],
                quantities=QUANTITIES,
                field=name[option],
            )
    if whole_stock and skip_bad_rows:
        raise Invalid(
            "{option} does not go with {other}: what stands in a bad row would be counted as 0.",
            option=name["whole_stock"],
            other=name["skip_bad_rows"],
            field=name["whole_stock"],
        )
    try:
        moment = MOMENT.read(counted_at) if counted_at else None
    except BadValue as error:
        raise Invalid(
            "{option} {counted_at!r} {why}",
            option=name["counted_at"],
            counted_at=counted_at,
            why=error,
            field=name["counted_at"],
        ) from error
    return HowToImport(skip_bad_rows, whole_stock, moment)


def import_documented_file(
    engine: Engine,
    kind: str,
    path: Path,
    how: HowToImport = HowToImport(),
    *,
    now: datetime,
    overdue_counts: timedelta = OVERDUE_COUNTS,
    progress: Callable[[int], None] | None = None,
) -> ImportResult:
    """Imports a file; parameters and errors are those of `data.importers.importing.import_file`."""
    followed = _followed(kind, how, overdue_counts)
    return followed.told(
        import_file(engine, followed.kind, path, skip_bad_rows=how.skip_bad_rows, now=now, progress=progress)
    )


def check_documented_table(
    session: Session,
    kind: str,
    table: Table,
    how: HowToImport,
    *,
    now: datetime,
    by: str,
    overdue_counts: timedelta = OVERDUE_COUNTS,
    admit: Admit = lambda records, known: None,
) -> "CheckedDocumentedTable":
    """Checks what somebody sent, on a session that need not write; `admit` raises where rows may not be written by who
    sent them. Raises BadFile."""
    followed = _followed(kind, how, overdue_counts)
    rules = replace(followed.kind, admit=admit)
    return CheckedDocumentedTable(
        followed, check_table(session, rules, table, skip_bad_rows=how.skip_bad_rows, now=now, by=by)
    )


@dataclass(frozen=True)
class CheckedDocumentedTable:
    """What somebody sent, found good and not kept yet."""

    followed: FollowedKind
    checked: CheckedTable

    def close(self) -> None:
        """Lets go of the rows, kept or not."""
        self.checked.close()

    def keep(self, session: Session) -> ImportResult:
        """Keeps it, with all that follows from it, in the session's transaction. Raises BadFile; then that must be
        undone."""
        return self.followed.told(self.checked.keep(session))


def _followed(kind: str, how: HowToImport, overdue_counts: timedelta) -> FollowedKind:
    if kind == READINGS.name:
        from flows.coldchain.readings.imported_readings import followed_readings  # slow to import, and only wanted here

        return followed_readings()
    if kind == SENSORS.name:
        return followed_sensors()
    if kind == PURCHASE_ORDERS.name:
        return followed_purchase_orders(overdue_counts)
    if kind == LOTS.name:
        return followed_lots(overdue_counts, how.counted_at, how.whole_stock)
    if kind == STOCK.name:
        return followed_stock_list(overdue_counts, how.counted_at, how.whole_stock)
    if kind == COURIER_TERMS.name:
        return followed_courier_terms()
    return FollowedKind(KINDS[kind])
