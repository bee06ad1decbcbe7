"""A region has one clock: refuses what would bring warehouses that sell by another one into it."""

from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.local_days import same_clock

_REMEDY = "Correct the time zone, or keep warehouses of another clock in a database of their own"


def refuse_sales_by_another_clock(records: Records, known: Known) -> None:
    """Refuses rows (with warehouse_id) about what a warehouse sold whose clock is not that of the others that sell."""
    for row in records.good_rows():
        warehouse_id = records.values["warehouse_id"][row]
        if warehouse_id in known.selling:
            continue
        zone = known.ids("warehouses")[warehouse_id]
        if problem := _another_clock(zone, known):
            records.refuse(row, "warehouse_id", f"has the clock of {zone}: {problem}", _REMEDY)
        else:
            known.selling[warehouse_id] = zone


def refuse_warehouses_of_another_clock(records: Records, known: Known) -> None:
    """Refuses new warehouses (warehouse_id, timezone) whose clock is not that of those that sell."""
    for row in records.good_rows():
        if records.values["warehouse_id"][row] in known.selling:
            continue  # its own zone is held by what it sold
        if problem := _another_clock(records.values["timezone"][row], known):
            records.refuse(row, "timezone", f"has another clock: {problem}", _REMEDY)


def _another_clock(zone: str, known: Known) -> str | None:
    for other_id, other in known.selling.items():
        if not same_clock(zone, other, known.now):
            return f"the region sells by that of {other} (warehouse {other_id})"
    return None
