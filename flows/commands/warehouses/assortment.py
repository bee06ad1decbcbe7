"""`freshfront assortment`: what is proposed to change of warehouses' ranges, and what is decided of it."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer
from sqlalchemy import select

from data.database import reading, require_current_schema, writing
from data.languages import say
from data.tables import AssortmentProposalRow, ProposalStatus
from flows.assortment import deciding
from flows.commands.shell.code_words import spoken
from flows.commands.shell.moment import moment_of
from flows.commands.shell.options import AsOf, Json, Warehouses, day
from flows.commands.shell.output import answer
from flows.commands.shell.prefect_or_here import over_warehouses
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.day.assortment import propose_ranges
from flows.settings import Settings

BY = "command line"
Proposal = Annotated[str, typer.Argument(metavar="PROPOSAL", help="its id, as assortment list prints it")]
Why = Annotated[str | None, typer.Option(help="why, for whoever reads it later")]


def propose(warehouse: Warehouses = None, as_of: AsOf = "", json: Json = False) -> None:
    """Judge the range of every warehouse now and propose what to change. The daily flow does it once a week."""
    with database() as engine:
        chosen, now = moment_of(engine, warehouse, as_of)
    names = list(chosen)
    here = partial(propose_ranges, names, now, every=True)
    summary = over_warehouses("assortment", (names, now, True), here)
    answer(summary.as_dict(), str(summary), json)


def listing(
    warehouse: Annotated[str | None, typer.Option("--warehouse", "-w", help="of this warehouse only")] = None,
    status: Annotated[ProposalStatus, typer.Option(help="those of which this became")] = ProposalStatus.WAITING,
    json: Json = False,
) -> None:
    """List proposals to change ranges, those with most money first."""
    row = AssortmentProposalRow
    query = select(row).where(row.status == status).order_by(row.money.desc(), row.proposal_id)
    if warehouse is not None:
        query = query.where(row.warehouse_id == warehouse)
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            found = [_told(one) for one in session.scalars(query)]
    columns = ("proposal_id", "kind", "warehouse_id", "product_id", "money", "money_low", "money_high")
    rows = [
        tuple(str(spoken("proposal", one[name]) if name == "kind" else one[name]) for name in columns) for one in found
    ]
    text = as_table(columns, rows)
    answer({"proposals": found}, text if found else say("No proposals."), json)


def accept(
    proposal: Proposal,
    last_day: Annotated[
        str,
        typer.Option("--day", help="last day on sale, or first on trial; some days ahead if not given"),
    ] = "",
    reason: Why = None,
    despite_baskets: Annotated[
        bool, typer.Option("--despite-baskets", help="also a product that whole baskets hang on")
    ] = False,
    json: Json = False,
) -> None:
    """Accept a proposal: the range changes from a day on."""
    wanted = day(last_day, "day") if last_day else None
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            row = deciding.accept(
                session, proposal, datetime.now(UTC), BY,
                notice_days=Settings().assortment_notice_days, day=wanted, reason=reason,
                despite_baskets=despite_baskets,
            )  # fmt: skip
            told = _told(row)
    answer(told, _in_words(told, str(told["day"])), json)


def refuse(proposal: Proposal, reason: Why = None, json: Json = False) -> None:
    """Refuse a proposal: it is not made again for 13 weeks, unless its money doubles."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            told = _told(deciding.refuse(session, proposal, datetime.now(UTC), BY, reason))
    answer(told, _in_words(told, say("refused")), json)


def take_back(proposal: Proposal, json: Json = False) -> None:
    """Take back what was decided of a proposal; what was accepted until its day has come."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            told = _told(deciding.take_back(session, proposal, datetime.now(UTC), BY))
    answer(told, _in_words(told, say("waits again")), json)


def _in_words(told: dict[str, Any], what: str) -> str:
    """A proposal, and what became of it."""
    return say(
        "{proposal}: {product_id} in {warehouse_id}: {what}.",
        proposal=spoken("proposal", told["kind"]),
        product_id=told["product_id"],
        warehouse_id=told["warehouse_id"],
        what=what,
    )


def _told(row: AssortmentProposalRow) -> dict[str, Any]:
    return {
        "proposal_id": row.proposal_id,
        "kind": row.kind.value,
        "status": row.status.value,
        "warehouse_id": row.warehouse_id,
        "product_id": row.product_id,
        "to_warehouse_id": row.to_warehouse_id,
        "money": round(row.money, 2),
        "money_low": round(row.money_low, 2),
        "money_high": round(row.money_high, 2),
        "held_by_baskets": row.held_by_baskets,
        "day": None if row.day is None else row.day.isoformat(),
    }
