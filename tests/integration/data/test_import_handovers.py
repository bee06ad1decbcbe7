"""Files of when orders were at the door."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from data.database import reading, writing
from data.frames.worth.order_waits import OrderWait, order_waits
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.tables import Band, HandoverRow, OrderLineRow, ProductRow, Unit, WarehouseRow
from tests.integration.conftest import Filling

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ORDERED = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
DAY = date(2026, 3, 1)
HEADER = "warehouse_id,order_id,delivered_at"


@pytest.fixture
def filling() -> Filling:
    """Order A of W1, of two lines."""
    return order_a


def order_a(engine: Engine) -> None:
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=name, name=name, city="Hangzhou", timezone="Asia/Shanghai")
            for name in ("W1", "W2")
        )
        session.add(ProductRow(product_id="P1", name="Spinach", category="leaf", band=Band.LEAF, unit=Unit.KG))
        session.add_all(
            OrderLineRow(warehouse_id="W1", order_id="A", line_no=line, product_id="P1", quantity=Decimal(1),
                         ordered_at=ORDERED.replace(minute=10 - 5 * line), known_at=ORDERED)
            for line in (1, 2)
        )  # fmt: skip


def handovers(engine: Engine, folder: Path, *rows: str, header: str = HEADER) -> None:
    path = folder / "handovers.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    import_file(engine, "handovers", path, now=NOW)


def kept(engine: Engine) -> list[tuple[str, str, datetime, datetime]]:
    with reading(engine) as session:
        rows = session.scalars(select(HandoverRow))
        return [(one.warehouse_id, one.order_id, one.delivered_at, one.known_at) for one in rows]


def test_a_local_time_is_known_when_it_was_and_a_correction_takes_its_place(engine: Engine, tmp_path: Path) -> None:
    handovers(engine, tmp_path, "W1,A,2026-03-01T09:40:00")
    at = datetime(2026, 3, 1, 1, 40, tzinfo=UTC)
    assert kept(engine) == [("W1", "A", at, at)]

    known_at = datetime(2026, 3, 2, tzinfo=UTC)
    handovers(engine, tmp_path, f"W1,A,2026-03-01T09:50:00,{known_at.isoformat()}", header=f"{HEADER},known_at")
    assert kept(engine) == [("W1", "A", at.replace(minute=50), known_at)]


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        ("W1,B,2026-03-01T09:40:00", "line 2, column order_id: 'B' is no order of W1.*import the orders first"),
        ("W2,A,2026-03-01T09:40:00", "'A' is no order of W2"),
        ("W1,A,2026-03-01T08:59:00", "column delivered_at.*lies before the order, of 2026-03-01T01:00"),
        ("W1,A,2026-03-11T09:40:00", "column delivered_at"),
    ],
)
def test_what_cannot_be_is_refused_by_name(engine: Engine, tmp_path: Path, row: str, refusal: str) -> None:
    with pytest.raises(BadFile, match=refusal):
        handovers(engine, tmp_path, row)
    assert kept(engine) == []


def test_of_lines_that_were_added_the_first_begins_the_order(engine: Engine, tmp_path: Path) -> None:
    handovers(engine, tmp_path, "W1,A,2026-03-01T09:00:00")  # line 2 was ordered at nine, line 1 five minutes later
    assert len(kept(engine)) == 1


def test_an_order_that_was_at_the_door_before_it_was_ordered_as_corrected_tells_of_no_wait(
    engine: Engine, tmp_path: Path
) -> None:
    handovers(engine, tmp_path, "W1,A,2026-03-01T09:40:00")
    with reading(engine) as session:
        told = order_waits(session, session.get_one(WarehouseRow, "W1"), DAY, DAY, NOW)
        assert told == [OrderWait(DAY, timedelta(minutes=40))]

    with writing(engine) as session:
        session.execute(update(OrderLineRow).values(ordered_at=ORDERED + timedelta(hours=1)))
    with reading(engine) as session:
        assert order_waits(session, session.get_one(WarehouseRow, "W1"), DAY, DAY, NOW) == []
