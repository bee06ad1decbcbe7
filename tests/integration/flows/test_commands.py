"""The command line as a user runs it: exit codes, messages, JSON, and a day from an empty database to moves."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select

from data.database import open_database, reading, writing
from data.tables import ForecastRow, PurchasePlanRow, Role, SensorRow, SlotRow, SlotSuggestionRow, WarehouseRow
from flows.access.keys import Purpose, open_session, verify_key
from tests.integration.flows.shell import Shell
from tests.integration.pages.test_pages_in_chinese import english_in, written_by_the_shop

PRINTED = (  # by commands whose words, heads and codes are read in Chinese
    ("orders", "list"),
    ("stock", "show", "--lots"),
    ("models", "list"),
    ("coldchain", "sensors"),
    ("coldchain", "alarms"),
    ("slots", "suggest", "--as-of", "2026-03-01"),
    ("forecast", "--as-of", "2026-03-01", "-w", "W01", "--explain"),
    ("key", "list"),
    ("prune", "--dry-run"),
)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Of a database that is not made yet, in a folder that is not either."""
    return f"sqlite:///{tmp_path / 'new' / 'freshfront.sqlite'}"


@pytest.fixture
def tables(database_url: str, migrated_sqlite: Path) -> None:
    """The database is made and has its tables."""
    path = Path(str(make_url(database_url).database))
    path.parent.mkdir()
    shutil.copy(migrated_sqlite, path)


def test_without_tables_a_command_says_what_to_run(freshfront: Shell) -> None:
    assert freshfront("train") == 2
    assert "freshfront db upgrade" in freshfront.err


def test_a_day_from_an_empty_database_to_moves(freshfront: Shell, database_url: str) -> None:
    assert freshfront("db", "upgrade") == 0
    size = ("--warehouses", "2", "--products", "30", "--days", "75")
    assert freshfront("sample", "--until", "2026-03-01", *size) == 0
    assert freshfront("sample", "--until", "2026-03-01", *size) == 2  # not twice into the same database
    assert "FRESHFRONT_DATABASE_URL" in freshfront.err

    for step in (("train",), ("forecast",), ("slots", "suggest")):
        assert freshfront(*step, "--as-of", "2026-03-01", "--json") == 0
        assert set(json.loads(freshfront.out)["done"]) == {"W01", "W02"}
    assert freshfront("forecast", "--as-of", "2026-03-01", "-w", "W01", "--explain", "--json") == 0
    explained = json.loads(freshfront.out)["explained"]
    assert len({row["product_id"] for row in explained}) >= 25
    shares = ("level", "weekday", "holiday", "weather", "promotion", "trend")
    assert all(sum(row[share] for share in shares) == pytest.approx(row["mean"]) for row in explained)
    chosen = explained[0]["product_id"]
    assert freshfront("forecast", "--as-of", "2026-03-01", "-w", "W01", "--explain", "--product", chosen) == 0
    assert "1 of 1 warehouses done" in freshfront.out
    assert freshfront.out.count(chosen) == 2  # the first days
    assert freshfront("models", "list", "--json") == 0
    (model,) = json.loads(freshfront.out)
    assert (model["serves"], model["warehouse_models"]) == (True, 2)
    assert freshfront("models", "list") == 0
    assert f"{model['model_id']}  serves" in freshfront.out
    assert freshfront("models", "rollback") == 2  # there is none before it
    assert "No other model" in freshfront.err
    assert freshfront("plan", "make", "--as-of", "2026-03-01", "--json") == 0
    planned = json.loads(freshfront.out)

    engine = open_database(database_url)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(ForecastRow)) >= 2 * 25 * 7
        assert session.scalar(select(func.count()).select_from(SlotSuggestionRow)) >= 2 * 25
        plan = session.get_one(PurchasePlanRow, planned["plan_id"])
        assert planned["delivery_date"] == "2026-03-03" == plan.delivery_date.isoformat()
        bought = [line for line in plan.lines if line.quantity > 0]
        assert len(bought) > 10
    cost = sum((line.quantity * line.unit_price for line in bought if line.unit_price), Decimal(0))
    assert planned["lines_to_buy"] == len(bought)
    assert Decimal(planned["cost"]) == cost

    theirs = written_by_the_shop(engine)
    engine.dispose()
    freshfront.monkeypatch.setenv("FRESHFRONT_LANGUAGE", "zh")
    for command in (*PRINTED, ("plan", "show", planned["plan_id"]), ("plan", "discard", planned["plan_id"])):
        assert freshfront(*command) == 0
        assert re.search("[\N{CJK UNIFIED IDEOGRAPH-4E00}-\N{CJK UNIFIED IDEOGRAPH-9FFF}]", freshfront.out), command
        assert english_in(freshfront.out + freshfront.err) - theirs - {"LightGBM"} == set(), command


