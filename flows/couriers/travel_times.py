"""A warehouse's matrix of riding times, as the staffing takes it."""

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import TravelTimeRow
from data.tables.couriers import WAREHOUSE
from warehouse.couriers.travel import Travel


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
