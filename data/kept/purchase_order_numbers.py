"""Numbers that people call purchase orders by: `PO-20261127-014`, the day of the order and which one of that day."""

import re
from datetime import date, datetime
from typing import cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import PurchaseOrderNumberRow

OURS = re.compile(r"PO-(\d{8})-(\d{3,9})", re.ASCII)


def next_number(session: Session, order_date: date) -> str:
    """The next number of an order day; nobody else gets it, and whoever asks at the same time waits."""
    return next_numbers(session, order_date, 1)[0]


def next_numbers(session: Session, order_date: date, how_many: int) -> list[str]:
    """The next numbers of an order day; nobody else gets them, and whoever asks at the same time waits."""
    counter = _counter(session, order_date)
    first = counter.highest + 1
    counter.highest += how_many
    return [f"PO-{order_date:%Y%m%d}-{number:03}" for number in range(first, first + how_many)]


def keep_free_of(session: Session, number: str) -> None:
    """Gives out no number up to this one, where somebody else gave it and it looks like one of ours."""
    if match := OURS.fullmatch(number):
        try:
            order_date = datetime.strptime(match[1], "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:  # digits that are no day: no number of ours
            return
        counter = _counter(session, order_date)
        counter.highest = max(counter.highest, int(match[2]))


def _counter(session: Session, order_date: date) -> PurchaseOrderNumberRow:
    session.flush()
    table = cast(Table, PurchaseOrderNumberRow.__table__)
    write_rows(session.connection(), table, ["order_date", "highest"], [(order_date, 0)], "ignore")
    return session.get_one(PurchaseOrderNumberRow, order_date, with_for_update=True, populate_existing=True)
