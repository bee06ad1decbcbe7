"""Nothing is read from files, planned or forecast while the database's only writer is held: seen in what is called
between BEGIN and COMMIT, which no machine's speed changes."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from data.database import reading, writing
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.tables import Band, LotRow, ProductRow, Unit
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from flows.slotting.slots_and_moves import suggest_slots
from tests.integration.flows.conftest import NOW, TODAY
from tests.integration.query_plans import noted_plans
from warehouse.slotting.move_effort import MoveEffort

COMPUTES = (
    "forecasting",
    "lightgbm",
    "pandas",
    "scipy",
    "statsmodels",
    "warehouse",
    "data.frames",
    "data.importers.rows",
)
AT_MOST = 30  # calls: to look a word up is no computing
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def called_while_writing(engine: Engine) -> Iterator[Counter[str]]:
    """The modules that compute whose functions this thread calls between the beginning and the end of a write."""
    called: Counter[str] = Counter()

    def note(frame: FrameType, what: str, _: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if what == "call" and module.startswith(COMPUTES):
            called[module] += 1

    def begins(connection: Connection) -> None:
        if connection.get_execution_options().get("freshfront_writes"):
            sys.setprofile(note)

    def ends(_: Connection) -> None:
        sys.setprofile(None)

    event.listen(engine, "begin", begins)
    for name in ("commit", "rollback"):
        event.listen(engine, name, ends)
    yield called
    event.remove(engine, "begin", begins)
    for name in ("commit", "rollback"):
        event.remove(engine, name, ends)


def _import(engine: Engine) -> None:
    rows = (f"W1,{product},{TODAY.replace(day=1)},{number}" for number, product in enumerate(["spinach", "milk"]))
    Path("sales.csv").write_text("\n".join(["warehouse_id,product_id,date,sales", *rows]) + "\n")
    assert import_file(engine, "sales", Path("sales.csv"), now=NOW).rows == 2


WRITES: dict[str, Callable[[Engine], object]] = {
    "a plan": lambda engine: make_purchase_plan(engine, ["W1", "W2"], NOW, "test"),
    "slots": lambda engine: suggest_slots(engine, ["W1"], NOW, MoveEffort(), 2),
    "an import": _import,
}


@one_database
def test_others_write_while_a_file_is_read_and_checked(
    shop: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = (f"S{number},farm {number},farm" for number in range(3))
    Path("suppliers.csv").write_text("\n".join(["supplier_id,name,kind", *rows]) + "\n")

    def somebody_writes(_: int) -> None:
        with shop.connect().execution_options(freshfront_writes=True) as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA busy_timeout = 100")
            connection.execute(text("UPDATE warehouses SET name = 'another name'"))
            connection.commit()

    assert import_file(shop, "suppliers", Path("suppliers.csv"), now=NOW, progress=somebody_writes).rows == 3

    with reading(shop) as session:
        assert set(session.scalars(text("SELECT DISTINCT name FROM warehouses"))) == {"another name"}


@one_database
def test_rows_that_are_there_already_are_looked_up_by_their_keys(
    shop: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = (f"O{number},1,W1,milk,2026-03-01T09:00,2\n" for number in range(20))
    header = "order_id,line_no,warehouse_id,product_id,ordered_at,quantity\n"
    Path("orders.csv").write_text(header + "".join(lines))

    with noted_plans(shop) as steps:
        assert import_file(shop, "orders", Path("orders.csv"), now=NOW).rows == 20

    assert any("SEARCH order_lines USING PRIMARY KEY" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN order_lines")]


@one_database
def test_what_changes_under_a_checked_table_refuses_all_of_it(
    shop: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    header = "product_id,name,category,band,unit"
    Path("products.csv").write_text(f"{header}\ntea,tea,tea,ambient,piece\nkale,kale,leaf,leaf,kg\n")
    with writing(shop) as session:  # nothing is kept of it, so its unit may still change
        session.add(ProductRow(product_id="tea", name="tea", category="tea", band=Band.AMBIENT, unit=Unit.KG))
    lot = LotRow(lot_id="L9", warehouse_id="W1", product_id="tea", received_at=NOW, known_at=NOW,
                 quantity_received=Decimal(3), quantity_on_hand=Decimal(3))  # fmt: skip

    def a_lot_comes(_: int) -> None:
        with writing(shop) as session:
            session.add(lot)

    with pytest.raises(BadFile, match="while they were checked"):
        import_file(shop, "products", Path("products.csv"), now=NOW, progress=a_lot_comes)

    with reading(shop) as session:
        assert session.get(ProductRow, "kale") is None


@one_database
@pytest.mark.parametrize("write", WRITES)
def test_nothing_computes_while_others_wait_to_write(
    shop: Engine, write: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with called_while_writing(shop) as called:
        WRITES[write](shop)

    assert called.total() <= AT_MOST, called
