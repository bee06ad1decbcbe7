"""From an empty database to the third evening, with exactly the commands of docs/data-formats.md: a shop that knows its
lots, and one that has sales and a stock list. What the shop does in between is played here."""

import json
import re
import shlex
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading
from data.tables import PlanLineRow, PurchaseOrderRow, PurchasePlanRow
from flows.commands.demand import booking
from flows.commands.operating import importing
from flows.commands.purchasing import planning
from flows.commands.shell import moment
from tests.integration.flows.shell import Shell

PAGE = Path(__file__).parents[3] / "docs" / "data-formats.md"
FIRST_EVENING, DAYS = date(2026, 3, 2), 35
SOLD = {"spinach": 6, "milk": 12}  # a day, by three customers at ten, eleven and twelve
LIVES = {"spinach": 3, "milk": 9}
OPENING = 5  # of each, on the shelf on the first evening
ONE_DAY = timedelta(days=1)


class Clock(datetime):
    """Nine in the evening of `today` in Ningbo."""

    today = FIRST_EVENING

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Clock":
        return cls.fromtimestamp(datetime.fromisoformat(f"{cls.today}T21:00:00+08:00").timestamp(), tz)


class Shop:
    """Shelves that sell first-expired first; what was ordered for a day is there at six in the morning."""

    def __init__(self) -> None:
        day = FIRST_EVENING - ONE_DAY
        self.lots = {f"L-{p}": [p, day, day + timedelta(days=LIVES[p] - 1), OPENING, OPENING] for p in SOLD}

    def play(self, day: date, came: dict[str, int]) -> None:
        for product, quantity in came.items():
            last = day + timedelta(days=LIVES[product] - 1)
            self.lots[f"L-{product}-{day}"] = [product, day, last, quantity, quantity]
        for product, wanted in SOLD.items():
            for lot in sorted((lot for lot in self.lots.values() if lot[0] == product), key=lambda lot: lot[2]):
                taken = min(wanted, lot[4]) if lot[2] >= day else 0
                lot[4] -= taken
                wanted -= taken
            assert not wanted, (day, product, "the plan left the shop without")

    def there(self, product: str) -> int:
        return sum(lot[4] for lot in self.lots.values() if lot[0] == product)


def commands_below(heading: str) -> list[list[str]]:
    """The lines of the first block of code below a heading, without their remarks."""
    page = PAGE.read_text()
    block = re.search(r"```\n(.*?)```", page[page.index(heading) :], re.DOTALL)
    assert block is not None
    return [shlex.split(line, comments=True)[1:] for line in block[1].splitlines()]


def write(folder: Path, name: str, header: str, *rows: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join([header, *rows]) + "\n")


def order_lines(*days: date) -> list[str]:
    return [
        f"{product}-{day}-{n},1,N1,{product},{day}T{10 + n}:00,{sold // 3}"
        for day in days
        for product, sold in SOLD.items()
        for n in range(3)
    ]


def sales(*days: date) -> list[str]:
    return [f"N1,{product},{day},{sold}" for day in days for product, sold in SOLD.items()]


def lots_of(shop: Shop) -> list[str]:
    return [
        f"{lot_id},N1,{product},F1,{day}T06:00,{last},{received},{left}"
        for lot_id, (product, day, last, received, left) in shop.lots.items()
        if left
    ]


def stock_of(shop: Shop) -> list[str]:
    return [f"N1,{product},{shop.there(product)}" for product in SOLD if shop.there(product)]


ORDERS = "order_id,line_no,warehouse_id,product_id,ordered_at,quantity"
SALES = "warehouse_id,product_id,date,sales"
LOTS = "lot_id,warehouse_id,product_id,supplier_id,received_at,expires_on,quantity_received,quantity_on_hand"


def evening_with_lots(folder: Path, shop: Shop, day: date) -> None:
    write(folder, f"orders-{day}.csv", ORDERS, *order_lines(day))
    write(folder, f"lots-{day}.csv", LOTS, *lots_of(shop))


def evening_with_a_list(folder: Path, shop: Shop, day: date) -> None:
    write(folder, f"sales-{day}.csv", SALES, *sales(day - ONE_DAY))
    write(folder, f"stock-{day}.csv", "warehouse_id,product_id,quantity", *stock_of(shop))


