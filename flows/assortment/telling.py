"""What is told of ranges: that there are new proposals, and that a trial ends."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from data.tables import AssortmentProposalRow, ProductRangeRow
from flows.notifying.outbox import OutboxEvent, as_told, write_events


def told_proposed(session: Session, warehouse_id: str, new: Sequence[AssortmentProposalRow], now: datetime) -> None:
    """That changes of a warehouse's range are proposed."""
    payload = {
        "warehouse_id": warehouse_id,
        "proposals": len(new),
        "money": round(sum(row.money for row in new), 2),
        "horizon_days": new[0].horizon_days,
        "at": as_told(now),
    }
    event = OutboxEvent(f"assortment_{new[0].proposal_id}", "assortment.proposed", payload, now)
    write_events(session, [event], now)


def told_ending(session: Session, row: ProductRangeRow, now: datetime) -> None:
    """That a trial ends soon; told once."""
    payload = {
        "warehouse_id": row.warehouse_id,
        "product_id": row.product_id,
        "last_day": None if row.sold_until is None else row.sold_until.isoformat(),
        "at": as_told(now),
    }
    which = f"{row.warehouse_id}|{row.product_id}|{as_told(row.known_at)}"
    event_id = f"trial_{sha256(which.encode()).hexdigest()[:24]}"
    write_events(session, [OutboxEvent(event_id, "assortment.trial_ending", payload, now)], now)


def told_decided(session: Session, row: AssortmentProposalRow, what: str, now: datetime, by: str) -> None:
    """What was decided of a proposal: `accepted`, `refused` or `taken_back`."""
    payload = {
        "proposal_id": row.proposal_id,
        "kind": row.kind.value,
        "warehouse_id": row.warehouse_id,
        "warehouse_ids": sorted({row.warehouse_id, row.to_warehouse_id or row.warehouse_id}),
        "product_id": row.product_id,
        "day": None if row.day is None else row.day.isoformat(),
        "at": as_told(now),
        "by": by,
        "reason": row.reason,
    }
    event_id = f"assortment_{row.proposal_id}_{row.version}"
    write_events(session, [OutboxEvent(event_id, f"assortment.{what}", payload, now)], now)
