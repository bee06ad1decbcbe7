"""A shop's first day with its own data: exactly the commands with which docs/data-formats.md begins."""

import re
import shlex
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading
from data.tables import PlanStatus, PurchaseOrderRow, PurchasePlanRow
from flows.commands.demand import booking
from flows.commands.operating import importing
from flows.commands.purchasing import planning
from flows.commands.shell import moment
from tests.integration.flows.shell import Shell

PAGE = Path(__file__).parents[3] / "docs" / "data-formats.md"
TODAY, DAYS = date(2026, 3, 2), 35
PRODUCTS = {
    "spinach": ("leaf", 3, 2),
    "milk": ("chilled", 9, 3),
    "rice": ("ambient", 300, 1),
}  # band, life, orders a day


class Clock(datetime):
    """Ten in the morning of TODAY in Shanghai."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Clock":
        return cls.fromtimestamp(datetime.fromisoformat(f"{TODAY}T10:00:00+08:00").timestamp(), tz)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop of one warehouse and three products, as the CSV files that its owner would write."""
    for module in (booking, importing, moment, planning):
        monkeypatch.setattr(module, "datetime", Clock)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()

    def write(name: str, header: str, *rows: str) -> None:
        (folder / name).write_text("\n".join([header, *rows]) + "\n")

    write("warehouses.csv", "warehouse_id,name,city,timezone", "N1,North gate,Ningbo,Asia/Shanghai")
    header = "product_id,name,category,band,unit,volume_l,shelf_life_days,list_price"
    write(
        "products.csv", header, *(f"{p},{p},food,{band},piece,1,{life},12" for p, (band, life, _) in PRODUCTS.items())
    )
    write("suppliers.csv", "supplier_id,name,kind", "F1,Green farm,farm")
    header = (
        "offer_id,supplier_id,product_id,pack_size,min_quantity,lead_time_days,delivery_weekdays,valid_from,"
        "tier_min_quantity,unit_price"
    )
    offered = (product for product in PRODUCTS if product != "rice")
    write("offers.csv", header, *(f'O-{p},F1,{p},4,4,1,"1,2,3,4,5,6,7",2026-01-01,0,7' for p in offered))
    orders = [
        f"{product}-{day}-{n},1,N1,{product},{TODAY - timedelta(days=day)}T{10 + n}:00,{2 + (day + n) % 3}"
        for product, (_, _, a_day) in PRODUCTS.items()
        for day in range(1, DAYS + 1)
        for n in range(a_day)
    ]
    write("orders-N1.csv", "order_id,line_no,warehouse_id,product_id,ordered_at,quantity", *orders)
    return folder


def commands_of_the_page() -> list[list[str]]:
    """The lines of the page's first block of code, without their remarks."""
    block = re.search(r"```\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    return [shlex.split(line, comments=True)[1:] for line in block[1].splitlines()]


def test_the_commands_of_the_page_lead_from_nothing_to_an_approved_plan(
    freshfront: Shell, engine: Engine, folder: Path
) -> None:
    commands = commands_of_the_page()
    assert commands[0] == ["db", "upgrade"]
    plan_id = ""
    for command in commands:
        assert freshfront(*(plan_id if word == "ID" else word for word in command)) == 0, (command, freshfront.err)
        if command == ["sales"]:
            assert f"{DAYS * len(PRODUCTS)} rows of sales" in freshfront.out
        if command[:2] == ["plan", "make"]:
            plan_id = freshfront.out.split()[2]
            assert "1 line could not be ordered: 1 no offer." in freshfront.out
    with reading(engine) as session:
        plan = session.get_one(PurchasePlanRow, plan_id)
        assert (plan.status, plan.delivery_date) == (PlanStatus.APPROVED, TODAY + timedelta(days=1))
        assert len(session.scalars(select(PurchaseOrderRow)).all()) == 1
    assert "Green farm" in (folder.parent / "plan.csv").read_text(encoding="utf-8-sig")
