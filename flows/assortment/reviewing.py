"""Keeps what accepted proposals came to, each night: of those whose weeks are over, as long as the days that they are
told from may still change. It is kept with the proposal (`details["came"]`).

All warehouses of a currency are looked at together. What is read and worked out comes first; what became other than it
was is then written in one transaction, never over what somebody has worked out from later days. Safe to repeat."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

import pandas as pd
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.product_ranges import is_sold_on
from data.frames.worth.by_day import last_days_kept
from data.frames.worth.range_rows import cells_and_lines
from data.kept.one_at_a_time import wait_for_others
from data.local_days import today_there
from data.tables import (
    RECOVERED_DAYS,
    AssortmentProposalRow,
    ProductRangeRow,
    ProductRow,
    ProposalKind,
    ProposalStatus,
    RangeKind,
    WarehouseRow,
)
from flows.assortment.history import by_currency
from warehouse.worth.deliveries import LONGEST_COVER
from warehouse.worth.ranges.came import Part
from warehouse.worth.ranges.known_changes import KnownChanges
from warehouse.worth.ranges.reviewing import review
from warehouse.worth.ranges.usual_money import PLACEBO_WEEKS, USUAL_WEEKS

DAY: Final = timedelta(days=1)
SETTLED: Final = timedelta(days=RECOVERED_DAYS + LONGEST_COVER - 1)  # when none of its days changes any more
AT_ONCE: Final = timedelta(days=28)  # of the calendar, within which what ends is reviewed together
BEFORE: Final = timedelta(weeks=USUAL_WEEKS + PLACEBO_WEEKS)
CHANGES: Final = ("change", "warehouse_id", "product_id", "category", "first", "days", "reviewed")


class NotTold(StrEnum):
    """Why nothing is told of a decision whose weeks are over."""

    CHANGED = "changed"  # somebody has said otherwise within them
    TOO_LITTLE = "too_little"  # is known of its days, or of the weeks before


@dataclass(frozen=True)
class Beginning:
    """From when on a product is sold otherwise in a warehouse."""

    warehouse_id: str
    first: date


def beginnings(row: AssortmentProposalRow) -> list[Beginning]:
    """Of an accepted proposal: the first day that is otherwise in each of its warehouses."""
    if row.day is None:
        return []
    if row.kind is ProposalKind.TRY:
        return [Beginning(row.to_warehouse_id or row.warehouse_id, row.day)]
    places = [row.warehouse_id]
    if row.kind is ProposalKind.MOVE and row.to_warehouse_id is not None:
        places.append(row.to_warehouse_id)
    return [Beginning(name, row.day + DAY) for name in places]


def last_day(row: AssortmentProposalRow) -> date:
    """Of the weeks over which an accepted proposal was to earn its money."""
    return beginnings(row)[0].first + (row.horizon_days - 1) * DAY


def keep_what_came(engine: Engine, warehouse_ids: Sequence[str], now: datetime) -> int:
    """Reviews the decisions of some warehouses; returns of how many something else is told than before."""
    with reading(engine) as session:
        known_until = _known_until(session, now)
        due = _due(session, set(warehouse_ids), known_until)
        together = by_currency(session, sorted(known_until))
    changed = 0
    for names in together.values():
        for begins, rows in _batches([row for row in due if row.warehouse_id in names]):
            with reading(engine) as session:
                found = _reviewed(session, names, rows, begins, known_until)
            with writing(engine) as session:
                changed += _write(session, found)
    return changed


def _known_until(session: Session, now: datetime) -> dict[str, date]:
    """The last day that was added up and is over, by warehouse."""
    zones = dict(session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.timezone)).tuples().all())
    return {name: min(last, today_there(now, zones[name]) - DAY) for name, last in last_days_kept(session).items()}


def _due(
    session: Session, warehouse_ids: Collection[str], known_until: Mapping[str, date]
) -> list[AssortmentProposalRow]:
    """Those whose weeks are over and that were not reviewed yet, or may still come to something else."""
    row = AssortmentProposalRow
    query = select(row).where(row.status == ProposalStatus.ACCEPTED, row.warehouse_id.in_(warehouse_ids))
    found = []
    for one in session.scalars(query.order_by(row.proposal_id)):
        places = {begins.warehouse_id for begins in beginnings(one)}
        if not places or not places <= known_until.keys():
            continue
        until = min(known_until[name] for name in places)
        if last_day(one) <= until and ("came" not in one.details or last_day(one) > until - SETTLED):
            found.append(one)
    return found


def _batches(rows: Sequence[AssortmentProposalRow]) -> list[tuple[date, list[AssortmentProposalRow]]]:
    """Those that end within the same AT_ONCE days of the calendar, and the first of these days: what is read beside a
    decision does not depend on which others are due."""
    batches = defaultdict(list)
    for row in sorted(rows, key=lambda one: (last_day(one), one.proposal_id)):
        batches[last_day(row).toordinal() // AT_ONCE.days].append(row)
    return [(date.fromordinal(number * AT_ONCE.days), batch) for number, batch in batches.items()]


def _reviewed(
    session: Session,
    names: Sequence[str],
    rows: Sequence[AssortmentProposalRow],
    begins: date,
    known_until: Mapping[str, date],
) -> dict[str, dict[str, Any]]:
    """What is kept of each, by its id; they end within AT_ONCE days from `begins` on."""
    first = begins - max(row.horizon_days for row in rows) * DAY - BEFORE
    last = min(begins + AT_ONCE - DAY, max(known_until[name] for name in names))
    said = _ranges(session, names)
    reviewed = {row.proposal_id for row in rows if not _said_otherwise(row, said)}
    changes = _changes(session, names, said, reviewed, first, last)
    cells, lines = cells_and_lines(session, names, set(changes["product_id"]), first, last)
    parts = review(KnownChanges(cells, lines, changes)) if len(cells) else {}
    found = {}
    for row in rows:
        told = parts.get(row.proposal_id, [])
        whole = [part for part in told if part is not None]
        not_told = NotTold.CHANGED if row.proposal_id not in reviewed else NotTold.TOO_LITTLE
        is_told = bool(whole) and len(whole) == len(told)
        until = min(known_until[one.warehouse_id] for one in beginnings(row))
        found[row.proposal_id] = {
            "until": until.isoformat(),
            "parts": [_plain(part) for part in whole] if is_told else [],
            "not_told": None if is_told else not_told.value,
        }
    return found


def _ranges(session: Session, names: Sequence[str]) -> dict[tuple[str, str], list[ProductRangeRow]]:
    """All that was said of each warehouse's products, what was said last at the end."""
    row = ProductRangeRow
    said = defaultdict(list)
    for one in session.scalars(select(row).where(row.warehouse_id.in_(names)).order_by(row.known_at)):
        said[one.warehouse_id, one.product_id].append(one)
    return said


