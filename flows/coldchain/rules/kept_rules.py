"""The rule sets of zones as they are kept: which there were and from when, and another that takes their place."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.among import among
from data.languages import Sentence
from data.tables import WarehouseRow, ZoneRow, ZoneRulesRow
from flows.errors import Invalid, Outdated, Unknown
from warehouse.coldchain.rules import Rules, WrongRule


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
        .where(among(ZoneRulesRow.zone_id, set(zone_ids)))
        .order_by(ZoneRulesRow.zone_id, ZoneRulesRow.valid_from)
    )
    for row, timezone in session.execute(of_them).tuples():
        kept[row.zone_id].append(RulesSince(row.valid_from, Rules.from_dict(row.rules, timezone), row.kept_by))
    return kept


def rules_now(session: Session, zone_id: str, usual: Rules) -> Rules:
    """The rules of a zone now; `usual` where it has none of its own."""
    kept = rules_of_zones(session, [zone_id]).get(zone_id)
    return kept[-1].rules if kept else usual


def rules_told(session: Session, zone_id: str, said: Mapping[str, Any], field: str = "") -> Rules:
    """The rules that somebody tells for a zone as JSON, by its clock. Raises Unknown for a zone that is not there, and
    Invalid, which names what is wrong below `field`."""
    timezone = session.scalar(
        select(WarehouseRow.timezone)
        .join(ZoneRow, ZoneRow.warehouse_id == WarehouseRow.warehouse_id)
        .where(ZoneRow.zone_id == zone_id)
    )
    if timezone is None:
        raise Unknown("Zone {zone_id!r} was not found.", zone_id=zone_id, field="zone_id")
    try:
        return Rules.from_dict(said, timezone)
    except WrongRule as wrong:
        raise Invalid(
            "{name} {problem}.",
            name=wrong.field,
            problem=Sentence(wrong.problem, **wrong.values),
            field=f"{field}{wrong.field}",
        ) from wrong


def keep_rules(
    session: Session, zone_id: str, rules: Rules, now: datetime, by: str, version: int | None = None
) -> None:
    """Lets a rule set hold in a zone from now on; the one before stays for what was judged by it. The same again
    changes nothing. `version` is that of the rules that were seen: how many rule sets the zone had had by then.

    Raises Unknown for a zone that is not there, Outdated where there are newer ones than were seen, Invalid where
    another came into force at this very moment."""
    if session.get(ZoneRow, zone_id, with_for_update=True) is None:
        raise Unknown("Zone {zone_id!r} was not found.", zone_id=zone_id, field="zone_id")
    kept = rules_of_zones(session, [zone_id]).get(zone_id, [])
    if kept and kept[-1].rules == rules:
        return
    if version is not None and version != len(kept):
        raise Outdated(
            "The rules of zone {zone_id!r} have changed: they are of version {kept}, not {version}. Read "
            "them again and decide anew.",
            zone_id=zone_id,
            kept=len(kept),
            version=version,
        )
    if kept and kept[-1].valid_from >= now:
        raise Invalid(
            "Zone {zone_id!r} has rules from {valid_from} on already. Try again.",
            zone_id=zone_id,
            valid_from=kept[-1].valid_from,
            field="zone_id",
        )
    session.add(ZoneRulesRow(zone_id=zone_id, valid_from=now, rules=rules.as_dict(), kept_at=now, kept_by=by))
