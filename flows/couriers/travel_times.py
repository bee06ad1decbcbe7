"""A warehouse's matrix of riding times: as the staffing takes it, as a file that can be imported again, forgotten."""

import csv
from io import StringIO
from typing import Final

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from data.tables import TravelTimeRow
from data.tables.couriers import WAREHOUSE
from flows.spreadsheet_cells import in_csv
from warehouse.couriers.travel import Travel

COLUMNS: Final = ("warehouse_id", "from_place", "to_place", "minutes", "orders")


def travel_of(session: Session, warehouse_id: str) -> Travel | None:
    """The matrix that was imported; None where there is none, so ways are straight lines."""
    row = TravelTimeRow
    query = select(row.from_place, row.to_place, row.minutes, row.orders).where(row.warehouse_id == warehouse_id)
    ways = session.execute(query).tuples().all()
    if not ways:
        return None
    places = [WAREHOUSE, *sorted({place for begin, end, _, _ in ways for place in (begin, end)} - {WAREHOUSE})]
    number = {place: at for at, place in enumerate(places)}
    minutes, orders = np.full((len(places), len(places)), np.nan), np.ones(len(places))
    np.fill_diagonal(minutes, 0.0)
    for begin, end, takes, go_there in ways:
        minutes[number[begin], number[end]] = takes
        if begin == WAREHOUSE and go_there is not None:
            orders[number[end]] = go_there
    orders[0] = 0.0
    return Travel(np.where(np.isnan(minutes), minutes.T, minutes), orders / orders.sum())


def travel_times_csv(session: Session, warehouse_id: str) -> str | None:
    """The rows of the matrix, in order; None where there is none."""
    row = TravelTimeRow
    query = select(row.from_place, row.to_place, row.minutes, row.orders).where(row.warehouse_id == warehouse_id)
    ways = session.execute(query.order_by(row.from_place, row.to_place)).tuples().all()
    if not ways:
        return None
    written = StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows((*map(in_csv, (warehouse_id, begin, end)), minutes, orders) for begin, end, minutes, orders in ways)
    return written.getvalue()


def forget_travel_times(session: Session, warehouse_id: str) -> None:
    """Takes the matrix back, so that ways are straight lines again; does nothing where there is none."""
    session.execute(delete(TravelTimeRow).where(TravelTimeRow.warehouse_id == warehouse_id))