def _said_otherwise(row: AssortmentProposalRow, said: Mapping[tuple[str, str], Sequence[ProductRangeRow]]) -> bool:
    """Whether somebody has changed the range again on days that the proposal was to be judged by."""
    days = [beginnings(row)[0].first + ahead * DAY for ahead in range(row.horizon_days)]
    end = datetime.combine(days[-1] + DAY, time(12), UTC)  # when the last day is over everywhere
    for one in beginnings(row):
        rows = [range_ for range_ in said.get((one.warehouse_id, row.product_id), ()) if range_.known_at < end]
        # of one that was taken back and accepted again what was said last
        own = next((range_ for range_ in reversed(rows) if range_.proposal_id == row.proposal_id), None)
        if own is None or any(_sold(own, day) != _sold(rows[-1], day) for day in days):
            return True
    return False


def _sold(row: ProductRangeRow, day: date) -> tuple[bool, bool]:
    """Whether a product is sold on a day, and whether for orders ahead alone."""
    ahead = row.kind is RangeKind.ON_DEMAND and row.sold_until is not None and day > row.sold_until
    return is_sold_on(row, day), ahead


def _changes(
    session: Session,
    names: Sequence[str],
    said: Mapping[tuple[str, str], Sequence[ProductRangeRow]],
    reviewed: Collection[str],
    first: date,
    last: date,
) -> pd.DataFrame:
    """All changes of these days: what accepted proposals began, and what ended again."""
    row = AssortmentProposalRow
    query = select(row).where(row.status == ProposalStatus.ACCEPTED, row.day >= first - DAY, row.day <= last)
    categories = dict(session.execute(select(ProductRow.product_id, ProductRow.category)).tuples().all())
    found: list[tuple[Any, ...]] = []
    for one in session.scalars(query.order_by(row.proposal_id)):
        for begins in beginnings(one):
            if begins.warehouse_id in names:
                key = begins.warehouse_id, one.product_id, categories[one.product_id]
                found.append((one.proposal_id, *key, begins.first, one.horizon_days, one.proposal_id in reviewed))
    for (warehouse_id, product_id), rows in said.items():
        end = rows[-1].sold_until
        if rows[-1].kind is RangeKind.TRIAL and end is not None and first <= end < last:
            found.append(("", warehouse_id, product_id, categories[product_id], end + DAY, 1, False))
    frame = pd.DataFrame(found, columns=list(CHANGES))
    return frame.astype({"first": "datetime64[us]", "reviewed": bool})


def _plain(part: Part) -> dict[str, Any]:
    return asdict(part) | {"first": part.first.isoformat(), "last": part.last.isoformat()}


def _write(session: Session, found: Mapping[str, dict[str, Any]]) -> int:
    wait_for_others(session.connection(), "what decisions came to")
    row = AssortmentProposalRow
    query = select(row).where(row.proposal_id.in_(found), row.status == ProposalStatus.ACCEPTED)
    changed = 0
    for one in session.scalars(query.order_by(row.proposal_id).with_for_update()):
        before, came = one.details.get("came"), found[one.proposal_id]
        if before is not None and before["until"] > came["until"]:
            continue
        if before is None or {**before, "until": ""} != {**came, "until": ""}:
            one.details = {**one.details, "came": came}
            changed += 1
    return changed
