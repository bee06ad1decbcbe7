"""Proposals to change ranges, worked out once a week: the record of the last weeks goes through `warehouse.assortment`,
and each warehouse's classes and proposals are kept in a short transaction of their own.

A proposal that waits and is made again keeps its id; one that is made no more lapses, and so does one of a product
whose last day somebody has said since. What was refused is not proposed again for 13 weeks, unless its money has
doubled, nor what leaves the range until 13 weeks after its last day there. Safe to repeat."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final
from uuid import uuid4

import pandas as pd
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.product_ranges import ranges_of
from data.kept.one_at_a_time import wait_for_others
from data.local_days import today_there
from data.tables import (
    AssortmentProposalRow,
    ProductClassRow,
    ProductRow,
    ProposalKind,
    ProposalStatus,
    WarehouseDayRow,
    WarehouseRow,
)
from flows.assortment.history import LookedBack, by_currency, history_of
from flows.assortment.telling import told_proposed
from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.proposal import Proposal
from warehouse.assortment.ranking import propose

WEEK: Final = timedelta(days=7)
NOT_AGAIN_FOR: Final = 13 * WEEK
TOLD_AGAIN: Final = (ProposalStatus.WAITING, ProposalStatus.REFUSED)  # what is proposed may be one of these
UNLESS_MONEY_GROWS: Final = 2.0  # times as much as what was refused
SETTINGS: Final = RangeSettings()
FIGURES: Final = (
    *("days", "sold_a_day", "revenue", "margin", "wasted_a_day", "sell_through", "days_without_sale", "of_days"),
    *("week_error", "worth", "worth_sd", "taken_instead", "new"),
)


@dataclass(frozen=True)
class Proposed:
    """What became of a warehouse's range: products classed, proposals that wait, how many of these are new."""

    products: int
    waiting: int
    new: int


def due_warehouses(session: Session, warehouse_ids: Sequence[str], now: datetime) -> list[str]:
    """Those of a currency of which one was not judged on its last seven local days: what to try and to move is found by
    comparing, so one that was opened on another weekday does not stay alone. One that was never judged is due once a
    week of its days has been added up."""
    judged, days = ProductClassRow, WarehouseDayRow
    last = dict(
        session.execute(
            select(judged.warehouse_id, func.max(judged.worked_out_at, type_=judged.worked_out_at.type))
            .where(judged.warehouse_id.in_(warehouse_ids))
            .group_by(judged.warehouse_id)
        )
        .tuples()
        .all()
    )
    zones = dict(session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.timezone)).tuples().all())

    def is_due(name: str) -> bool:
        today = today_there(now, zones[name])
        if name in last:
            return today - today_there(last[name], zones[name]) >= WEEK
        first = session.scalar(select(func.min(days.date, type_=days.date.type)).where(days.warehouse_id == name))
        return first is not None and today - first >= WEEK

    together = by_currency(session, warehouse_ids).values()
    return [name for names in together if any(map(is_due, names)) for name in names]


def propose_changes(
    engine: Engine, warehouse_ids: Sequence[str], now: datetime, looked: LookedBack
) -> dict[str, Proposed]:
    """Judges the ranges of some warehouses and keeps what comes of it; by warehouse."""
    with reading(engine) as session:
        together = by_currency(session, warehouse_ids)
    done: dict[str, Proposed] = {}
    for names in together.values():
        done |= _of_currency(engine, names, now, looked)
    return done


def _of_currency(engine: Engine, names: Sequence[str], now: datetime, looked: LookedBack) -> dict[str, Proposed]:
    with reading(engine) as session:
        history = history_of(session, names, now, looked)
        zones = dict(session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.timezone)).tuples().all())
    day = min(today_there(now, zones[name]) for name in names)
    if history.days.empty:
        return {name: Proposed(0, 0, 0) for name in names}
    found = propose(history, SETTINGS, pd.Timestamp(day))
    rows = {str(name): part for name, part in found.rows.groupby("warehouse_id")} if len(found.rows) else {}
    done = {}
    for name in names:
        proposals = [one for one in found.proposals if one.warehouse_id == name]
        classes = list(_classes(name, rows.get(name), now))
        with writing(engine) as session:
            wait_for_others(session.connection(), f"assortment of {name}")
            session.execute(delete(ProductClassRow).where(ProductClassRow.warehouse_id == name))
            session.add_all(classes)
            done[name] = _keep(session, name, proposals, now, len(classes))
    return done


