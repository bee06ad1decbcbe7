"""What a plan says of the days that it looks at: which are closed, on which a delivery would meet nobody, and which
rest on something seen once or never, whose effect is extrapolated. From the occasions kept with the forecasts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from data.frames.found_by_forecasts import closed_for, occasions
from data.tables import OccasionRow
from warehouse.purchasing.plan import PlanLine, PlanReason
from warehouse.reasons import Reason

SURE: Final = 2  # times that an occasion was seen, from which on its effect is no guess

ByDay = dict[tuple[date, str], list[str]]  # warehouses by day and the name of what the day is


@dataclass(frozen=True)
class DaysOfPlan:
    """What the days of a plan are, by warehouse and day, as far as it was known when they were forecast."""

    occasions: Mapping[str, Mapping[date, Sequence[OccasionRow]]]

    @classmethod
    def of(
        cls, session: Session, origins: Mapping[str, datetime], first: Mapping[str, date], lines: Sequence[PlanLine]
    ) -> "DaysOfPlan":
        """Of each warehouse the days from its `first` on to the last that a line covers."""
        last = dict(first)
        for line in lines:
            last[line.warehouse_id] = max(last[line.warehouse_id], line.covers_until)
        found: dict[str, dict[date, list[OccasionRow]]] = {}
        for (name, day), rows in occasions(session, origins, min(first.values()), max(last.values())).items():
            of_the_day = [row for row in rows if row.away == 0]
            if of_the_day and first[name] <= day <= last[name]:
                found.setdefault(name, {})[day] = of_the_day
        return cls(found)

    def closed(self) -> ByDay:
        """The warehouses that are closed, by day and the name of what closes them."""
        return _by_day((name, day, shut) for name, day, rows in self._days() if (shut := closed_for(rows)))

    def extrapolated(self) -> ByDay:
        """The warehouses that are open on a day of an event or holiday that was seen less than `SURE` times, by day
        and its name."""
        open_days = ((name, day, rows) for name, day, rows in self._days() if closed_for(rows) is None)
        return _by_day((name, day, row.name) for name, day, rows in open_days for row in rows if row.seen < SURE)

    def delivered_to_nobody(self, lines: Iterable[PlanLine]) -> ByDay:
        """The warehouses to which something that is bought would come on a closed day, by day and the name of what
        closes them."""
        return _by_day(
            (line.warehouse_id, line.delivery_date, shut) for line in lines if (shut := self._meets_nobody(line))
        )

    def told_on(self, line: PlanLine) -> PlanLine:
        """The line, with the closed days among those that it covers, and its delivery on one, among its reasons."""
        said = [
            Reason(PlanReason.CLOSED_DAY, {"day": day.isoformat(), "name": shut})
            for day, rows in self.occasions.get(line.warehouse_id, {}).items()
            if line.covers_from <= day <= line.covers_until and (shut := closed_for(rows))
        ]
        if shut := self._meets_nobody(line):
            values = {"day": line.delivery_date.isoformat(), "name": shut}
            said.append(Reason(PlanReason.DELIVERED_ON_CLOSED_DAY, values))
        return replace(line, reasons=(*line.reasons, *said)) if said else line

    def _meets_nobody(self, line: PlanLine) -> str | None:
        here = self.occasions.get(line.warehouse_id, {})
        return closed_for(here.get(line.delivery_date, ())) if line.quantity else None

    def _days(self) -> Iterator[tuple[str, date, Sequence[OccasionRow]]]:
        for name, days in self.occasions.items():
            for day, rows in days.items():
                yield name, day, rows


def _by_day(found: Iterable[tuple[str, date, str]]) -> ByDay:
    named: ByDay = {}
    for warehouse_id, day, name in sorted(set(found)):
        named.setdefault((day, name), []).append(warehouse_id)
    return named
