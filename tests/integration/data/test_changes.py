"""A row says when it changed last: what is written as it was has not changed, whoever writes it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from data.bulk import write_rows
from data.database import reading, writing
from data.importers.importing import import_file
from data.tables import Base, OfferRow, OfferTierRow, SupplierRow
from data.tables.changing import Changing

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
FILES = {
    "warehouses": "warehouse_id,name,city,timezone\nW1,One,A,Asia/Shanghai\nW2,Two,A,Asia/Shanghai",
    "products": "product_id,name,category,band,unit\nP1,Milk,dairy,chilled,kg\nP2,Leek,leaf,leaf,kg",
    "suppliers": "supplier_id,name,kind,city\nF1,Farm,farm,\nF2,Other,farm,A",
    "closures": "supplier_id,first_day,last_day,known_at\nF1,2026-03-09,2026-03-09,2026-03-01T00:00Z\n"
    "F2,2026-03-09,2026-03-09,2026-03-01T00:00Z",
    "supplier-terms": "supplier_id,valid_from,delivery_cost,min_order_value,min_order_packs\nF1,2026-01-01,40,100,5\n"
    "F2,2026-01-01,40,100,5",
    "transfer-terms": "from_warehouse_id,to_warehouse_id,valid_from,hours,drive_cost,cost_per_unit\n"
    "W1,W2,2026-01-01,3,35,0.2\nW2,W1,2026-01-01,3,35,0.2",
    "offers": "offer_id,supplier_id,product_id,pack_size,min_quantity,lead_time_days,delivery_weekdays,valid_from,"
    'tier_min_quantity,unit_price\nO1,F1,P1,5,0,1,"1,2",2026-01-01,0,6\nO1,F1,P1,5,0,1,"1,2",2026-01-01,50,5.5\n'
    'O2,F2,P2,5,0,1,"1,2",2026-01-01,0,4',
    "sales": "warehouse_id,product_id,date,sales\nW1,P1,2026-02-01,3\nW1,P2,2026-02-01,4",
    "promotions": "warehouse_id,product_id,starts_on,ends_on,discount,promoted,known_at\n"
    "W1,P1,2026-02-01,2026-02-03,0.8,1,2026-01-01T00:00Z\nW1,P2,2026-02-01,2026-02-03,0.8,1,2026-01-01T00:00Z",
    "events": "event_id,name,kind,first_day,last_day\nE1,Fair,fair,2026-02-01,2026-02-03\n"
    "E2,Run,run,2026-02-01,2026-02-01",
    "lots": "lot_id,warehouse_id,product_id,received_at,quantity_received\nL1,W1,P1,2026-02-01T06:00,9\n"
    "L2,W1,P2,2026-02-01T06:00,9",
    "purchase-orders": "number,supplier_id,warehouse_id,product_id,delivery_date,ordered_at,quantity\n"
    "N1,F1,W1,P1,2026-03-05,2026-03-01T10:00,5\nN2,F2,W1,P2,2026-03-05,2026-03-01T10:00,5",
    "zones": "zone_id,warehouse_id,name,band,x_m,y_m,width_m,depth_m\nZ1,W1,Leaf,leaf,0,0,1,1\n"
    "Z2,W1,Cold,chilled,0,0,1,1",
    "limits": "zone_id,valid_from,low_c,high_c\nZ1,2026-01-01T00:00,1,4\nZ2,2026-01-01T00:00,0,4",
    "sensors": "sensor_id,zone_id,name\nS1,Z1,Door\nS2,Z2,Door",
}
# the same files with the second row said otherwise
CHANGED = {
    "warehouses": ("Two", "Zwei"), "products": ("Leek", "Leeks"), "suppliers": ("Other,farm,A", "Other,farm,B"),
    "closures": ("F2,2026-03-09,2026-03-09", "F2,2026-03-09,2026-03-10"),
    "supplier-terms": ("F2,2026-01-01,40", "F2,2026-01-01,45"),
    "transfer-terms": ("W2,W1,2026-01-01,3", "W2,W1,2026-01-01,4"),
    "offers": ("2026-01-01,0,4", "2026-01-01,0,4.5"),
    "sales": ("01,4", "01,5"), "promotions": ("P2,2026-02-01,2026-02-03,0.8", "P2,2026-02-01,2026-02-03,0.7"),
    "lots": ("P2,2026-02-01T06:00,9", "P2,2026-02-01T06:00,10"), "zones": ("Cold", "Milk"),
    "purchase-orders": ("N2,F2,W1,P2,2026-03-05,2026-03-01T10:00,5",
                        "N2,F2,W1,P1,2026-03-05,2026-03-01T10:00,5"),
    "limits": ("0,4", "0,5"), "sensors": ("Z2,Door", "Z2,Back"),
}  # fmt: skip


@pytest.fixture
def imported(engine: Engine, tmp_path: Path) -> Callable[[str, str], None]:
    def imported(kind: str, content: str) -> None:
        path = tmp_path / f"{kind}.csv"
        path.write_text(content, encoding="utf-8")
        import_file(engine, kind, path, now=NOW)

    return imported


def moments(engine: Engine) -> dict[tuple[Any, ...], datetime]:
    """When each row changed last, by table and key."""
    found: dict[tuple[Any, ...], datetime] = {}
    with reading(engine) as session:
        for mapper in Base.registry.mappers:
            if issubclass(mapper.class_, Changing):
                for row in session.scalars(select(mapper.class_)):
                    found[row.__tablename__, *mapper.primary_key_from_instance(row)] = row.updated_at
    return found


def test_a_file_imported_again_changes_what_it_says_otherwise_and_nothing_else(
    engine: Engine, imported: Callable[[str, str], None]
) -> None:
    for kind, content in FILES.items():
        imported(kind, content)
    first = moments(engine)
    assert {name for name, *_ in first} >= {
        *(FILES.keys() - {"closures", "supplier-terms", "transfer-terms", "sales", "purchase-orders"}),
        *("supplier_closures", "supplier_terms", "transfer_terms", "daily_sales", "purchase_orders"),
    }
    for kind, content in FILES.items():
        imported(kind, content)
    assert moments(engine) == first
    for kind, (before, after) in CHANGED.items():
        assert before in FILES[kind]
        was = moments(engine)
        imported(kind, FILES[kind].replace(before, after))
        now = moments(engine)
        assert now.keys() >= was.keys()
        [(_, *key)] = [name for name in was if now[name] != was[name]]
        assert "2" in str(key), kind


def test_a_tier_that_an_offer_has_no_more_is_a_change_of_the_offer(
    engine: Engine, imported: Callable[[str, str], None]
) -> None:
    for kind in ("products", "suppliers", "offers"):
        imported(kind, FILES[kind])
    was = moments(engine)
    imported("offers", FILES["offers"].replace('O1,F1,P1,5,0,1,"1,2",2026-01-01,50,5.5\n', ""))
    now = moments(engine)
    assert [name for name in was if was[name] != now[name]] == [("offers", "O1")]
    with reading(engine) as session:
        assert sorted(session.scalars(select(OfferTierRow.offer_id))) == ["O1", "O2"]


def test_bulk_updates_and_many_rows_at_once_note_the_change(
    engine: Engine, imported: Callable[[str, str], None]
) -> None:
    for kind in ("products", "suppliers", "offers"):
        imported(kind, FILES[kind])
    was = moments(engine)
    names = ["supplier_id", "name", "kind"]
    rows = [(f"F{n}", "Farm" if n == 1 else f"Farm {n}", "farm") for n in range(1, 700)]  # PostgreSQL copies these
    with writing(engine) as session:
        session.execute(update(OfferRow).where(OfferRow.offer_id == "O2").values(lead_time_days=3))
        write_rows(session.connection(), SupplierRow.__table__, names, rows)  # type: ignore[arg-type]
    now = moments(engine)
    assert {name for name in was if was[name] != now[name]} == {("suppliers", "F2"), ("offers", "O2")}
