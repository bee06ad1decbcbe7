"""Whatever is counted, taken out and brought back, in whatever order it is entered: the ledger's last word is what is
left, it is never below zero, and it is what the last count found and what came and went after it."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import count

from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from data.bulk import write_rows
from data.database import MIGRATIONS, reading, writing
from data.tables import LotRow, StockChangeKind, StockChangeRow
from flows.errors import NotNow
from flows.stock.counting import StockCount, count_stock
from flows.stock.moving import Transfer, move_to_warehouse
from flows.stock.returning import return_to_stock
from flows.stock.writing_off import WriteOff, WriteOffReason, write_off

from .conftest import MORNING, lot_row

_lots = count(1)
LATER = MORNING + timedelta(days=2)
happening = st.tuples(st.sampled_from(["count", "write off", "return", "move"]), st.integers(0, 23), st.integers(0, 15))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=st.lists(happening, max_size=8, unique_by=lambda one: one[1]))
def test_what_is_left_is_what_the_last_count_found_and_what_came_and_went_after_it(shelves: Engine, happenings) -> None:
    lot_id = f"H{next(_lots)}"
    with writing(shelves) as session:
        session.add(lot_row(lot_id, "rice", 10, None))
    counted_at, found = MORNING, 10
    entered: list[tuple[object, int]] = []  # moment and quantity of what came and went, all of it
    since: int = 0  # of it, what is not in the count
    for n, (what, hour, quantity) in enumerate(happenings):
        at = MORNING + timedelta(hours=hour, minutes=1)
        with suppress(NotNow), writing(shelves) as session:
            _do(session, what, f"{lot_id}-{n}", lot_id, Decimal(quantity), at)
            if what == "count":
                counted_at, found = at, quantity
                since = max(sum(more for moment, more in entered if moment > at), -quantity)
            elif quantity:
                more = quantity if what == "return" else -quantity
                # what comes back or is carried away is entered as it happens
                entered.append((at if what == "write off" else LATER, more))
                since += more
        with reading(shelves) as session:
            lot = session.get_one(LotRow, ("W1", lot_id))
            assert (lot.quantity_on_hand, lot.counted_at) == (found + since, counted_at)
            of_lot = (StockChangeRow.warehouse_id == "W1", StockChangeRow.lot_id == lot_id)
            ledger = session.scalars(select(StockChangeRow).where(*of_lot).order_by(StockChangeRow.change_no)).all()
            assert [change.change_no for change in ledger] == list(range(1, len(ledger) + 1))
            assert min([lot.quantity_on_hand, *(change.left for change in ledger)]) >= 0
            assert lot.quantity_on_hand == (ledger[-1].left if ledger else 10)
            assert lot.quantity_on_hand == 10 + sum(change.quantity for change in ledger)


def test_changes_that_were_there_before_are_numbered_by_lot(shelves: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = shelves
    command.downgrade(config, "0008")
    columns = ("change_id", "warehouse_id", "lot_id", "kind", "quantity", "left", "happened_at", "known_at", "by")
    with writing(shelves) as session:
        rows = [(f"c{n}", "W1", lot, StockChangeKind.WRITTEN_OFF, -1, 5 - n, at, at, "Li")
                for n, lot, at in ((2, "R", LATER), (1, "R", MORNING), (3, "S-old", MORNING))]  # fmt: skip
        write_rows(session.connection(), StockChangeRow.__table__, columns, rows)

    command.upgrade(config, "head")

    with reading(shelves) as session:
        kept = {row.change_id: (row.action_id, row.change_no) for row in session.scalars(select(StockChangeRow))}
    assert kept == {"c1": ("c1", 1), "c2": ("c2", 2), "c3": ("c3", 1)}


def _do(session, what: str, id: str, lot_id: str, quantity: Decimal, at) -> None:
    match what:
        case "count":
            count_stock(session, id, StockCount("W1", at, [(lot_id, quantity)]), LATER, "Li")
        case "write off" if quantity:
            asked = WriteOff("W1", [(lot_id, quantity)], WriteOffReason.DAMAGED, at)
            write_off(session, id, asked, LATER, "Li")
        case "return" if quantity:
            return_to_stock(session, id, "W1", "rice", quantity, LATER, "Li", lot_id)
        case "move" if quantity:
            move_to_warehouse(session, id, Transfer("W1", lot_id, "W2", quantity), LATER, "Li")
