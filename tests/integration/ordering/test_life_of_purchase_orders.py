"""Purchase orders placed, sent, confirmed, cancelled and received, and what is under way after each."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.tables import OutboxEventRow, PlanStatus, PurchaseOrderEventRow, PurchaseOrderRow, PurchasePlanRow
from flows.errors import Invalid, NotNow, Refusal, Unknown
from flows.ordering.cancelling import cancel_purchase_order
from flows.ordering.confirming import confirm_purchase_order
from flows.ordering.marking_sent import mark_sent
from flows.ordering.placing import place_purchase_orders
from flows.ordering.receiving_against_orders import Delivery, count_deliveries
from flows.stock.receiving_purchase_orders import receive_purchase_order
from tests.integration.ordering.conftest import CAME, DUE, ORDERED, days, kept, line, order, under_way


def receive(
    shop: Engine, quantity: int, lot: str, *, at: datetime = CAME, product: str = "milk", said_before: int | None = None
) -> int:
    """What of a delivery is without an order."""
    before = None if said_before is None else Decimal(said_before)
    came = Delivery("W1", "F1", product, Decimal(quantity), at, at, lot_id=lot, said_before=before)
    with writing(shop) as session:
        [left] = count_deliveries(session, [came], "staff")
    return int(left)


def test_there_is_an_order_a_supplier_and_delivery_date(shop: Engine) -> None:
    assert order(shop, line(), line(supplier_id="F2"), line(due=date(2026, 3, 4)), line("kefir")) == [
        "PO-20260302-001",  # milk and kefir of one farm for one day
        "PO-20260302-002",
        "PO-20260302-003",
    ]
    with reading(shop) as session:
        orders = session.scalars(select(PurchaseOrderRow).order_by(PurchaseOrderRow.number)).all()
        assert [(row.supplier_id, row.delivery_date.day, len(row.lines)) for row in orders] == [
            ("F1", 3, 2),
            ("F1", 4, 1),
            ("F2", 3, 1),
        ]


def test_a_plan_is_ordered_once_and_what_it_orders_later_joins_what_nobody_was_told_of(shop: Engine) -> None:
    milk, kefir, more = line(line_no=7), line("kefir", line_no=9), line("kefir", 5, line_no=11)
    with writing(shop) as session:
        session.add(
            PurchasePlanRow(
                plan_id="P1",
                delivery_date=DUE,
                last_delivery_date=DUE,
                origin=ORDERED,
                status=PlanStatus.APPROVED,
                created_at=ORDERED,
                created_by="Li Na",
                notes=[],
            )
        )
        session.flush()
        plan = [place_purchase_orders(session, lines, ORDERED, "Li Na", "P1") for lines in ([milk], [milk, kefir])]
        assert [row.purchase_order_id for row in plan[0]] == [row.purchase_order_id for row in plan[1]]
        [joined] = plan[1]
        assert [(of_it.line_no, of_it.product_id) for of_it in joined.lines] == [(7, "milk"), (9, "kefir")]
        mark_sent(session, joined.number, ORDERED, "Li Na")
        later = place_purchase_orders(session, [milk, kefir, more], ORDERED, "Li Na", "P1")
        assert [len(row.lines) for row in later] == [2, 1]  # the farm's document does not grow behind its back
        assert len({row.number for row in later}) == 2
        again = place_purchase_orders(session, [more, milk, kefir], ORDERED, "Li Na", "P1")
        assert [row.number for row in again] == [row.number for row in later]


def test_a_number_is_of_the_local_day_and_never_given_twice(shop: Engine) -> None:
    late_evening_there = ORDERED + days(1 / 6)  # 00:00 of the next day in Shanghai
    assert order(shop, line()) == ["PO-20260302-001"]
    assert order(shop, line()) == ["PO-20260302-002"]
    assert order(shop, line(), at=late_evening_there) == ["PO-20260303-001"]


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, "NaN", "0.0001"])
def test_what_cannot_be_ordered_is_refused_by_name(shop: Engine, quantity: object) -> None:
    wrong = replace(line(), quantity=Decimal(str(quantity)))
    with writing(shop) as session, pytest.raises(Invalid, match="milk"):
        place_purchase_orders(session, [wrong], ORDERED, "Li Na")


def test_what_is_confirmed_short_is_not_under_way_and_is_told(shop: Engine) -> None:
    [number] = order(shop, line(), line("kefir", 20))
    with writing(shop) as session:
        order_id = kept(session, number).purchase_order_id
        confirm_purchase_order(session, number, {1: Decimal(30)}, ORDERED + days(0.1), "F1")
        confirm_purchase_order(session, order_id, {1: Decimal(30)}, ORDERED + days(0.1), "F1")  # by id, again

    assert under_way(shop, CAME) == {("milk", DUE): 30, ("kefir", DUE): 20}
    assert under_way(shop, ORDERED) == {("milk", DUE): 40, ("kefir", DUE): 20}  # it was not known then
    with reading(shop) as session:
        [told] = session.scalars(select(OutboxEventRow).where(OutboxEventRow.type == "purchase_order.confirmed"))
        assert told.payload["short"] == [{"line_no": 1, "product_id": "milk", "ordered": 40.0, "declined": 10.0}]
        assert (told.payload["number"], told.payload["confirmed_by"]) == (number, "F1")

    with writing(shop) as session:  # the farm has found ten more
        confirm_purchase_order(session, number, None, ORDERED + days(0.2), "F1")
    assert under_way(shop, CAME)["milk", DUE] == 40
    assert under_way(shop, ORDERED + days(0.15))["milk", DUE] == 30


def test_a_farm_that_declines_all_closes_its_order_and_may_still_correct_that(shop: Engine) -> None:
    [number] = order(shop, line())
    with writing(shop) as session:
        assert confirm_purchase_order(session, number, {1: Decimal(0)}, ORDERED, "F1").closed_at is not None
    assert under_way(shop, CAME) == {}
    with writing(shop) as session:
        assert confirm_purchase_order(session, number, {1: Decimal(40)}, ORDERED, "F1").closed_at is None
    assert under_way(shop, CAME) == {("milk", DUE): 40}


def test_refusals_name_the_order_and_change_nothing(shop: Engine) -> None:
    [number] = order(shop, line())

    def refused(kind: type[Refusal], words: str, quantities: dict[int, Decimal]) -> None:
        with writing(shop) as session, pytest.raises(kind, match=words):
            confirm_purchase_order(session, number, quantities, ORDERED, "F1")

    refused(Invalid, "0 to 40", {1: Decimal(41)})
    refused(Invalid, "0 to 40", {1: Decimal(-1)})
    refused(Invalid, "three places", {1: Decimal("1.0005")})
    refused(Unknown, "no line 2", {2: Decimal(1)})
    with writing(shop) as session, pytest.raises(Unknown, match="PO-1"):
        cancel_purchase_order(session, "PO-1", ORDERED, "Li Na")
    receive(shop, 40, "L1")
    refused(NotNow, "closed", {1: Decimal(30)})
    with writing(shop) as session, pytest.raises(NotNow, match="come in full"):
        cancel_purchase_order(session, number, CAME, "Li Na")
    [number] = order(shop, line())
    with writing(shop) as session:
        cancel_purchase_order(session, number, CAME, "Li Na")
        cancel_purchase_order(session, number, CAME, "Li Na")  # safe to repeat
    refused(NotNow, "cancelled", {1: Decimal(30)})
    with writing(shop) as session, pytest.raises(NotNow, match="cancelled"):
        mark_sent(session, number, CAME, "Li Na")
    with reading(shop) as session:
        kinds = select(PurchaseOrderEventRow.kind, func.count()).group_by(PurchaseOrderEventRow.kind)
        assert dict(session.execute(kinds).tuples().all()) == {"ordered": 2, "received": 1, "cancelled": 1}


def test_sent_again_is_noted_and_stays_sent_when_it_first_was(shop: Engine) -> None:
    [number] = order(shop, line())
    with writing(shop) as session:
        mark_sent(session, number, ORDERED + days(0.1), "Li Na", "mail")
        assert mark_sent(session, number, ORDERED + days(0.2), "Li Na", "chat").sent_at == ORDERED + days(0.1)


def test_cancelling_a_line_leaves_the_others_under_way_and_what_comes_of_it_is_without_an_order(shop: Engine) -> None:
    [number] = order(shop, line(), line("kefir", 20))
    receive(shop, 15, "L1")
    with writing(shop) as session:
        in_part = cancel_purchase_order(session, number, CAME, "Li Na", line_no=1)
        assert (in_part.closed_at, in_part.cancelled_at) == (None, None)

    assert under_way(shop, CAME) == {("kefir", DUE): 20}
    assert receive(shop, 25, "L2") == 25
    with writing(shop) as session:
        closed = cancel_purchase_order(session, number, CAME, "Li Na")
        assert (closed.closed_at, closed.cancelled_at) == (CAME, CAME)
        assert [int(of_it.cancelled) for of_it in closed.lines] == [25, 20]


def test_an_order_that_never_comes_lapses_a_day_after_its_day_and_counts_again_when_it_comes_late(shop: Engine) -> None:
    order(shop, line())
    end_of_day = datetime.fromisoformat("2026-03-04T00:00+08:00")
    assert under_way(shop, end_of_day + days(0.99)) == {("milk", DUE): 40}
    assert under_way(shop, end_of_day + days(1)) == {}
    assert receive(shop, 45, "L1", at=end_of_day + days(2)) == 5
    with reading(shop) as session:
        assert session.scalars(select(PurchaseOrderRow.closed_at)).one() == end_of_day + days(2)


def test_a_correction_takes_away_what_was_without_an_order_first_and_opens_the_order_again(shop: Engine) -> None:
    order(shop, line())
    assert receive(shop, 45, "L1") == 5
    assert receive(shop, -3, "L1", said_before=45) == -3
    assert under_way(shop, CAME) == {}
    assert receive(shop, -10, "L1", said_before=42) == -2
    assert under_way(shop, CAME) == {("milk", DUE): 8}
    assert receive(shop, 20, "L2") == 12
    assert under_way(shop, CAME) == {}


def test_what_a_correction_takes_back_of_a_cancelled_rest_is_not_expected_again(shop: Engine) -> None:
    [number] = order(shop, line())
    receive(shop, 30, "L1")
    with writing(shop) as session:
        cancel_purchase_order(session, number, CAME, "Li Na")
    receive(shop, -5, "L1", said_before=30)
    assert under_way(shop, CAME) == {}
    with reading(shop) as session:
        [of_it] = kept(session, number).lines
        assert (of_it.received, of_it.cancelled) == (25, 15)


def test_what_is_received_of_an_order_counts_against_it_first_and_then_as_any_other(shop: Engine) -> None:
    earlier, named = order(shop, line(), line(due=date(2026, 3, 4)))
    with writing(shop) as session:
        came = receive_purchase_order(session, named, {1: Decimal(50)}, CAME, "staff", receipt_id="R1")
        assert came.lines[0].without_order == 0
    assert under_way(shop, CAME) == {("milk", DUE): 30}
    with writing(shop) as session:
        receive_purchase_order(session, named, {1: Decimal(50)}, CAME, "staff", receipt_id="R1")  # safe to repeat
        with pytest.raises(NotNow, match="outstanding"):
            receive_purchase_order(session, named, None, CAME, "staff", receipt_id="R2")
        receive_purchase_order(session, earlier, None, CAME, "staff", receipt_id="R3")
    assert under_way(shop, CAME) == {}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_those_who_receive_at_once_come_one_after_the_other(shop: Engine) -> None:
    [number] = order(shop, line())
    ready = Barrier(4)

    def bring(lot: str) -> int:
        ready.wait()
        return receive(shop, 15, lot)

    with ThreadPoolExecutor(4) as people:
        without_order = sum(people.map(bring, ["L1", "L2", "L3", "L4"]))
    assert without_order == 20
    with reading(shop) as session:
        assert kept(session, number).lines[0].received == 40
        assert session.scalar(select(func.sum(PurchaseOrderEventRow.quantity))) == 40


def test_an_order_stays_closed_since_when_nothing_of_it_was_to_come(shop: Engine) -> None:
    [number] = order(shop, line())
    with writing(shop) as session:
        confirm_purchase_order(session, number, {1: Decimal(30)}, ORDERED, "F1")
    receive(shop, 30, "L1")
    with writing(shop) as session:  # nobody wants what was declined any more
        closed = cancel_purchase_order(session, number, CAME + days(1), "Li Na")
        assert (closed.closed_at, closed.cancelled_at) == (CAME, CAME + days(1))
