"""Files of what makes days other than usual: fairs, school holidays, strikes, and days without business."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from data.importers.kind import Column, ImportKind, Once, kept_as
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import DAY, ID, MOMENT, TEXT, YES_NO
from data.tables import EventRow, WarehouseRow

# What is planned is known when the first forecast that reaches it is made. The moment of the import would be honest
# too, but a file imported again would then say something else, and past years would have been known to nobody.
KNOWN_BEFORE = timedelta(days=14)


def _complete_events(records: Records, known: Known) -> None:
    def known_at(row: int) -> datetime:
        day = records.values["first_day"][row]
        return datetime(day.year, day.month, day.day, tzinfo=UTC) - KNOWN_BEFORE

    records.fill("known_at", known_at)
    known.stand_in(EventRow, records, "warehouse_id", "city", "closed", "cancelled")
    for flag in ("closed", "cancelled"):
        records.fill(flag, lambda row: False)
    cities = {row.city for row in known.rows(select(WarehouseRow.city).distinct())}
    for row in records.good_rows():
        city, warehouse_id = records.values["city"][row], records.values["warehouse_id"][row]
        if records.values["last_day"][row] < records.values["first_day"][row]:
            records.refuse(row, "last_day", "lies before first_day", "Correct one of the two")
        elif city is not None and warehouse_id is not None:
            records.refuse(row, "city", f"is given beside warehouse {warehouse_id}", "Give one of the two")
        elif city is not None and city not in cities:
            remedy = f"Write one of {', '.join(sorted(cities)[:5])}" if cities else "Import the warehouses first"
            records.refuse(row, "city", "has no warehouse", remedy)


EVENTS = ImportKind(
    "events",
    "What makes local days other than usual: fairs, school holidays, strikes, and days on which a warehouse is closed.",
    (
        Column("event_id", ID, "the event; each year's is one of its own"),
        Column("name", TEXT, "as people call it; the same every year: by it its effect is learned"),
        Column("kind", TEXT, "what it is, as fair, school holidays, strike, inventory: kinds share what is learned"),
        Column("first_day", DAY, "first local day"),
        Column("last_day", DAY, "last local day"),
        Column("warehouse_id", ID, "where, if in one warehouse alone", required=False, refers="warehouses"),
        Column("city", TEXT, "where, if in all warehouses of a city; both empty: everywhere", required=False),
        Column("closed", YES_NO, "the warehouse does no business on these days; default: 0", required=False),
        Column("cancelled", YES_NO, "it does not take place; default: 0", required=False),
        Column("known_at", MOMENT, "when it was planned: forecasts made before do not see it; default: 14 days before "
               "first_day begins, in UTC", required=False, zone_by="warehouse_id", past=True),
    ),
    (Once(("event_id", "known_at")),),
    kept_as(EventRow),
    _complete_events,
    rules=(
        "A row with the same event_id and a later known_at replaces the event from then on: moved, renamed, or "
        "`cancelled`. Nothing is forecast or bought for a closed day, and its missing sales teach nothing.",
    ),
)  # fmt: skip