@pytest.fixture
def begun(freshfront: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, list[str]], None]:
    """Runs the first day's commands on a folder with terms and a history of one kind."""
    for module in (booking, importing, moment, planning):
        monkeypatch.setattr(module, "datetime", Clock)
    monkeypatch.setattr(Clock, "today", FIRST_EVENING)
    monkeypatch.chdir(tmp_path)

    def begin(kind: str, header: str, history: list[str]) -> None:
        data = tmp_path / "data"
        write(data, "warehouses.csv", "warehouse_id,name,city,timezone", "N1,North gate,Ningbo,Asia/Shanghai")
        products = [f"{p},{p},food,chilled,piece,{life},12" for p, life in LIVES.items()]
        write(data, "products.csv", "product_id,name,category,band,unit,shelf_life_days,list_price", *products)
        write(data, "suppliers.csv", "supplier_id,name,kind", "F1,Green farm,farm")
        terms = "pack_size,min_quantity,lead_time_days,delivery_weekdays,valid_from,tier_min_quantity,unit_price"
        offers = [f'O-{p},F1,{p},1,1,1,"1,2,3,4,5,6,7",2026-01-01,0,7' for p in SOLD]
        write(data, "offers.csv", f"offer_id,supplier_id,product_id,{terms}", *offers)
        write(data, f"{kind}-N1.csv", header, *history)
        for command in ("db upgrade", "import data/", "sales", "train"):
            assert freshfront(*command.split()) == 0, (command, freshfront.err)

    return begin


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["orders", "sales"])
def test_the_commands_of_the_page_lead_from_nothing_to_the_third_evening(
    freshfront: Shell, engine: Engine, tmp_path: Path, begun, kind: str
) -> None:
    past = [FIRST_EVENING - timedelta(days=ago) for ago in range(DAYS, 0, -1)]
    shop = Shop()
    if kind == "orders":
        heading, evening = "### A shop that knows its lots", evening_with_lots
        begun(kind, ORDERS, order_lines(*past))
    else:
        heading, evening = "### A shop that has sales and a stock list", evening_with_a_list
        begun(kind, SALES, sales(*past))

    for n in range(3):
        today = Clock.today = FIRST_EVENING + timedelta(days=n)
        if n:
            shop.play(today, _ordered_for(engine, today))
        for file in (tmp_path / "evening").glob("*.csv"):
            file.unlink()
        evening(tmp_path / "evening", shop, today)
        plan_id = ""
        for command in commands_below(heading):
            assert freshfront(*(plan_id if word == "ID" else word for word in command)) == 0, (command, freshfront.err)
            if command[:2] == ["plan", "make"]:
                plan_id = freshfront.out.split()[2]
        _assert_planned_from_what_is_there(engine, plan_id, shop, today)
        assert freshfront("stock", "show", "--json") == 0
        [told] = json.loads(freshfront.out)
        assert {one["product_id"]: one["on_shelf"] for one in told["products"]} == {p: shop.there(p) for p in SOLD}


def _ordered_for(engine: Engine, day: date) -> dict[str, int]:
    with reading(engine) as session:
        orders = session.scalars(select(PurchaseOrderRow).where(PurchaseOrderRow.delivery_date == day)).all()
        return {line.product_id: int(line.quantity) for order in orders for line in order.lines}


def _assert_planned_from_what_is_there(engine: Engine, plan_id: str, shop: Shop, today: date) -> None:
    with reading(engine) as session:
        assert session.get_one(PurchasePlanRow, plan_id).notes == []
        lines = session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == plan_id)).all()
        for line in lines:
            assert float(line.on_order) <= 1, "what the list shows to have come, but for what was sold by surprise"
            together = shop.there(line.product_id) + int(line.quantity)
            assert SOLD[line.product_id] <= together <= 3 * SOLD[line.product_id] + OPENING, (today, line.product_id)
        due = session.scalars(select(PurchaseOrderRow).where(PurchaseOrderRow.delivery_date <= today)).all()
        for order in due:
            for of_order in order.lines:
                assert of_order.quantity - of_order.received <= 1, (today, of_order.product_id)
