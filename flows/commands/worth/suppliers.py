"""`freshfront report suppliers`: how suppliers kept to what was ordered, and what that cost."""

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from data.database import reading, require_current_schema
from data.languages import say
from flows.commands.shell.options import Json, day
from flows.commands.shell.output import answer
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.reports.suppliers.as_csv import as_csv
from flows.reports.suppliers.scorecards import (
    AskedOfSuppliers,
    Scorecard,
    Scorecards,
    scorecard_of,
    supplier_scorecards,
)
from flows.reports.weeks import Weeks

SHOWN = ("on_time", "in_full", "accepted_receipt", "life_left")


def suppliers(
    period: Annotated[Weeks, typer.Option(help="how many whole weeks together")] = Weeks.FOUR,
    until: Annotated[
        str, typer.Option(help="weeks that ended by this day, YYYY-MM-DD; by the last added up if not given")
    ] = "",
    warehouse: Annotated[str | None, typer.Option("--warehouse", "-w", help="of this warehouse only")] = None,
    supplier: Annotated[str | None, typer.Option(help="of this supplier only")] = None,
    out: Annotated[Path | None, typer.Option(help="write it as CSV to this file")] = None,
    json: Json = False,
) -> None:
    """Print how suppliers kept to what was ordered over whole weeks, and what that cost, or write it as CSV."""
    asked = AskedOfSuppliers(period, day(until, "until") if until else None, warehouse)
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            found, cards = _asked_for(session, supplier, asked)
    if out is not None:
        out.write_text(as_csv(found, cards), encoding="utf-8", newline="")
        answer({"file": str(out)}, say("{n} suppliers in {file}", n=len(cards), file=out), json)
        return
    answer(_facts(found, cards), _in_words(found, cards), json)


def _asked_for(session: Session, supplier: str | None, asked: AskedOfSuppliers) -> tuple[Scorecards, list[Scorecard]]:
    if supplier is None:
        found = supplier_scorecards(session, asked)
        return found, list(found.cards)
    found, card = scorecard_of(session, supplier, asked)
    return found, [card]


def _facts(found: Scorecards, cards: list[Scorecard]) -> dict[str, Any]:
    return {
        "first_day": found.first.isoformat(),
        "last_day": found.last.isoformat(),
        "suppliers": [
            {
                "supplier_id": card.supplier_id,
                "name": card.name,
                "rank": card.rank,
                "figures": [
                    {
                        "figure": one.figure.name,
                        "currency": one.currency,
                        "value": one.value,
                        "before": one.before,
                        "change": None if one.change is None else [one.change.low, one.change.high],
                    }
                    for one in card.told
                ],
            }
            for card in cards
        ],
    }


def _in_words(found: Scorecards, cards: list[Scorecard]) -> str:
    rows = []
    for card in cards:
        values = {one.figure.name: one.value for one in card.told if one.currency is None}
        costs = [f"{one.value:,.2f} {one.currency}" for one in card.told if one.figure.name == "cost" and one.value]
        shares = ["" if values[name] is None else f"{values[name]:.1%}" for name in SHOWN]
        rows.append((card.supplier_id, card.name, str(card.rank or ""), ", ".join(costs), *shares))
    columns = ("supplier", "name", "rank", "cost", *SHOWN)
    return f"{say('{first} to {last}', first=found.first, last=found.last)}\n{as_table(columns, rows)}"
