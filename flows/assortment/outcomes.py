"""What accepted proposals came to, beside what was promised, as it is kept: of each, and of those of a currency
together. Page, API, CSV and command show these, so they tell the same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import AssortmentProposalRow, ProposalStatus, WarehouseRow
from flows.assortment.reviewing import NotTold, last_day
from warehouse.worth.ranges.came import REACH, Came, Decision, Part, came_to

A_YEAR: Final = timedelta(days=364)


@dataclass(frozen=True)
class Outcome:
    """What a decision came to from `first` to `last`, or why nothing is told."""

    first: date
    last: date
    came: Came | None
    not_told: NotTold | None


@dataclass(frozen=True)
class Together:
    """Decisions of a currency that something is told of: what was promised of money, and of it of waste, and what
    came."""

    currency: str
    decisions: int
    money: float
    waste_saved: float
    came: Came


@dataclass(frozen=True)
class Outcomes:
    """Of decisions whose day was `since` or later: sums by currency; how many are not over yet (or not added up to
    their end), and of how many nothing is told."""

    since: date
    sums: Sequence[Together]
    running: int
    not_told: int
    told: Sequence[AssortmentProposalRow]  # the last ones that are over first


def outcome_of(row: AssortmentProposalRow) -> Outcome | None:
    """Of a proposal; None: it was not reviewed, or not yet."""
    kept = row.details.get("came")
    if kept is None:
        return None
    last = last_day(row)
    came = came_to([_decision(row, kept)]) if kept["parts"] else None
    not_told = None if kept["not_told"] is None else NotTold(kept["not_told"])
    return Outcome(last - timedelta(days=row.horizon_days - 1), last, came, not_told)


def outcomes(session: Session, now: datetime, warehouse_id: str | None = None, since: date | None = None) -> Outcomes:
    """Of one warehouse or of all; without `since`, of the last 52 weeks."""
    since = since or today_there(now, "UTC") - A_YEAR
    row = AssortmentProposalRow
    query = (
        select(row, WarehouseRow.currency)
        .join(WarehouseRow, WarehouseRow.warehouse_id == row.warehouse_id)
        .where(row.status == ProposalStatus.ACCEPTED, row.day >= since)
        .order_by(row.day.desc(), row.proposal_id)
    )
    if warehouse_id is not None:
        query = query.where(row.warehouse_id == warehouse_id)
    found = session.execute(query).tuples().all()
    reviewed = [(one, currency) for one, currency in found if "came" in one.details]
    told = [(one, currency) for one, currency in reviewed if one.details["came"]["parts"]]
    return Outcomes(
        since=since,
        sums=[
            _together(currency, [one for one, of in told if of == currency])
            for currency in sorted({currency for _, currency in told})
        ],
        running=len(found) - len(reviewed),
        not_told=len(reviewed) - len(told),
        told=[one for one, _ in told],
    )


def _together(currency: str, rows: Sequence[AssortmentProposalRow]) -> Together:
    return Together(
        currency=currency,
        decisions=len(rows),
        money=sum(row.money for row in rows),
        waste_saved=sum(row.waste_saved_money for row in rows),
        came=came_to([_decision(row, row.details["came"]) for row in rows]),
    )


def _decision(row: AssortmentProposalRow, kept: Mapping[str, Any]) -> Decision:
    parts = [Part(**one | {name: date.fromisoformat(one[name]) for name in ("first", "last")}) for one in kept["parts"]]
    baskets = row.details["baskets"]
    if baskets is None:
        return Decision(parts)
    return Decision(parts, baskets["margin"], (baskets["margin_high"] - baskets["margin"]) / REACH)
