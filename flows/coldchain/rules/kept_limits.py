"""Limits as they are kept, for the rules: those of each zone, and the one in force at a moment."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from data.among import among
from data.tables import LimitRow
from warehouse.coldchain.limits import Limit, limit_in_force

COLUMNS = (
    LimitRow.zone_id,
    LimitRow.low_c,
    LimitRow.high_c,
    LimitRow.low_delay_minutes,
    LimitRow.high_delay_minutes,
    LimitRow.valid_from,
    LimitRow.recovery_margin_c,
)


def limits_of_zones(session: Session, zone_ids: Iterable[str]) -> dict[str, list[Limit]]:
    """All limits of the zones, by zone and in the order of their times; empty for a zone that has none."""
    limits: dict[str, list[Limit]] = defaultdict(list)
    of_them = select(*COLUMNS).where(among(LimitRow.zone_id, set(zone_ids)))
    for row in session.execute(of_them.order_by(LimitRow.zone_id, LimitRow.valid_from)):
        limits[row.zone_id].append(_limit(row))
    return limits


def limits_in_force(session: Session, zone_ids: Iterable[str], at: datetime) -> dict[str, Limit]:
    """The limit that each zone must keep at a moment; a zone without one is left out."""
    kept = limits_of_zones(session, zone_ids).items()
    return {zone_id: limit for zone_id, limits in kept if (limit := limit_in_force(limits, at)) is not None}


def _limit(row: Row[Any]) -> Limit:
    return Limit(
        zone_id=row.zone_id,
        low_c=row.low_c,
        high_c=row.high_c,
        low_delay=timedelta(minutes=row.low_delay_minutes),
        high_delay=timedelta(minutes=row.high_delay_minutes),
        valid_from=row.valid_from,
        recovery_margin_c=row.recovery_margin_c,
    )