def _classes(warehouse_id: str, rows: pd.DataFrame | None, now: datetime) -> Iterable[ProductClassRow]:
    if rows is None:
        return
    for row in rows.to_dict("records"):
        yield ProductClassRow(
            warehouse_id=warehouse_id,
            product_id=row["product_id"],
            worked_out_at=now,
            abc=str(row["abc"]),
            xyz=str(row["xyz"]),
            rank=int(row["rank"]),
            figures={name: _plain(row[name]) for name in FIGURES if name in row},
        )


def _plain(value: Any) -> Any:
    """As JSON has it; None for what is not told."""
    if isinstance(value, (bool, str)) or value is None:
        return value
    number = float(value)
    return number if isfinite(number) else None


def _keep(session: Session, warehouse_id: str, proposals: Sequence[Proposal], now: datetime, products: int) -> Proposed:
    row = AssortmentProposalRow
    query = select(row).where(row.warehouse_id == warehouse_id, row.status.in_(TOLD_AGAIN)).order_by(row.proposed_at)
    here = session.scalars(query.with_for_update()).all()  # what somebody decides of meanwhile does not lapse
    waits = [one for one in here if one.status is ProposalStatus.WAITING]
    waiting = {_key(one): one for one in waits}  # of two (one taken back after the next was made) the later goes on
    refused = {
        _key(one): one
        for one in here
        if one.status is ProposalStatus.REFUSED and one.decided_at is not None and one.decided_at > now - NOT_AGAIN_FOR
    }
    leaving = _leaving(session, warehouse_id, now)
    new = []
    for proposal in proposals:
        values = _values(proposal)
        key = values["kind"], values["product_id"], values["to_warehouse_id"]
        if proposal.product_id in leaving:
            continue
        if (kept := waiting.get(key)) is not None:
            waits.remove(kept)
            if any(getattr(kept, name) != value for name, value in values.items()):
                kept.version += 1
            for name, value in values.items():
                setattr(kept, name, value)
        elif not _was_refused(refused.get(key), proposal.money):
            new.append(
                AssortmentProposalRow(
                    proposal_id=uuid4().hex, proposed_at=now, status=ProposalStatus.WAITING, version=1, **values
                )
            )
    for gone in waits:
        gone.status, gone.version, gone.decided_at = ProposalStatus.LAPSED, gone.version + 1, now
    session.add_all(new)
    session.flush()
    count = session.scalar(
        select(func.count()).where(row.warehouse_id == warehouse_id, row.status == ProposalStatus.WAITING)
    )
    if new:
        told_proposed(session, warehouse_id, new, now)
    return Proposed(products, count or 0, len(new))


def _key(row: AssortmentProposalRow) -> tuple[ProposalKind, str, str | None]:
    return row.kind, row.product_id, row.to_warehouse_id


def _was_refused(row: AssortmentProposalRow | None, money: float) -> bool:
    return row is not None and money < UNLESS_MONEY_GROWS * row.money


def _leaving(session: Session, warehouse_id: str, now: datetime) -> set[str]:
    """Products of which it is said already until when they are sold anywhere, or there, unless that was long ago."""
    delisted = session.scalars(select(ProductRow.product_id).where(ProductRow.delisted_on.is_not(None)))
    long_ago = today_there(now, session.get_one(WarehouseRow, warehouse_id).timezone) - NOT_AGAIN_FOR
    ends = {name: row.sold_until for name, row in ranges_of(session, warehouse_id, now).items()}
    return {*delisted, *(name for name, end in ends.items() if end is not None and end > long_ago)}


def _values(proposal: Proposal) -> Mapping[str, Any]:
    """The columns of what is proposed."""
    return {
        "warehouse_id": proposal.warehouse_id,
        "product_id": proposal.product_id,
        "to_warehouse_id": proposal.to_warehouse_id,
        "kind": ProposalKind(proposal.kind.value),
        "horizon_days": SETTINGS.horizon_days,
        "money": float(proposal.money),
        "money_low": float(proposal.money_low),
        "money_high": float(proposal.money_high),
        "margin_lost": float(proposal.margin_lost),
        "margin_kept": float(proposal.margin_kept),
        "waste_saved": float(proposal.waste_saved),
        "waste_saved_money": float(proposal.waste_saved_money),
        "held_by_baskets": proposal.held_back,
        "trial_until": proposal.trial_until,
        "details": {
            "evidence": [reason.as_dict() for reason in proposal.evidence],
            "siblings": [{"product_id": one.product_id, "share": float(one.share)} for one in proposal.siblings],
            "baskets": None if proposal.baskets is None else asdict(proposal.baskets),
            "held_out": None if proposal.held_out is None else asdict(proposal.held_out),
        },
    }