@pytest.mark.usefixtures("tables")
def test_a_sign_in_address_is_printed_without_the_service(
    freshfront: Shell, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRESHFRONT_HOST", "::")
    monkeypatch.setenv("FRESHFRONT_PORT", "8123")

    assert freshfront("sign-in") == 0
    assert freshfront.out.startswith("http://[::1]:8123/sign-in?token=ff_signin-")
    monkeypatch.setenv("FRESHFRONT_PUBLIC_URL", "https://shop.example/")
    assert freshfront("sign-in", "--role", "buyer", "--name", "Li Na", "--json") == 0
    address = json.loads(freshfront.out)["address"]
    assert address.startswith("https://shop.example/sign-in?token=")

    engine = open_database(database_url)
    with writing(engine) as session:
        key = open_session(session, address.partition("token=")[2], datetime.now(UTC), lasts=timedelta(hours=1))
        holder = verify_key(session, key or "", datetime.now(UTC), {Purpose.SESSION})
    engine.dispose()
    assert holder is not None
    assert (holder.name, holder.role) == ("Li Na", Role.BUYER)


@pytest.mark.usefixtures("tables")
def test_a_backtest_writes_what_the_scoring_reads(freshfront: Shell, tmp_path: Path) -> None:
    freshfront("sample", "--until", "2026-03-01", "--warehouses", "2", "--products", "30", "--days", "75")
    out = tmp_path / "backtest.parquet"

    assert freshfront("backtest", "--start", "2026-02-28", "--end", "2026-03-01", "--out", str(out), "--json") == 0

    assert json.loads(freshfront.out)["warehouses"] == 2
    assert out.exists()
    assert freshfront("backtest", "--start", "2026-03-01", "--end", "2026-02-01", "--out", str(out)) == 2
    assert "lies before" in freshfront.err


@pytest.mark.usefixtures("tables")
def test_a_wrong_file_is_told_by_line_and_leaves_nothing(freshfront: Shell, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "warehouses.csv"
    file.write_text("warehouse_id,name,city,timezone\nW1,One,Ningbo,Asia/Shanghai\nW2,Two,Ningbo,Mars/Base\n")

    assert freshfront("import", "warehouses", str(file)) == 2
    assert "line 3" in freshfront.err
    assert "Mars/Base" in freshfront.err
    assert count(database_url, WarehouseRow) == 0

    assert freshfront("import", "warehouses", str(file), "--skip-bad-rows", "--json") == 0
    assert json.loads(freshfront.out)["bad_rows"] == 1
    assert count(database_url, WarehouseRow) == 1


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("import", "wharehouses", "x.csv"), "neither a kind of data nor a file"),
        (("import", "sales", "missing.csv"), "File missing.csv was not found"),
        (("import", "sales", "pyproject.toml", "--cities", "1"), "freshretailnet only"),
        (("import", "freshretailnet", "pyproject.toml", "--cities", "6,Ningbo"), "has no 'Ningbo'"),
        (("backtest", "--start", "2026-01-01", "--end", "2026-01-02", "--out", "x", "--cities", "6,,13"), "empty name"),
        (("db", "remove", "W9", "--all"), "one of the three"),
        (("plan", "make", "--delivery-date", "soon"), "No warehouse has sales"),
        (("train", "-w", "W9"), "W9"),
        (("train",), "No warehouse has sales"),
        (("key", "revoke", "key-none"), "Key key-none was not found"),
        (("forecast", "--product", "P1"), "--explain"),
        (("forecast", "--explain", "--product", "P1"), "Product 'P1' was not found"),
    ],
)
def test_a_wrong_request_is_refused_in_words(freshfront: Shell, command: tuple[str, ...], words: str) -> None:
    assert freshfront(*command) == 2
    assert words in freshfront.err
    assert "Traceback" not in freshfront.err


