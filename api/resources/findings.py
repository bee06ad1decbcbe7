"""What is found wrong with the data and forecasts of warehouses, and what to do about it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement

from api import texts
from api.resources.resource import Filter, Resource, days, ids, moments, same
from data.languages import say
from data.tables import FindingEnd, FindingRow
from warehouse.worth.drift.drifting import Drift
from warehouse.worth.feeds.findings import MISSING
from warehouse.worth.feeds.signs import Sign

REMEDIES: Final[Mapping[str, str]] = {
    MISSING: texts.ASK_SOURCE,
    Sign.REPEATED: texts.SENT_AGAIN,
    Sign.OTHER_UNIT: texts.LOOK_AT_UNIT,
    Sign.ONE_VALUE: texts.ONE_FOR_ALL,
    Sign.HOURS_MISSING: texts.HOURS_LACK,
    Sign.HOURS_MOVED: texts.LOOK_AT_CLOCK,
    Sign.ITEMS_MISSING: texts.COMPARE,
    Sign.ROWS: texts.COMPARE,
    Sign.TOTAL: texts.COMPARE,
    Drift.TOO_HIGH: texts.LOOK_AT_DEMAND,
    Drift.TOO_LOW: texts.LOOK_AT_DEMAND,
    Drift.FURTHER_OFF: texts.LOOK_AT_DEMAND,
}


def remedy_of(what: str) -> str:
    """What to do about days that are wrong in this way."""
    return say(REMEDIES[what])


class FindingOut(BaseModel):
    """Days of a warehouse's `feed`, both included, that are not as its past lets expect; or of its `forecasts`.

    `what` is wrong: they are `missing`; values are those of an earlier day (`repeated`), several times as large or
    small as usual (`other_unit`) or all the same (`one_value`); hours are missing or others than usual
    (`hours_missing`, `hours_moved`); products that usually have something have nothing (`items_missing`); there are far
    more or fewer `rows`, or they come to far more or less (`total`). `seen` is the share or sum on the first day,
    `usual` what was to be expected; a whole day is so by `chance`. Forecasts have become `too_high`, `too_low` or
    `further_off`: `seen` and `usual` are forecast - demand, or errors, as a share of demand, over all products or
    those of a `category`."""

    finding_id: str
    warehouse_id: str
    feed: str
    category: str | None
    what: str
    first_day: date
    last_day: date
    seen: float | None
    usual: float | None
    chance: float
    found_at: datetime
    ended_at: datetime | None
    ended_because: FindingEnd | None
    remedy: str

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "finding_id": "finding-3f0c9a6b2d1e84f7c5aa",
                    "warehouse_id": "W01",
                    "feed": "sales",
                    "category": None,
                    "what": "items_missing",
                    "first_day": "2026-11-22",
                    "last_day": "2026-11-22",
                    "seen": 0.53,
                    "usual": 0.04,
                    "chance": 0.0000004,
                    "found_at": "2026-11-22T18:02:00Z",
                    "ended_at": None,
                    "ended_because": None,
                    "remedy": "Compare the day with its source.",
                }
            ]
        }
    )


def _going_on(wanted: bool) -> ColumnElement[bool]:
    return FindingRow.ended_at.is_(None) if wanted else FindingRow.ended_at.is_not(None)


FINDINGS = Resource(
    path="findings",
    one="finding",
    many="findings",
    what="What is found wrong with the data and forecasts of warehouses, now and before.",
    tag="today",
    row=FindingRow,
    shown=FindingOut,
    key=[FindingRow.finding_id],
    filters=[
        ids(FindingRow.warehouse_id),
        same(FindingRow.feed, str, "of this feed"),
        same(FindingRow.category, str, "of forecasts of this category"),
        same(FindingRow.what, str, "that are broken in this way"),
        Filter("active", bool, "that go on, or that have ended", _going_on),
        *days(FindingRow.last_day, "from_day", "until_day", "whose last day is"),
        *moments(FindingRow.found_at, "found_since", "found_before", "found"),
    ],
    sorts=[FindingRow.found_at, FindingRow.warehouse_id],
    also=lambda row: {"remedy": remedy_of(row.what)},
)
