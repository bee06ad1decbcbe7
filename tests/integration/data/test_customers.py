"""Who bought is never kept: a file that tells it is refused, and no table has room for it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.tables import Base, ProductRow, WarehouseRow

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ABOUT_CUSTOMERS = re.compile(r"customer|user_id|phone|member|buyer|recipient|consignee")


def test_no_table_has_a_column_for_customers() -> None:
    columns = [f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns]

    assert [name for name in columns if ABOUT_CUSTOMERS.search(name)] == []


@pytest.mark.parametrize("column", ["customer_id", "phone"])
def test_orders_that_tell_who_bought_are_refused_and_nothing_of_it_is_kept(
    engine: Engine, tmp_path: Path, column: str
) -> None:
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="W1", city="杭州", timezone="Asia/Shanghai"))
        session.add(ProductRow(product_id="milk", name="milk", category="dairy", band="chilled", unit="piece"))
    header = "order_id,line_no,warehouse_id,product_id,ordered_at,quantity"
    row = "o-1,1,W1,milk,2026-03-01T10:00:00Z,2"
    told, plain = tmp_path / "told" / "orders.csv", tmp_path / "orders.csv"
    told.parent.mkdir()
    told.write_text(f"{header},{column}\n{row},Zhang-13800001111\n", encoding="utf-8")
    plain.write_text(f"{header}\n{row}\n", encoding="utf-8")

    with pytest.raises(BadFile, match=column):
        import_file(engine, "orders", told, skip_bad_rows=True, now=NOW)
    import_file(engine, "orders", plain, now=NOW)

    with reading(engine) as session:
        kept = [str(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    assert any("o-1" in row for row in kept)
    assert not [row for row in kept if "Zhang" in row or "13800001111" in row]
