"""`freshfront stock`: shown as of a past moment, counted, written off, blocked everywhere, traced."""

import json
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Engine

from data.database import writing
from data.tables import DailySalesRow
from flows.stock.moving import Transfer, move_to_warehouse
from tests.integration.flows.shell import Shell

from .conftest import NOON, TODAY


def test_a_day_in_the_stock_by_the_command_line(shelves: Engine, freshfront: Shell) -> None:
    with writing(shelves) as session:  # --as-of speaks of the region's days, which a region with sales has
        session.add(DailySalesRow(warehouse_id="W1", product_id="rice", date=TODAY - timedelta(days=1), sales=3.0,
                                  known_at=NOON))  # fmt: skip
        move_to_warehouse(session, "M1", Transfer("W1", "S-new", "W2", Decimal(8)), NOON, "Li")

    def told(*command: str, code: int = 0) -> list[dict]:
        assert freshfront("stock", *command, "--json") == code, freshfront.err
        return json.loads(freshfront.out) if code == 0 else []

    for _ in range(2):
        counted = told("count", "W1", "--lot", "S-new=9", "--product", "rice=41", "--id", "C1")
    assert [(change["lot_id"], change["left"]) for change in counted] == [("R", 40), ("S-new", 9), ("rice", 1)]
    assert told("write-off", "W1", "--lot", "S-new=2", "--reason", "damaged")[0]["left"] == 7
    told("write-off", "W1", "--lot", "S-new=8", "--reason", "damaged", code=2)
    assert "7 kg left" in freshfront.err
    told("count", "W1", "--lot", "S-new", code=2)
    assert "write the name, = and a quantity" in freshfront.err

    blocked = told("block", "W1", "S-new", "--because", "recall", "--everywhere")
    assert {lot["warehouse_id"] for lot in blocked} == {"W1", "W2"}
    assert freshfront("stock", "trace", "W2", "S-new") == 0
    assert "In W1 as S-new" in freshfront.out
    assert freshfront("stock", "show", "-w", "W1", "--lots") == 0
    assert "blocked: recall" in freshfront.out

    def lots(as_of: str) -> dict[str, float]:
        [stock] = told("show", "-w", "W1", "--as-of", as_of)
        return {lot["lot_id"]: lot["counted"] for product in stock["products"] for lot in product["lots"]}

    assert lots("2026-03-02T09:00") == {"S-new": 20, "S-old": 6, "R": 40}
    assert lots("2026-03-02") == {"S-new": 12, "S-old": 6, "R": 40}
    told("count", "W1", "--whole")
    assert told("show", "-w", "W1")[0]["products"] == []
