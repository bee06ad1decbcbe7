"""Files of lots against purchase orders: what came ends what it came for, and nothing else."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.importers.problems import BadFile
from data.importers.result import ImportResult
from data.tables import LotRow, PurchaseOrderEventRow, PurchaseOrderRow
from flows.importing.documented_kinds import import_documented_file
from flows.ordering.cancelling import cancel_purchase_order
from tests.integration.ordering.conftest import CAME, DUE, ORDERED, days, kept, line, order, under_way

HEADER = "lot_id,warehouse_id,product_id,supplier_id,received_at,quantity_received"
NEXT_DAY = date(2026, 3, 4)
Lots = Callable[..., ImportResult]


@pytest.fixture
def lots(shop: Engine, tmp_path: Path) -> Lots:
    def bring(*rows: str, header: str = HEADER, now: datetime = CAME + timedelta(hours=1)) -> ImportResult:
        path = tmp_path / "lots.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return import_documented_file(shop, "lots", path, now=now)

    return bring


def test_a_partial_delivery_leaves_the_rest_under_way_however_often_its_file_comes(shop: Engine, lots: Lots) -> None:
    order(shop, line(), line("kefir", 15))
    row = "L1,W1,milk,F1,2026-03-03T06:00:00,25"
    assert lots(row).notes == ("1 of 1 new receipts were for purchase orders.",)
    assert lots(row).notes == ()

    assert under_way(shop, CAME) == {("milk", DUE): 15, ("kefir", DUE): 15}
    assert under_way(shop, CAME - timedelta(minutes=1)) == {("milk", DUE): 40, ("kefir", DUE): 15}
    with reading(shop) as session:
        assert session.scalars(select(PurchaseOrderRow.closed_at)).all() == [None]

    lots(row, "L2,W1,milk,F1,2026-03-03T06:00:00,20", "L3,W1,kefir,F1,2026-03-03T06:00:00,15")
    assert under_way(shop, CAME) == {}
    with reading(shop) as session:
        assert session.scalars(select(PurchaseOrderRow.closed_at)).all() == [CAME]


def test_lots_without_a_supplier_end_orders_by_product(shop: Engine, lots: Lots) -> None:
    order(shop, line(), line("kefir", 15, supplier_id="F2"), line("kefir", 15, warehouse_id="W2"))
    lots(
        "L1,W1,milk,2026-03-03T06:00:00,40",
        "L2,W1,kefir,2026-03-03T06:00:00,15",
        header="lot_id,warehouse_id,product_id,received_at,quantity_received",
    )
    assert under_way(shop, CAME) == {}
    assert under_way(shop, CAME, "W2") == {("kefir", DUE): 15}


def test_lots_of_another_supplier_or_from_before_the_order_are_not_what_was_ordered(shop: Engine, lots: Lots) -> None:
    order(shop, line())
    lots("L1,W1,milk,F2,2026-03-03T06:00:00,40", "L2,W1,milk,F1,2026-03-02T19:59:59,40")
    assert under_way(shop, CAME) == {("milk", DUE): 40}
    # it had been the other farm's, and is counted as that now
    lots("L1,W1,milk,F1,2026-03-03T06:00:00,40")
    assert under_way(shop, CAME + timedelta(hours=1)) == {}


def test_an_early_delivery_ends_its_own_order_and_a_later_one_stays(shop: Engine, lots: Lots) -> None:
    order(shop, line(due=NEXT_DAY), line(due=DUE, quantity=10), line(due=date(2026, 3, 6), quantity=5))
    lots("L1,W1,milk,F1,2026-03-03T06:00:00,50")
    assert under_way(shop, CAME) == {("milk", date(2026, 3, 6)): 5}


def test_a_corrected_quantity_corrects_what_is_under_way(shop: Engine, lots: Lots) -> None:
    order(shop, line())
    later = CAME + timedelta(hours=1)

    def came(**quantities: int) -> None:
        header = f"{HEADER},quantity_on_hand"
        lots(*(f"{lot},W1,milk,F1,2026-03-03T06:00:00,{number},5" for lot, number in quantities.items()), header=header)

    came(L1=45)
    assert under_way(shop, CAME) == {}
    came(L1=30)
    assert under_way(shop, later) == {("milk", DUE): 10}
    assert under_way(shop, CAME) == {}  # nobody knew yet
    came(L2=20, L1=20)  # what came takes the place of what did not
    assert under_way(shop, later) == {}
    came(L1=30)
    with reading(shop) as session:
        assert session.scalar(select(func.sum(PurchaseOrderEventRow.quantity))) == 40


def test_a_file_with_a_bad_row_counts_nothing(shop: Engine, lots: Lots) -> None:
    order(shop, line())
    with pytest.raises(BadFile, match="kefri"):
        lots("L1,W1,milk,F1,2026-03-03T06:00:00,40", "L2,W1,kefri,F1,2026-03-03T06:00:00,40")
    assert under_way(shop, CAME) == {("milk", DUE): 40}
    with reading(shop) as session:
        assert session.scalar(select(func.count()).select_from(LotRow)) == 0


def test_what_comes_for_nobody_ends_nothing(shop: Engine, lots: Lots) -> None:
    [number] = order(shop, line())
    with writing(shop) as session:
        cancel_purchase_order(session, number, ORDERED, "Li Na")
    assert lots("L1,W1,milk,F1,2026-03-03T06:00:00,40").notes == ()
    with reading(shop) as session:
        assert kept(session, number).lines[0].received == 0


def test_an_order_that_lapsed_does_not_take_what_came_for_today(shop: Engine, lots: Lots) -> None:
    order(shop, line(due=date(2026, 2, 27)), at=ORDERED - days(5))
    order(shop, line())
    lots("L1,W1,milk,F1,2026-03-03T06:00:00,40")
    assert under_way(shop, CAME) == {}
    lots("L2,W1,milk,F1,2026-03-03T07:00:00,25", now=CAME + timedelta(hours=2))
    with reading(shop) as session:
        received = select(PurchaseOrderRow).order_by(PurchaseOrderRow.delivery_date)
        assert [int(row.lines[0].received) for row in session.scalars(received)] == [25, 40]
