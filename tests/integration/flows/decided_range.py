"""A shop with half a year of days behind it and the weeks after a decision: chervil left W1, and what that did."""

from datetime import date, timedelta
from typing import cast

import numpy as np
from sqlalchemy import Engine, Table

from data.bulk import write_rows
from data.database import writing
from data.tables import (
    AssortmentProposalRow,
    Band,
    LineDayRow,
    ProductRow,
    ProposalKind,
    ProposalStatus,
    SumsOfProducts,
    Unit,
    WarehouseDayRow,
    WarehouseRow,
)
from flows.assortment import deciding
from tests.integration.flows.conftest import NOW, TODAY
from warehouse.worth.measures import MEASURES

BEFORE, AFTER = 182, 28  # days
GOODS = {"chervil": "herb", "dill": "herb", "parsley": "herb", "chard": "leaf", "kale": "leaf", "milk": "chilled"}
SUMS = tuple(SumsOfProducts.__annotations__)
OVER = NOW + timedelta(days=AFTER + 1)  # when the four weeks have been added up
BASKETS = {"share": 0.1, "orders": 30.0, "margin": 5.0, "margin_high": 9.0, "times_chance": 1.0, "comes_back": None,
           "holds": False}  # fmt: skip


def sell_herbs(engine: Engine, warehouses: dict[str, str]) -> None:
    """`warehouses`: their currencies. Each product sells and wastes by chance up to four weeks after TODAY; chervil is
    sold in W1 up to TODAY, and nowhere else; on each 13th nothing is known of its demand."""
    random = np.random.default_rng(3)
    with writing(engine) as session:
        for name, currency in warehouses.items():
            if session.get(WarehouseRow, name) is None:
                session.add(WarehouseRow(warehouse_id=name, name=name, city="Paris", timezone="Europe/Paris",
                                         currency=currency))  # fmt: skip
        session.add_all(
            ProductRow(product_id=name, name=name.title(), category=category, band=Band.LEAF, unit=Unit.KG)
            for name, category in GOODS.items() if session.get(ProductRow, name) is None
        )  # fmt: skip
        session.flush()
        rows = [
            line(name, product, TODAY + timedelta(days=at), float(random.poisson(9)), float(random.poisson(0.7)))
            for name in warehouses for product in GOODS for at in range(1 - BEFORE, AFTER + 1)
            if product != "chervil" or (name == "W1" and at <= 0)
        ]  # fmt: skip
        columns = ["warehouse_id", "product_id", "date", *SUMS]
        write_rows(session.connection(), cast(Table, LineDayRow.__table__), columns, rows)
        session.add_all(added_up(name, TODAY + timedelta(days=AFTER)) for name in warehouses)


def line(warehouse: str, product: str, day: date, sold: float, wasted: float) -> tuple[object, ...]:
    """A product's day at a margin of 4 and a cost of 6 a unit; a third more was wanted than was sold."""
    known = product != "chervil" or day.day != 13
    wanted = sold * 4 / 3 if known else 0.0
    sums = dict.fromkeys(SUMS, 0.0) | {
        "days": 1.0, "known_days": float(known), "demand": wanted, "met": sold if known else 0.0, "sold": sold,
        "wanted_money": 4 * wanted, "came": sold + wasted, "expired": wasted, "waste_money": wasted * 6,
    }  # fmt: skip
    return (warehouse, product, day, *(sums[name] for name in SUMS))


def added_up(warehouse: str, day: date) -> WarehouseDayRow:
    """That days are added up so far."""
    return WarehouseDayRow(date=day, warehouse_id=warehouse, read_at=NOW, **dict.fromkeys(MEASURES, 0.0))


def decide(
    engine: Engine, proposal_id: str, warehouse: str, product: str, kind: ProposalKind = ProposalKind.RETIRE,
    day: date = TODAY, to: str | None = None,
) -> None:  # fmt: skip
    """A proposal to earn 100 that is accepted for a day."""
    details = {"evidence": [], "siblings": [], "baskets": BASKETS, "held_out": None}
    with writing(engine) as session:
        session.add(
            AssortmentProposalRow(
                proposal_id=proposal_id, warehouse_id=warehouse, product_id=product, to_warehouse_id=to, kind=kind,
                proposed_at=NOW, horizon_days=28, money=100.0, money_low=60.0, money_high=140.0, margin_lost=50.0,
                margin_kept=30.0, waste_saved=20.0, waste_saved_money=125.0, held_by_baskets=False, details=details,
                status=ProposalStatus.WAITING, version=1,
            )
        )  # fmt: skip
        session.flush()
        deciding.accept(session, proposal_id, NOW, "Ada", notice_days=0, day=day)
