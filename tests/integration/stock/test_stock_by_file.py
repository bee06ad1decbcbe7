"""Stock that comes by file: lots and plain lists, how old they are, and what they do not name."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.importers.importing import KINDS
from data.importers.kinds.whole_stock import CountedFile
from data.importers.problems import BadFile
from data.importers.result import ImportResult
from data.tables import DailySalesRow, LotRow, PurchaseOrderRow, StockChangeRow
from flows.importing.documented_kinds import HowToImport, import_documented_file
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.stock.writing_off import WriteOff, WriteOffReason, write_off

from .conftest import EVENING, MORNING, NOON

HOUR = timedelta(hours=1)
LOTS = "lot_id,warehouse_id,product_id,received_at,expires_on,quantity_received,quantity_on_hand"
LOCAL_NOON = datetime.fromisoformat("2026-03-02T12:00")
S_NEW = "S-new,W1,spinach,2026-03-02T08:00:00,2026-03-04,20"


def lots_file(engine: Engine, folder: Path, text: str, now: datetime = EVENING, **how) -> ImportResult:
    path = folder / "lots.csv"
    path.write_text(text, encoding="utf-8")
    return import_documented_file(engine, "lots", path, HowToImport(**how), now=now)


def list_file(engine: Engine, folder: Path, rows: str, now: datetime = EVENING, **how) -> ImportResult:
    path = folder / "stock.csv"
    path.write_text(f"warehouse_id,product_id,quantity\n{rows}", encoding="utf-8")
    return import_documented_file(engine, "stock", path, HowToImport(**how), now=now)


def lots(engine: Engine) -> dict[str, tuple[int, datetime]]:
    with reading(engine) as session:
        return {
            f"{lot.warehouse_id} {lot.lot_id}": (int(lot.quantity_on_hand), lot.counted_at)
            for lot in session.scalars(select(LotRow))
        }


@pytest.mark.parametrize(
    ("header", "row", "quantity", "counted_at"),
    [
        (LOTS, f"{S_NEW},7", 7, EVENING),  # a count is of now
        (f"{LOTS},known_at", f"{S_NEW},7,2026-03-02T09:00:00", 7, MORNING + HOUR),
        (f"{LOTS},known_at,counted_at", f"{S_NEW},7,2026-03-02T09:00:00,2026-03-02T12:00:00", 7, NOON),
        (LOTS.removesuffix(",quantity_on_hand"), S_NEW, 20, MORNING),  # it says what came, not what is there
    ],
)
def test_what_is_left_of_a_lot_holds_as_of_the_moment_that_the_file_says(
    shelves: Engine, tmp_path: Path, header: str, row: str, quantity: int, counted_at: datetime
) -> None:
    lots_file(shelves, tmp_path, f"{header}\n{row}\n")
    lots_file(shelves, tmp_path, f"{header}\n{row.replace('S-new', 'S-next')}\n")

    assert lots(shelves)["W1 S-new"] == (quantity, counted_at)
    assert lots(shelves)["W1 S-next"] == (quantity, counted_at)


def test_a_changed_lot_is_a_count_in_the_ledger_once_and_an_older_file_changes_nothing(
    shelves: Engine, tmp_path: Path
) -> None:
    for _ in range(2):
        lots_file(shelves, tmp_path, f"{LOTS}\n{S_NEW},7\n", counted_at=NOON)
    lots_file(shelves, tmp_path, f"{LOTS}\n{S_NEW},18\n", counted_at=NOON - HOUR)

    assert lots(shelves)["W1 S-new"] == (7, NOON)
    with reading(shelves) as session:
        [change] = session.scalars(select(StockChangeRow))
    assert (change.kind, change.quantity, change.left, change.happened_at) == ("counted", -13, 7, NOON)


def test_a_lot_that_the_list_of_the_whole_stock_does_not_name_is_gone(shelves: Engine, tmp_path: Path) -> None:
    with writing(shelves) as session:
        asked = WriteOff("W1", [("S-new", Decimal(2))], WriteOffReason.DAMAGED, EVENING)
        write_off(session, "B1", asked, EVENING, "Li")

    told = lots_file(shelves, tmp_path, f"{LOTS}\n{S_NEW},15\n", counted_at=LOCAL_NOON, whole_stock=True)

    assert told.notes == ("2 lots that the file does not name are counted as 0.",)
    kept = {lot: quantity for lot, (quantity, _) in lots(shelves).items()}
    assert kept == {"W1 S-new": 13, "W1 S-old": 0, "W1 R": 0, "W2 S-w2": 3}
    assert lots(shelves)["W1 S-old"][1] == NOON  # 12:00 at the warehouse


def test_a_file_that_says_no_quantities_left_counts_nothing(shelves: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="lacks the column quantity_on_hand"):
        lots_file(shelves, tmp_path, f"{LOTS.removesuffix(',quantity_on_hand')}\n{S_NEW}\n", whole_stock=True)
    with pytest.raises(BadFile, match="lies in the future"):
        lots_file(shelves, tmp_path, f"{LOTS}\n{S_NEW},7\n", counted_at=EVENING + HOUR)

    assert lots(shelves)["W1 S-old"][0] == 6


def test_of_a_lot_whose_receipt_comes_again_without_what_is_left_so_much_is_left_as_before(
    shelves: Engine, tmp_path: Path
) -> None:
    receipts = f"{LOTS.removesuffix(',quantity_on_hand')}\nLOT-77,W1,spinach,2026-03-02T08:00:00,2026-03-04,20\n"
    lots_file(shelves, tmp_path, receipts)
    with writing(shelves) as session:
        asked = WriteOff("W1", [("LOT-77", Decimal(13))], WriteOffReason.DAMAGED, EVENING)
        write_off(session, "B1", asked, EVENING, "Li")

    lots_file(shelves, tmp_path, receipts, now=EVENING + HOUR)
    lots_file(shelves, tmp_path, receipts.replace("W1", "W2").replace(",20\n", ",5\n"), now=EVENING + HOUR)

    kept = {lot: quantity for lot, (quantity, _) in lots(shelves).items() if "LOT-77" in lot}
    assert kept == {"W1 LOT-77": 7, "W2 LOT-77": 5}, "another lot of another warehouse"


def test_a_shop_without_lots_has_one_lot_a_product_that_is_new_on_the_day_of_each_list(
    shelves: Engine, tmp_path: Path
) -> None:
    tomorrow = EVENING + timedelta(days=1)
    list_file(shelves, tmp_path, "W2,spinach,12\nW2,rice,0\n")
    list_file(shelves, tmp_path, "W2,spinach,30\nW2,rice,4\n", now=tomorrow)

    with reading(shelves) as session:
        there = session.scalars(select(LotRow).where(LotRow.warehouse_id == "W2").order_by(LotRow.lot_id))
        assert [(lot.lot_id, int(lot.quantity_on_hand), lot.expires_on) for lot in there] == [
            ("S-w2", 3, date(2026, 3, 2)),
            ("rice", 4, None),
            ("spinach", 27, date(2026, 3, 5)),  # three days of life from 3 March
        ]


def test_a_list_of_the_whole_stock_makes_other_products_0(shelves: Engine, tmp_path: Path) -> None:
    told = list_file(shelves, tmp_path, "W1,spinach,26\n", whole_stock=True)

    assert told.notes == ("1 lot that the file does not name is counted as 0.",)
    kept = {lot: quantity for lot, (quantity, _) in lots(shelves).items()}
    assert kept == {"W1 S-new": 20, "W1 S-old": 6, "W1 R": 0, "W2 S-w2": 3}


def test_a_list_cannot_use_the_number_of_a_lot_of_something_else(shelves: Engine, tmp_path: Path) -> None:
    with writing(shelves) as session:
        lot = session.get_one(LotRow, ("W1", "R"))
        fields = {name: getattr(lot, name) for name in ("received_at", "known_at", "quantity_received")}
        session.add(LotRow(lot_id="spinach", warehouse_id="W1", product_id="rice", quantity_on_hand=1, **fields))

    with pytest.raises(BadFile, match="is the number of a lot of product rice"):
        list_file(shelves, tmp_path, "W1,spinach,26\n")


def test_a_count_without_more_to_say_is_kept_by_the_rules_of_its_kind() -> None:
    assert CountedFile(KINDS["lots"], None, whole=False).kind() is KINDS["lots"]


@pytest.mark.parametrize(("listed", "came"), [(27, 26), (40, 30)])  # no more than was due, whatever is there
def test_what_a_list_has_more_than_was_left_has_come_for_the_purchase_orders_that_were_due(
    shelves: Engine, tmp_path: Path, listed: int, came: int
) -> None:
    list_file(shelves, tmp_path, "W2,rice,12\n")
    tuesday, night = date(2026, 3, 3), EVENING + timedelta(hours=29)  # 01:00 on Wednesday
    with writing(shelves) as session:
        place_purchase_orders(
            session,
            [
                NewPurchaseOrderLine(farm, "W2", day, "rice", Decimal(quantity))
                for farm, day, quantity in (("F1", tuesday, 30), ("F2", date(2026, 3, 4), 50))
            ],
            EVENING,
            "Wu",
        )
        sold = {"date": tuesday, "sales": 12.0, "known_at": EVENING + timedelta(hours=28)}
        session.add(DailySalesRow(warehouse_id="W2", product_id="rice", **sold))

    for _ in range(2):  # 11 of Tuesday's 12 were sold by 22:00, so 1 of the list before was left
        told = list_file(
            shelves, tmp_path, f"W2,rice,{listed}\n", night, counted_at=datetime.fromisoformat("2026-03-03T22:00")
        )

    assert told.notes == ()
    with reading(shelves) as session:
        orders = session.scalars(select(PurchaseOrderRow).order_by(PurchaseOrderRow.delivery_date))
        assert [order.lines[0].received for order in orders] == [came, 0]
    assert lots(shelves)["W2 rice"][0] == listed
