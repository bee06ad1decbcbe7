"""What is found wrong with the data of warehouses as pages list it: by what is to be done about it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages import texts
from api.resources.findings import remedy_of
from data.tables import FindingRow, NameKind, WarehouseRow
from data.tables.names import names_of


@dataclass(frozen=True)
class ShownFinding:
    """A finding in words."""

    warehouse: str
    feed: str
    days: str
    sentence: str


def found_wrong(session: Session, findings: Sequence[FindingRow]) -> list[tuple[str, Sequence[ShownFinding]]]:
    """Findings under what is to be done about them."""
    here = WarehouseRow.warehouse_id.in_({one.warehouse_id for one in findings})
    names = dict(session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.name).where(here)).tuples().all())
    shown: defaultdict[str, list[ShownFinding]] = defaultdict(list)
    for one in findings:
        feed = texts.say(f"finding.feed_{one.feed}")
        if one.category is not None:
            category = names_of(session, NameKind.CATEGORIES)[one.category]
            feed = texts.say("finding.of_category", feed=feed, category=category)
        shown[remedy_of(one.what)].append(
            ShownFinding(names[one.warehouse_id], feed, texts.finding_days(one), texts.finding_sentence(one))
        )
    return list(shown.items())