@pytest.mark.usefixtures("tables")
def test_a_key_is_shown_once_and_listed_without_its_secret(freshfront: Shell) -> None:
    assert freshfront("key", "create", "planning sheet", "--role", "buyer", "--json") == 0
    made = json.loads(freshfront.out)

    assert freshfront("key", "list") == 0
    assert made["key_id"] in freshfront.out
    assert made["key"] not in freshfront.out
    assert freshfront("key", "revoke", made["key_id"]) == 0
    freshfront("key", "list")
    assert "no keys" in freshfront.out


@pytest.mark.usefixtures("tables")
def test_a_key_is_for_the_warehouses_that_it_names(freshfront: Shell, database_url: str) -> None:
    engine = open_database(database_url)
    with writing(engine) as session:
        for name in ("W1", "W2"):
            session.add(WarehouseRow(warehouse_id=name, name=name, city="Hangzhou", timezone="Asia/Shanghai"))
    create = ("key", "create", "the shelf", "--role", "staff", "--warehouse")
    assert freshfront(*create, "W9") == 2
    assert "'W9' was not found" in freshfront.err
    assert freshfront(*create, "W2", "--warehouse", "W1", "--json") == 0
    key = json.loads(freshfront.out)["key"]
    assert freshfront("sign-in", "--warehouse", "W1", "--json") == 0
    token = json.loads(freshfront.out)["address"].partition("token=")[2]

    def warehouses(presented: str, purpose: Purpose) -> frozenset[str] | None:
        with reading(engine) as session:
            holder = verify_key(session, presented, datetime.now(UTC), {purpose})
            assert holder is not None
            return holder.warehouses

    assert warehouses(key, Purpose.KEY) == {"W1", "W2"}
    assert warehouses(token, Purpose.SIGN_IN) == {"W1"}
    assert freshfront("key", "list") == 0
    assert "the shelf  (for W1, W2)" in freshfront.out

    assert freshfront("db", "remove", "W1", "--yes") == 0
    assert freshfront("db", "remove", "W2", "--yes") == 0
    assert warehouses(key, Purpose.KEY) == frozenset(), "of none that is left, and never of all"
    assert freshfront("key", "list") == 0
    assert "for no warehouse that is left" in freshfront.out
    engine.dispose()


@pytest.mark.usefixtures("tables")
def test_warehouses_with_sales_alone_are_furnished_once(
    freshfront: Shell, database_url: str, shared_data: Path
) -> None:
    file = shared_data / "freshretailnet" / "train.parquet"
    assert freshfront("import", "freshretailnet", str(file), "--cities", "8") == 0
    assert freshfront("furnish") == 0
    slots = count(database_url, SlotRow)
    assert slots > 0
    assert freshfront("furnish") == 0
    assert "terms of 0 products, 0 offers, 0 slots" in freshfront.out
    assert count(database_url, SlotRow) == slots
    assert count(database_url, SensorRow) == 0


def count(database_url: str, table: type) -> int:
    engine = open_database(database_url)
    with reading(engine) as session:
        found = session.scalar(select(func.count()).select_from(table))
    engine.dispose()
    return found or 0


@pytest.mark.usefixtures("tables")
def test_sales_are_booked_from_orders_and_what_is_left_out_is_told(
    freshfront: Shell, database_url: str, tmp_path: Path
) -> None:
    files = {
        "warehouses": "warehouse_id,name,city,timezone\nW1,One,A,Asia/Shanghai\nW2,Two,A,Asia/Shanghai\n",
        "products": "product_id,name,category,band,unit\nP1,leek,leaf,leaf,kg\n",
        "orders": "order_id,line_no,warehouse_id,product_id,ordered_at,quantity\n1,1,W1,P1,2026-03-02T09:00,4\n"
        "2,1,W1,P1,2026-03-02T10:00,-6\n1,1,W2,P1,2026-03-02T09:00,3\n",
    }
    for kind, text in files.items():
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
        assert freshfront("import", kind, str(tmp_path / f"{kind}.csv")) == 0
    engine = open_database(database_url)
    with writing(engine) as session:
        session.get_one(WarehouseRow, "W1").timezone = "Nowhere"
    assert freshfront("sales", "--json") == 3
    found = json.loads(freshfront.out)
    assert found["rows"] == 1
    assert "Nowhere" in found["failed"]["W1"]

    with writing(engine) as session:
        session.get_one(WarehouseRow, "W1").timezone = "Asia/Shanghai"
    engine.dispose()
    assert freshfront("sales") == 0
    assert freshfront.out == "1 row of sales booked from orders. Left out: 1 return of more than the day's sales.\n"
