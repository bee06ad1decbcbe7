"""`freshfront import` of several files and of folders: order, what each gave, and where it stops."""

import json
from pathlib import Path

import pytest

from data.database import open_database, reading
from data.importers.importing import KINDS
from data.importers.named_files import in_order, kind_of
from data.tables import DailySalesRow, ProductRow, WarehouseRow
from tests.integration.flows.shell import Shell

FILES = {
    "sales_2026-03-01.csv": "warehouse_id,product_id,date,sales\nW1,P1,2026-03-01,4\n",
    "sales_2026-03-02.csv": "warehouse_id,product_id,date,sales\nW1,P1,2026-03-02,5\n",
    "Products.csv": "product_id,name,category,band,unit\nP1,Spinach,leaf vegetables,leaf,kg\n",
    "warehouses-north.csv": "warehouse_id,name,city,timezone\nW1,One,Ningbo,Asia/Shanghai\n",
}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'freshfront.sqlite'}"


@pytest.fixture
def folder(tmp_path: Path, freshfront: Shell) -> Path:
    """Files of three kinds whose names sort the wrong way round."""
    assert freshfront("db", "upgrade") == 0
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def kept(database_url: str, row: type) -> int:
    engine = open_database(database_url)
    with reading(engine) as session:
        found = session.query(row).count()
    engine.dispose()
    return found


def test_a_folder_is_imported_in_the_order_in_which_files_need_each_other(freshfront: Shell, folder: Path) -> None:
    (folder / "notes.txt").write_text("ask the farm")
    (folder / "salesmen.csv").write_text("name\nLi Na\n")
    (folder / "sales.bad.csv").write_text("warehouse_id,line,reason\n")
    (folder / ".DS_Store").write_text("")

    assert freshfront("import", str(folder), "--json") == 0

    told = json.loads(freshfront.out)
    assert [(Path(file["file"]).name, file["kind"], file["rows"]) for file in told["files"]] == [
        ("warehouses-north.csv", "warehouses", 1),
        ("Products.csv", "products", 1),
        ("sales_2026-03-01.csv", "sales", 1),
        ("sales_2026-03-02.csv", "sales", 1),
    ]
    assert told["rows"] == 4
    assert [Path(name).name for name in told["left_out"]] == ["notes.txt", "sales.bad.csv", "salesmen.csv"]
    assert freshfront("import", str(folder)) == 0  # again changes nothing
    assert "1 rows of Products.csv are kept as products." in freshfront.out
    assert "notes.txt was left out" in freshfront.out


def test_several_files_named_in_any_order_come_in_the_right_one(
    freshfront: Shell, folder: Path, database_url: str
) -> None:
    assert freshfront("import", *(str(folder / name) for name in FILES)) == 0
    assert kept(database_url, DailySalesRow) == 2
    both = [str(folder / name) for name in FILES if name.startswith("sales")]
    assert freshfront("import", "sales", *both, "--json") == 0
    assert json.loads(freshfront.out)["rows"] == 2


def test_a_bad_file_stops_the_import_and_says_what_was_kept(freshfront: Shell, folder: Path, database_url: str) -> None:
    (folder / "sales_2026-03-01.csv").write_text("warehouse_id,product_id,date,sales\nW1,P1,2026-03-01,many\n")

    assert freshfront("import", str(folder)) == 2

    assert "sales_2026-03-01.csv, line 2, column sales: 'many'" in freshfront.err
    assert "Imported before it: warehouses-north.csv, Products.csv." in freshfront.err
    assert "Not imported after it: sales_2026-03-02.csv." in freshfront.err
    assert (kept(database_url, WarehouseRow), kept(database_url, ProductRow)) == (1, 1)
    assert kept(database_url, DailySalesRow) == 0


def test_a_file_named_by_itself_must_say_its_kind(freshfront: Shell, folder: Path) -> None:
    (folder / "march.csv").write_text(FILES["sales_2026-03-01.csv"])

    assert freshfront("import", str(folder), str(folder / "march.csv")) == 2
    assert "march.csv does not begin with a kind" in freshfront.err
    assert freshfront("import", "sales") == 2
    assert "freshfront import sales FILE" in freshfront.err
    (folder / "empty").mkdir()
    assert freshfront("import", str(folder / "empty")) == 2
    assert "No file in" in freshfront.err


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("orders.csv", "orders"),
        ("orders-HQ.parquet", "orders"),
        ("lots_2026-11-26.csv", "lots"),
        ("Sales 2026.CSV", "sales"),
        ("ordersHQ.csv", None),
        ("sales.xlsx", None),
        ("sales.bad.csv", None),
        ("farm.csv", None),
    ],
)
def test_the_first_word_of_a_name_is_the_kind(name: str, kind: str | None) -> None:
    assert kind_of(Path(name)) == kind


def test_every_kind_comes_after_those_that_it_refers_to() -> None:
    order = [kind for kind, _ in in_order(Path(f"{kind}.csv") for kind in sorted(KINDS)).files]
    assert sorted(order) == sorted(KINDS)
    for name, kind in KINDS.items():
        for column in kind.columns:
            assert column.refers in (None, name) or order.index(column.refers) < order.index(name)
