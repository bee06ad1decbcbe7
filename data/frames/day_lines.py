"""How many order lines the demand of a day makes: as it was forecast the day before, as it is forecast, and as it was
recovered from sales. Units become lines by the units that a line of the product has lately had.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from data.frames.recovered_demand import recovered_days
from data.frames.serving_forecasts import latest_origins
from data.local_days import start_of_day
from data.tables import ForecastRow, RecoveredDemandRow

UnitsPerLine = Mapping[str, float]  # by product
JUST_BEFORE: Final = timedelta(microseconds=1)  # a run of midnight is one of the day that begins


class DayLines(NamedTuple):
    """The lines that the demand of a warehouse's day makes."""

    warehouse_id: str
    date: date
    lines: float


def forecast_on_the_eve(
    session: Session, warehouse_ids: Sequence[str], timezone: str, days: Sequence[date], units: UnitsPerLine
) -> list[DayLines]:
    """Of consecutive days but the first, as each was forecast in the course of the day before it, whose sales were not
    known yet. Days that were not forecast then are absent."""
    asked: dict[str, list[tuple[datetime, date]]] = {name: [] for name in warehouse_ids}
    for eve, day in pairwise(days):
        since, until = start_of_day(eve, timezone), start_of_day(day, timezone)
        for name, origin in latest_origins(session, warehouse_ids, until - JUST_BEFORE).items():
            if origin >= since:
                asked[name].append((origin, day))
    return [line for name, pairs in asked.items() for line in _of_pairs(session, name, pairs, units)]


def forecast_ahead(
    session: Session, warehouse_ids: Sequence[str], origin: datetime, days: Collection[date], units: UnitsPerLine
) -> list[DayLines]:
    """Of days to come, as they are forecast at the origin: 0 after a warehouse's last day. Of a warehouse that is not
    forecast there is none."""
    found: list[DayLines] = []
    for name in warehouse_ids:
        known = {line.date: line for line in _of_pairs(session, name, [(origin, day) for day in days], units)}
        found += [known.get(day, DayLines(name, day, 0.0)) for day in days] if known else []
    return found


def recovered_lines(
    session: Session, warehouse_ids: Collection[str], origin: datetime, units: UnitsPerLine
) -> list[DayLines]:
    """Of past days, the demand behind their sales as it was known at the origin."""
    found: dict[tuple[str, date], float] = {}
    query = select(RecoveredDemandRow).where(
        RecoveredDemandRow.warehouse_id.in_(warehouse_ids), RecoveredDemandRow.origin == origin
    )
    for row in session.scalars(query):
        a_line = units.get(row.product_id, 1.0)
        for day, known in recovered_days(row).items():
            key = row.warehouse_id, day
            found[key] = found.get(key, 0.0) + known.demand / a_line
    return [DayLines(*key, lines) for key, lines in sorted(found.items())]


def _of_pairs(
    session: Session, warehouse_id: str, pairs: Sequence[tuple[datetime, date]], units: UnitsPerLine
) -> list[DayLines]:
    """Of a warehouse's days as forecast at an origin each."""
    row = ForecastRow
    query = select(row.product_id, row.date, row.mean).where(
        row.warehouse_id == warehouse_id, tuple_(row.origin, row.date).in_(list(pairs))
    )
    found: dict[date, float] = {}
    for product_id, day, mean in session.execute(query) if pairs else ():
        found[day] = found.get(day, 0.0) + mean / units.get(product_id, 1.0)
    return [DayLines(warehouse_id, day, lines) for day, lines in sorted(found.items())]
