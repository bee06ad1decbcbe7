"""The metres that moves promised and saved, in the morning report: held to a walk of every order line by hand, over the
raw tables of moves and orders, on a floor of one straight aisle where a tour is as long as its farthest slot."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.worth.sums import By, Chosen
from data.local_days import start_of_day, today_there
from data.tables import (
    DailySalesRow,
    FloorPoint,
    FloorPointRow,
    MoveBatchRow,
    MoveRow,
    MoveStatus,
    OrderLineRow,
    SlotRow,
)
from flows.reports.morning.keeping_days import keep_days
from flows.reports.morning.report import Asked, Period, Told, morning_report
from tests.integration.flows.conftest import NOW

from .raw_days_added_up import MARKUP

ZONE = "Asia/Shanghai"
TODAY = today_there(NOW, ZONE)
LAST, BEFORE = TODAY - timedelta(days=1), TODAY - timedelta(days=2)
PLACES = {"leaf-1": 1, "leaf-5": 5, "chilled-2": 3, "ambient-3": 7}  # metres from the front, all in one aisle


@pytest.fixture
def floor(shop: Engine) -> Engine:
    """Spinach lies 5 m into the aisle and milk 3 m."""
    with writing(shop) as session:
        for slot_id, y_m in PLACES.items():
            session.execute(
                update(SlotRow).where(SlotRow.slot_id == slot_id).values(aisle="A", x_m=0, y_m=y_m, bay=y_m)
            )
        session.add(FloorPointRow(warehouse_id="W1", point=FloorPoint.START, x_m=0, y_m=0))
        session.add(DailySalesRow(warehouse_id="W1", product_id="milk", date=BEFORE, known_at=NOW, sales=1.0))
    return shop


def suggested(
    session: Session, name: str, at: datetime, product: str, target: str, promised: float | None = 1.5, hours: int = 1
) -> None:
    """A move suggested at a moment and made some hours later; 0: not made."""
    origin = session.scalars(select(SlotRow.slot_id).where(SlotRow.product_id == product)).one()
    session.add(
        MoveBatchRow(batch_id=name, warehouse_id="W1", created_at=at, lines=30,
                     metres_before=None if promised is None else 9.0,
                     metres_after=None if promised is None else 9.0 - promised)
    )  # fmt: skip
    session.flush()
    session.add(
        MoveRow(move_id=name, warehouse_id="W1", batch_id=name, product_id=product, rank=1, from_slot_id=origin,
                to_slot_id=target, metres_saved_per_day=1.0, reasons=[], created_at=at,
                status=MoveStatus.DONE if hours else MoveStatus.SUGGESTED,
                decided_at=at + timedelta(hours=hours) if hours else None)
    )  # fmt: skip
    if hours:
        session.execute(update(SlotRow).where(SlotRow.slot_id == origin).values(product_id=None))
        session.execute(update(SlotRow).where(SlotRow.slot_id == target).values(product_id=product))


def ordered(session: Session, at: datetime, *products: str) -> None:
    number = f"O{at.isoformat()}"
    session.add_all(
        OrderLineRow(warehouse_id="W1", order_id=number, line_no=line, product_id=product, ordered_at=at,
                     quantity=Decimal(1), known_at=at)
        for line, product in enumerate(products)
    )  # fmt: skip


def told(engine: Engine, period: Period = Period.DAY, until: date = LAST) -> dict[str, Told]:
    with reading(engine) as session:
        report = morning_report(session, Asked(period, until, Chosen("W1"), By.DAY), NOW)
    return {one.figure.name: one for one in report.told}


def walked_by_hand(engine: Engine) -> dict[date, tuple[float, float]]:
    """By the day on which moves were suggested, metres promised and saved: each batch's orders are walked where its
    product lay before and where it lay after, all others where they lay when its last move was made."""
    found: defaultdict[date, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    with reading(engine) as session:
        moves = session.scalars(select(MoveRow).where(MoveRow.status == MoveStatus.DONE)).all()
        orders: defaultdict[str, list[OrderLineRow]] = defaultdict(list)
        for line in session.scalars(select(OrderLineRow)):
            orders[line.order_id].append(line)
        now = {row.product_id: row.slot_id for row in session.scalars(select(SlotRow)) if row.product_id is not None}
        for move in moves:
            batch = session.get_one(MoveBatchRow, move.batch_id)
            made = move.decided_at
            if made is None or batch.metres_before is None or batch.metres_after is None:
                continue
            after = dict(now)
            for other in sorted(moves, key=lambda one: one.decided_at or NOW, reverse=True):
                if other.decided_at is not None and other.decided_at > made:
                    after[other.product_id] = str(other.from_slot_id)
            before = after | {move.product_id: str(move.from_slot_id)}
            lines, metres = 0, 0.0
            for of_order in orders.values():
                if made <= of_order[0].ordered_at < NOW:
                    lines += len(of_order)
                    metres += sum(
                        sign * 2 * max(PLACES[where[line.product_id]] for line in of_order)
                        for sign, where in ((1, before), (-1, after))
                    )
            day = today_there(batch.created_at, ZONE)
            promised, saved = found[day]
            found[day] = promised + (batch.metres_before - batch.metres_after) * lines, saved + metres
    return found


@pytest.mark.parametrize("seed", range(3))
def test_metres_are_those_that_a_walk_by_hand_comes_to(floor: Engine, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    begin = start_of_day(BEFORE, ZONE)
    with writing(floor) as session:
        suggested(session, "first", begin, "spinach", "leaf-1", 1.5)
        suggested(session, "second", begin + timedelta(hours=5), "milk", "ambient-3", 0.25)
        suggested(session, "third", start_of_day(LAST, ZONE), "spinach", "leaf-5", -0.5)
        suggested(session, "fourth", start_of_day(TODAY, ZONE) - timedelta(seconds=1), "milk", "leaf-1", 2.0)
        for minute in sorted(chance.sample(range(int((NOW - begin).total_seconds() / 60)), 40)):
            ordered(
                session, begin + timedelta(minutes=minute), *chance.sample(["spinach", "milk"], chance.choice([1, 2]))
            )
    keep_days(floor, "W1", NOW, MARKUP)

    slow = walked_by_hand(floor)

    by_day = told(floor)
    assert by_day["metres_promised"].value == pytest.approx(slow[LAST][0])
    assert by_day["metres_saved"].value == pytest.approx(slow[LAST][1])
    assert by_day["metres_promised"].before == pytest.approx(slow[BEFORE][0])
    assert by_day["metres_saved"].before == pytest.approx(slow[BEFORE][1])
    week = told(floor, Period.WEEK)
    assert week["metres_promised"].value == pytest.approx(slow[LAST][0] + slow[BEFORE][0])
    assert week["metres_saved"].value == pytest.approx(slow[LAST][1] + slow[BEFORE][1])
    assert all(slow[LAST])
    assert all(slow[BEFORE])


def test_moves_that_were_not_made_or_of_which_nothing_was_promised_count_nothing(floor: Engine) -> None:
    begin = start_of_day(LAST, ZONE)
    with writing(floor) as session:
        suggested(session, "not made", begin, "milk", "ambient-3", hours=0)
        suggested(session, "not promised", begin, "spinach", "leaf-1", promised=None)
        ordered(session, NOW - timedelta(hours=1), "spinach", "milk")
    keep_days(floor, "W1", NOW, MARKUP)

    found = told(floor)

    assert (found["metres_promised"].value, found["metres_saved"].value) == (0.0, 0.0)


def test_of_one_product_no_metres_are_told(floor: Engine) -> None:
    keep_days(floor, "W1", NOW, MARKUP)
    with reading(floor) as session:
        report = morning_report(session, Asked(chosen=Chosen("W1", product_id="milk")), NOW)
    assert not any(one.figure.of_warehouses for one in report.told)
