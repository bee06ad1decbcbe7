"""The rule sets of zones as they are kept: which there were and from when, and another that takes their place."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import WarehouseRow, ZoneRow, ZoneRulesRow
from flows.errors import Invalid, Unknown
from warehouse.coldchain.rules import Rules


@dataclass(frozen=True)
class RulesSince:
    """A rule set, since when it holds, and who kept it."""

    valid_from: datetime
    rules: Rules
    kept_by: str


def rules_of_zones(session: Session, zone_ids: Iterable[str]) -> dict[str, list[RulesSince]]:
    """All rule sets of the zones, by zone and in the order of their times; a zone that has none is left out. Their
    hours are those of the warehouse's clock."""
    kept: dict[str, list[RulesSince]] = defaultdict(list)
    of_them = (
        select(ZoneRulesRow, WarehouseRow.timezone)
        .join(ZoneRow, ZoneRow.zone_id == ZoneRulesRow.zone_id)
        .join(WarehouseRow, WarehouseRow.warehouse_id == ZoneRow.warehouse_id)
        .where(ZoneRulesRow.zone_id.in_(set(zone_ids)))
        .order_by(ZoneRulesRow.zone_id, ZoneRulesRow.valid_from)
    )
    for row, timezone in session.execute(of_them).tuples():
        kept[row.zone_id].append(RulesSince(row.valid_from, Rules.from_dict(row.rules, timezone), row.kept_by))
    return kept


def keep_rules(session: Session, zone_id: str, rules: Rules, now: datetime, by: str) -> None:
    """Lets a rule set hold in a zone from now on; the one before stays for what was judged by it. The same again
    changes nothing.

    Raises Unknown for a zone that is not there, Invalid where another came into force at this very moment."""
    if session.get(ZoneRow, zone_id, with_for_update=True) is None:
        raise Unknown(f"Zone {zone_id!r} was not found.", field="zone_id")
    kept = rules_of_zones(session, [zone_id]).get(zone_id, [])
    if kept and kept[-1].rules == rules:
        return
    if kept and kept[-1].valid_from >= now:
        raise Invalid(f"Zone {zone_id!r} has rules from {kept[-1].valid_from} on already. Try again.", field="zone_id")
    session.add(ZoneRulesRow(zone_id=zone_id, valid_from=now, rules=rules.as_dict(), kept_at=now, kept_by=by))
