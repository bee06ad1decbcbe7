"""What a plan carries between warehouses, from the file of terms to what is to be sent: planned, kept, looked at again,
approved with the orders that count on it; and what later plans make of how it went."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.own_warehouses import see_only
from data.tables import LotRow, PlanLineRow, PlanTransferRow, PurchasePlanRow, TransferRow, WarehouseRow
from flows.errors import NotNow, Unknown
from flows.purchasing.deciding.approving import PlanChanged, approve_plan
from flows.purchasing.deciding.editing import edit_plan_line
from flows.purchasing.deciding.transfers_of_plan import cancel_transfer_of_plan, leave_out_transfer
from flows.purchasing.planning.purchase_plans import discard_plan, make_purchase_plan
from flows.stock.transfers.receiving import receive_transfer
from flows.stock.transfers.sending import send_transfer
from flows.stock.writing_off import WriteOff, WriteOffReason, write_off
from tests.integration.flows.conftest import NOW, ORIGIN, TOMORROW

HEAD = "from_warehouse_id,to_warehouse_id,valid_from,hours,drive_cost,cost_per_unit"
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def surplus(shop: Engine) -> Engine:
    """W1 has spinach for five days that keeps for two; W2 has none."""
    with writing(shop) as session:
        session.add_all(
            LotRow(lot_id=lot_id, warehouse_id="W1", product_id="spinach", received_at=ORIGIN, known_at=ORIGIN,
                   expires_on=TOMORROW, quantity_received=Decimal(quantity), quantity_on_hand=Decimal(quantity),
                   counted_at=NOW, unit_cost=Decimal(6))
            for lot_id, quantity in (("S1", 40), ("S2", 60))
        )  # fmt: skip
    return shop


@pytest.fixture
def terms(shop: Engine, tmp_path: Path) -> Callable[..., None]:
    """Imports how goods are carried."""

    def import_rows(*rows: str) -> None:
        path = tmp_path / "transfer-terms.csv"
        path.write_text("\n".join([HEAD, *rows, ""]))
        import_file(shop, "transfer-terms", path, now=NOW)

    return import_rows


def plan(engine: Engine, *names: str, at=NOW) -> str:
    return make_purchase_plan(engine, names or ("W1", "W2"), at, "Li Na")


def carried(engine: Engine, plan_id: str) -> list[PlanTransferRow]:
    with reading(engine) as session:
        rows = session.scalars(
            select(PlanTransferRow).where(PlanTransferRow.plan_id == plan_id).order_by(PlanTransferRow.transfer_no)
        ).all()
        return list(rows)


def line(engine: Engine, plan_id: str, warehouse: str, product: str = "spinach") -> PlanLineRow:
    with reading(engine) as session:
        of_it = PlanLineRow.warehouse_id == warehouse, PlanLineRow.product_id == product
        return session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == plan_id, *of_it)).one()


def left(engine: Engine) -> dict[tuple[str, str], Decimal]:
    with reading(engine) as session:
        lots = session.scalars(select(LotRow).where(LotRow.product_id == "spinach"))
        return {(lot.warehouse_id, lot.lot_id): lot.quantity_on_hand for lot in lots}


def transfers(engine: Engine) -> list[TransferRow]:
    with reading(engine) as session:
        return list(session.scalars(select(TransferRow)).all())


def send(engine: Engine, at: datetime, lots: dict[str, Decimal] | None = None, because: str | None = None) -> None:
    with writing(engine) as session:
        send_transfer(session, "W1", transfers(engine)[0].transfer_id, lots, because, at, "Zhang")


def receive(engine: Engine, at: datetime, lots: dict[str, Decimal] | None = None, because: str | None = None) -> None:
    with writing(engine) as session:
        receive_transfer(session, "W2", transfers(engine)[0].transfer_id, lots, because, at, "Wang")


def test_without_terms_nothing_is_carried(surplus: Engine) -> None:
    assert carried(surplus, plan(surplus)) == []


def test_what_would_expire_is_carried_and_less_is_bought(surplus: Engine, terms: Callable[..., None]) -> None:
    without = line(surplus, plan(surplus), "W2")
    terms("W1,W2,2026-01-01,2,20,0.1")

    plan_id = plan(surplus)

    (one,) = carried(surplus, plan_id)
    assert (one.from_warehouse_id, one.to_warehouse_id, one.product_id) == ("W1", "W2", "spinach")
    assert one.quantity == sum(Decimal(str(lot["quantity"])) for lot in one.lots) == int(one.quantity)
    assert one.lots[0]["lot_id"] == "S1"
    assert one.arrives_at == NOW + timedelta(hours=2)
    assert 10 < one.quantity <= 60
    assert one.earns > 0
    assert one.cost == pytest.approx(20 + one.quantity / 10)
    here = line(surplus, plan_id, "W2")
    assert here.quantity < without.quantity
    assert here.usable_stock > without.usable_stock
    told = {reason["code"]: reason for reason in here.reasons}
    assert told["carried_here"] == {"code": "carried_here", "quantity": float(one.quantity), "warehouse": "W1"}
    assert "carried_away" in {reason["code"] for reason in line(surplus, plan_id, "W1").reasons}


@pytest.mark.parametrize(
    "terms_of_way", ["W1,W2,2026-01-01,40,0,0", "W1,W2,2026-01-01,2,5000,0", "W1,W2,2027-01-01,2,0,0"]
)
def test_what_comes_too_late_costs_too_much_or_does_not_hold_yet_is_not_carried(
    surplus: Engine, terms: Callable[..., None], terms_of_way: str
) -> None:
    terms(terms_of_way)
    assert carried(surplus, plan(surplus)) == []


def test_terms_that_began_last_hold(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,5000,0", "W1,W2,2026-03-01,2,0,0")
    assert len(carried(surplus, plan(surplus))) == 1


def test_nothing_is_carried_between_currencies_or_beyond_the_plan(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    assert carried(surplus, plan(surplus, "W2")) == []
    with writing(surplus) as session:
        session.get_one(WarehouseRow, "W2").currency = "USD"
    assert carried(surplus, plan(surplus)) == []


def test_approval_keeps_aside_what_is_carried_once(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    plan_id = plan(surplus)
    (one,) = carried(surplus, plan_id)
    before = left(surplus)

    orders = approve_plan(surplus, plan_id, LATER, "Li Na")

    assert left(surplus) == before  # nobody has carried anything yet
    (kept,) = carried(surplus, plan_id)
    assert (kept.approved_at, kept.approved_by) == (LATER, "Li Na")
    (transfer,) = transfers(surplus)
    assert (transfer.plan_id, transfer.stage, transfer.approved_at) == (plan_id, "approved", LATER)
    assert {lot.lot_id: lot.approved for lot in transfer.lots} == {
        lot["lot_id"]: Decimal(str(lot["quantity"])) for lot in one.lots
    }
    # it must come while the third of March lasts in Shanghai, on which it expires
    assert transfer.send_by == datetime(2026, 3, 3, 14, tzinfo=UTC)
    assert approve_plan(surplus, plan_id, LATER, "Li Na") == orders
    assert len(transfers(surplus)) == 1


@pytest.mark.parametrize("sent", [False, True])
def test_a_plan_of_the_next_moment_carries_nothing_more(
    surplus: Engine, terms: Callable[..., None], *, sent: bool
) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    approve_plan(surplus, plan(surplus), LATER, "Li Na")
    if sent:
        send(surplus, LATER)
    again = plan(surplus, at=LATER)
    assert sum(one.quantity for one in carried(surplus, again)) <= 2
    assert line(surplus, again, "W2").quantity == 0


def test_what_left_and_came_as_it_was_to_is_no_change_to_a_draft(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    approve_plan(surplus, plan(surplus), LATER, "Li Na")
    again = plan(surplus, at=LATER)
    send(surplus, LATER + timedelta(minutes=1))
    receive(surplus, LATER + timedelta(minutes=2))
    assert {name for name, _ in left(surplus)} == {"W1", "W2"}

    approve_plan(surplus, again, LATER + timedelta(minutes=3), "Li Na")

    with reading(surplus) as session:
        assert session.get_one(PurchasePlanRow, again).status == "approved"


@pytest.mark.parametrize("otherwise", ["less left", "less came", "refused", "cancelled", "lapsed"])
def test_what_went_otherwise_makes_a_draft_anew(surplus: Engine, terms: Callable[..., None], otherwise: str) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    first = plan(surplus)
    approve_plan(surplus, first, LATER, "Li Na")
    again = plan(surplus, at=LATER)
    at = LATER + timedelta(minutes=1)
    match otherwise:
        case "less left":
            send(surplus, at, {"S1": Decimal(5)}, "wilted")
        case "less came":
            send(surplus, at)
            receive(surplus, at, {"S1": Decimal(5)}, "wilted")
        case "refused":
            send(surplus, at, {}, "no driver")
        case "cancelled":
            with writing(surplus) as session:
                cancel_transfer_of_plan(session, first, 1, None, at, "Li Na")
        case "lapsed":
            at = transfers(surplus)[0].send_by

    with pytest.raises(PlanChanged, match="spinach in W2: its stock has changed"):
        approve_plan(surplus, again, at, "Li Na")


def test_what_is_not_approved_is_left_out_and_not_cancelled(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    plan_id = plan(surplus)
    with writing(surplus) as session, pytest.raises(NotNow, match="is not approved: leave it out of the draft"):
        cancel_transfer_of_plan(session, plan_id, 1, None, LATER, "Li Na")
    with writing(surplus) as session, pytest.raises(Unknown, match="has no transfer 2"):
        cancel_transfer_of_plan(session, plan_id, 2, None, LATER, "Li Na")


def test_a_part_that_no_lot_has_any_more_is_not_ordered_either(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    plan_id = plan(surplus)
    of, to = (line(surplus, plan_id, name).line_no for name in ("W1", "W2"))
    with writing(surplus) as session:
        edit_plan_line(session, plan_id, of, Decimal(5), "a party", NOW, "Li Na")
    approve_plan(surplus, plan_id, LATER, "Li Na", line_nos=[of])
    with writing(surplus) as session:
        write_off(session, "O", WriteOff("W1", [("S1", Decimal(40))], WriteOffReason.DAMAGED, LATER), LATER, "Li")
    with pytest.raises(NotNow, match="Lot S1 of warehouse W1 has 0 kg left"):
        approve_plan(surplus, plan_id, LATER, "Li Na", line_nos=[to])
    assert transfers(surplus) == []


def test_a_part_that_is_ordered_carries_what_its_lines_count_on(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    plan_id = plan(surplus)
    milk, spinach = (line(surplus, plan_id, "W2", product).line_no for product in ("milk", "spinach"))
    with writing(surplus) as session:
        edit_plan_line(session, plan_id, spinach, Decimal(5), "a party", NOW, "Li Na")

    approve_plan(surplus, plan_id, LATER, "Li Na", line_nos=[milk])
    assert transfers(surplus) == []
    approve_plan(surplus, plan_id, LATER, "Li Na", line_nos=[spinach])
    assert len(transfers(surplus)) == 1
    with reading(surplus) as session:
        assert session.get_one(PurchasePlanRow, plan_id).status == "approved"


def test_what_a_part_has_carried_is_no_change_to_the_rest(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    plan_id = plan(surplus)
    approve_plan(surplus, plan_id, LATER, "Li Na", line_nos=[line(surplus, plan_id, "W2").line_no])
    send(surplus, LATER)
    receive(surplus, LATER)
    assert {name for name, _ in left(surplus)} == {"W1", "W2"}
    with reading(surplus) as session:
        assert session.get_one(PurchasePlanRow, plan_id).status == "draft"

    approve_plan(surplus, plan_id, LATER + timedelta(minutes=1), "Li Na")

    with reading(surplus) as session:
        assert session.get_one(PurchasePlanRow, plan_id).status == "approved"


def test_a_lot_that_is_gone_makes_the_draft_anew(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    plan_id = plan(surplus)
    with writing(surplus) as session:
        lots = [("S1", Decimal(40)), ("S2", Decimal(55))]
        write_off(session, "W-1", WriteOff("W1", lots, WriteOffReason.DAMAGED, NOW), LATER, "Li")

    with pytest.raises(PlanChanged, match="spinach in W1: its stock has changed"):
        approve_plan(surplus, plan_id, LATER, "Li Na")

    assert (carried(surplus, plan_id), transfers(surplus)) == ([], [])


def test_what_would_come_too_late_now_makes_the_draft_anew(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,30,0,0")  # comes at 16:00 tomorrow
    plan_id = plan(surplus)
    assert len(carried(surplus, plan_id)) == 1
    evening = NOW + timedelta(hours=9)

    with pytest.raises(PlanChanged, match="spinach in W2: it can no longer be carried there from W1 in time"):
        approve_plan(surplus, plan_id, evening, "Li Na")

    assert carried(surplus, plan_id) == []


def test_a_warehouse_that_a_newer_plan_has_taken_gives_nothing_to_the_older(
    surplus: Engine, terms: Callable[..., None]
) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    plan_id = plan(surplus)
    plan(surplus, "W1")

    with pytest.raises(PlanChanged, match="it can no longer be carried there from W1"):
        approve_plan(surplus, plan_id, LATER, "Li Na")

    assert carried(surplus, plan_id) == []
    approve_plan(surplus, plan_id, LATER, "Li Na")


def test_what_a_buyer_leaves_out_is_not_carried(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    plan_id = plan(surplus)
    with writing(surplus) as session:
        version = session.get_one(PurchasePlanRow, plan_id).version
        leave_out_transfer(session, plan_id, 1)
        assert session.get_one(PurchasePlanRow, plan_id).version == version + 1
    with writing(surplus) as session, pytest.raises(Unknown, match="no open transfer 1"):
        leave_out_transfer(session, plan_id, 1)
    approve_plan(surplus, plan_id, LATER, "Li Na")
    assert transfers(surplus) == []
    with writing(surplus) as session, pytest.raises(NotNow, match="is approved"):
        leave_out_transfer(session, plan_id, 1)


def test_a_discarded_plan_carries_nothing(surplus: Engine, terms: Callable[..., None]) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    plan_id = plan(surplus)
    with writing(surplus) as session:
        discard_plan(session, plan_id, LATER, "Li Na")
    with pytest.raises(NotNow):
        approve_plan(surplus, plan_id, LATER, "Li Na")
    assert transfers(surplus) == []


def test_who_sees_one_end_sees_neither_the_terms_nor_what_is_carried(
    surplus: Engine, terms: Callable[..., None]
) -> None:
    terms("W1,W2,2026-01-01,2,0,0")
    plan_id = plan(surplus)
    with reading(surplus) as session:
        see_only(session, lambda: frozenset({"W2"}))
        assert session.get_one(PurchasePlanRow, plan_id).transfers == []
        see_only(session, lambda: frozenset({"W1", "W2"}))
        session.expire_all()
        assert len(session.get_one(PurchasePlanRow, plan_id).transfers) == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("W1,W1,2026-01-01,2,0,0", "is where it comes from"),
        ("W1,W9,2026-01-01,2,0,0", "is not among the warehouses"),
        ("W1,W2,2026-01-01,-1,0,0", "hours"),
    ],
)
def test_terms_that_nobody_can_mean_are_refused(terms: Callable[..., None], row: str, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        terms(row)
