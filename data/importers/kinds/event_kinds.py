"""Files of what makes a day other than usual: fairs, school holidays, strikes, and days without business."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, select

from data.bulk import write_rows
from data.importers.kind import Column, ImportKind, Once
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import DAY, ID, MOMENT, TEXT, YES_NO
from data.tables import EventRow, WarehouseRow

TABLE = cast(Table, EventRow.__table__)
# What is planned is known when the first forecast that reaches it is made: so past years, which are imported long
# after, were known to somebody in time.
KNOWN_BEFORE = timedelta(days=14)
LONGEST = timedelta(days=366)
CLOSED = frozenset({"closed", "closed day", "closed days", "closure"})
PUBLIC_HOLIDAYS = frozenset({"holiday", "holidays", "public holiday", "public holidays", "bank holiday"})
SAID = ("name", "kind", "first_day", "last_day", "warehouse_id", "city", "closed", "cancelled")


def _complete_events(records: Records, known: Known) -> None:
    kept = _kept_versions(records, known)
    records.values.setdefault("known_at", [None] * len(records))
    undated = [row for row in records.good_rows() if records.values["known_at"][row] is None]
    # rows about one event that are not all dated would be taken in the order of the file
    records.values["dated"] = [None] * len(records)
    for row in undated:
        records.values["dated"][row] = f"not, line {records.lines[row]}"
    _take_over_what_the_file_lacks(records, kept)
    records.fill("closed", lambda row: _of_kind(records, row) in CLOSED)
    records.fill("cancelled", lambda row: False)
    for row in undated:
        if row not in records.bad:
            versions = kept.get(records.values["event_id"][row], ())
            records.values["known_at"][row] = _known_from(records, row, versions[-1] if versions else None, known.now)
    _refuse_what_is_nowhere_or_never(records, known)
    _refuse_other_kinds(records)


def _kept_versions(records: Records, known: Known) -> dict[str, list[Row[Any]]]:
    """What is kept of the events of the file, by event the earliest version first."""
    ids = set(records.values["event_id"]) - {None}
    query = select(TABLE).where(TABLE.c.event_id.in_(ids)).order_by(TABLE.c.event_id, TABLE.c.known_at)
    versions: dict[str, list[Row[Any]]] = {}
    for row in known.rows(query):
        versions.setdefault(row.event_id, []).append(row)
    return versions


def _take_over_what_the_file_lacks(records: Records, kept: dict[str, list[Row[Any]]]) -> None:
    """Gives columns that the file lacks the values of the version that each row replaces."""
    lacking = [name for name in SAID if name not in records.values]
    for name in lacking:
        records.values[name] = [None] * len(records)
    for row in records.good_rows():
        moment = records.values["known_at"][row]
        before = [
            one for one in kept.get(records.values["event_id"][row], ()) if moment is None or one.known_at <= moment
        ]
        for name in lacking if before else ():
            records.values[name][row] = getattr(before[-1], name)
        if "closed" in lacking and _of_kind(records, row) in CLOSED:
            records.values["closed"][row] = True


def _known_from(records: Records, row: int, latest: Row[Any] | None, now: datetime) -> datetime:
    """Since when an event is known of which the file does not tell: in time for the forecasts that reach it, but not
    after the import. What changes an event is known from the import on; what corrects the past, as long as the past."""
    said = {name: records.values[name][row] for name in SAID}
    if latest is None:
        first: date = said["first_day"]
        return min(datetime(first.year, first.month, first.day, tzinfo=UTC) - KNOWN_BEFORE, now)
    same = all(getattr(latest, name) == value for name, value in said.items())
    over = max(latest.last_day, said["last_day"]) < now.astimezone(UTC).date()
    kept: datetime = latest.known_at
    return kept if same or over else max(kept, now)


def _refuse_what_is_nowhere_or_never(records: Records, known: Known) -> None:
    cities = {row.city for row in known.rows(select(WarehouseRow.city).distinct())}
    for row in records.good_rows():
        city, warehouse_id = records.values["city"][row], records.values["warehouse_id"][row]
        first, last = records.values["first_day"][row], records.values["last_day"][row]
        if last < first:
            records.refuse(row, "last_day", "lies before first_day", "Correct one of the two")
        elif last - first >= LONGEST:
            remedy = "Correct one of the two; what comes every year has a row for each year"
            records.refuse(row, "last_day", f"lies {(last - first).days} days after first_day", remedy)
        elif city is not None and warehouse_id is not None:
            records.refuse(row, "city", f"is given beside warehouse {warehouse_id}", "Give one of the two")
        elif city is not None and city not in cities:
            remedy = f"Write one of {', '.join(sorted(cities)[:5])}" if cities else "Import the warehouses first"
            records.refuse(row, "city", "has no warehouse", remedy)


def _refuse_other_kinds(records: Records) -> None:
    """Public holidays are known by the warehouse's place, and would count twice; a closed day that is none says two
    things."""
    for row in records.good_rows():
        kind = _of_kind(records, row)
        if kind in PUBLIC_HOLIDAYS:
            remedy = (
                "Leave the row out: public holidays are those of the warehouse's country and subdivision. For a day "
                "without business write the kind closed, for another day the kind that it is, as school holidays"
            )
            records.refuse(row, "kind", "would be taken for a public holiday of the calendar", remedy)
        elif kind in CLOSED and not records.values["closed"][row]:
            remedy = "Write 1 where the warehouse does no business, else another kind"
            records.refuse(row, "closed", f"is 0 beside the kind {kind}", remedy)


def _of_kind(records: Records, row: int) -> str:
    return " ".join(str(records.values["kind"][row]).casefold().replace("_", " ").split())


def _keep_events(connection: Connection, records: Records, known: Known) -> None:
    """What the file lacks has been taken over, so that all columns of a version can be written."""
    names: Sequence[str] = ("event_id", "known_at", *SAID)
    write_rows(connection, TABLE, names, records.good(*names))


EVENTS = ImportKind(
    "events",
    "What makes local days other than usual: fairs, school holidays, strikes, and days on which a warehouse is closed.",
    (
        Column("event_id", ID, "the event; each year's is one of its own"),
        Column("name", TEXT, "as people call it; the same every year: by it its effect is learned"),
        Column("kind", TEXT, "what it is, as fair, school holidays, strike, closed: kinds share what is learned; "
               "public holidays are known by the warehouse's country and are refused"),
        Column("first_day", DAY, "first local day"),
        Column("last_day", DAY, "last local day, at most a year later"),
        Column("warehouse_id", ID, "where, if in one warehouse alone", required=False, refers="warehouses"),
        Column("city", TEXT, "where, if in all warehouses of a city; both empty: everywhere", required=False),
        Column("closed", YES_NO, "the warehouse does no business on these days; default: 1 for the kind closed, else 0",
               required=False),
        Column("cancelled", YES_NO, "it does not take place; default: 0", required=False),
        Column("known_at", MOMENT, "when it was planned: forecasts made before do not see it; default: 14 days before "
               "first_day begins, in UTC, or the import, if that is earlier; of a change to what is kept, the import. "
               "Without an offset it is local to the warehouses concerned, if they share a time zone",
               required=False, zone_by=("warehouse_id", "city"), past=True),
    ),
    (
        Once(("event_id", "known_at")),
        Once(("event_id",), ("dated",), "Write known_at in each of them, or keep the row that is right"),
    ),
    _keep_events,
    _complete_events,
    rules=(
        "A row with the same event_id and a later known_at replaces the event from then on: moved, renamed, or "
        "`cancelled`. A row without known_at that changes an event which is over, and stays so, corrects it. Nothing "
        "is forecast or bought for a closed day, and its missing sales teach nothing.",
    ),
)  # fmt: skip
