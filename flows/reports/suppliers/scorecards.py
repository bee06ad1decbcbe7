"""Suppliers' scorecards: the figures of whole weeks beside as many weeks before, whether they changed by more than
chance, and the rank by what a supplier cost for the money it got. Page, API, CSV and the sheet that a farm is shown
show these, so they tell the same numbers.

Ratios are made of sums over all currencies; money is told by currency, and added across to sort by only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.worth.sums import last_day_kept, not_kept
from data.frames.worth.supplier_sums import OF_SUPPLIERS, WEEK, monday_of, weeks_of_suppliers
from data.tables import SupplierRow
from flows.errors import NotNow, Unknown
from flows.reports.weeks import Weeks
from flows.reports.what_is_named import require_what_is_named
from flows.this_century import require_this_century
from warehouse.worth.suppliers.change import Interval, changes
from warehouse.worth.suppliers.supplier_figures import FIGURES, SupplierFigure, cost, ratio
from warehouse.worth.suppliers.supplier_sums import Sums, SupplierSums

NO_CURRENCY: Final = ""


@dataclass(frozen=True)
class AskedOfSuppliers:
    """What is asked for: the whole weeks that ended by `until` (None: by the last day that is kept), of one warehouse
    or of all that are seen."""

    period: Weeks = Weeks.FOUR
    until: date | None = None
    warehouse_id: str | None = None


@dataclass(frozen=True)
class ToldOfSupplier:
    """A figure, what it had been before, and the interval in which its change lies. None: not known; money has no
    interval. `currency` is None where it is not money."""

    figure: SupplierFigure
    currency: str | None
    value: float | None
    before: float | None
    change: Interval | None


@dataclass(frozen=True)
class Scorecard:
    """A supplier's figures. `rank` is 1 for the one that cost least for the money it got, None where nothing was
    bought."""

    supplier_id: str
    name: str
    kind: str
    language: str | None
    rank: int | None
    told: Sequence[ToldOfSupplier]

    @property
    def known(self) -> bool:
        """Whether anything is known of it in these weeks or before."""
        return any(one.value is not None or one.before is not None for one in self.told)


@dataclass(frozen=True)
class Scorecards:
    """Those that cost most first. `lacking` are warehouses that are not added up to the last day yet."""

    asked: AskedOfSuppliers
    first: date
    last: date
    cards: Sequence[Scorecard]
    lacking: Sequence[str]


def supplier_scorecards(session: Session, asked: AskedOfSuppliers) -> Scorecards:
    """All suppliers of which anything is known in these weeks or before. Raises NotNow where no day has been added
    up, Unknown, Invalid."""
    return _scorecards(session, asked)


def scorecard_of(session: Session, supplier_id: str, asked: AskedOfSuppliers) -> tuple[Scorecards, Scorecard]:
    """One supplier's, with the weeks that it tells; of one of which nothing is known then, as before its first week is
    over, no figure has a value. Raises Unknown where there is none of this name, and as above."""
    if session.get(SupplierRow, supplier_id) is None:
        raise Unknown("There is no supplier of this name.", field="supplier_id")
    found = _scorecards(session, asked, [supplier_id])
    return found, next(card for card in found.cards if card.supplier_id == supplier_id)


def _scorecards(session: Session, asked: AskedOfSuppliers, also: Sequence[str] = ()) -> Scorecards:
    """Of all suppliers of which anything is known, and of some of which there may be nothing."""
    require_what_is_named(session, asked.warehouse_id)
    kept = last_day_kept(session, asked.warehouse_id)
    if kept is None:
        raise NotNow("No day has been added up yet. Run: freshfront report days")
    require_this_century(asked.until, "until")
    until = asked.until or kept
    last = monday_of(until + timedelta(days=1)) - timedelta(days=1)
    first = last + timedelta(days=1) - asked.period.number * WEEK
    gathered = _gathered(session, first, asked, also)
    cards = _cards(session, gathered, asked.period.number)
    return Scorecards(asked, first, last, cards, not_kept(session, last, asked.warehouse_id))


@dataclass(frozen=True)
class _Gathered:
    """Sums by currency as arrays over suppliers and weeks, those before first."""

    suppliers: Sequence[str]
    by_currency: Mapping[str, SupplierSums]
    together: SupplierSums


def _gathered(session: Session, first: date, asked: AskedOfSuppliers, also: Sequence[str]) -> _Gathered:
    weeks = asked.period.number
    mondays = [first + n * WEEK for n in range(-weeks, weeks)]
    rows = weeks_of_suppliers(session, mondays, asked.warehouse_id)
    suppliers = sorted({row[0] for row in rows}.union(also))
    currencies = sorted({row[2] for row in rows})
    place = {name: n for n, name in enumerate(suppliers)}
    sums = np.zeros((len(OF_SUPPLIERS), len(currencies), len(suppliers), 2 * weeks))
    for supplier_id, monday, currency, *values in rows:
        sums[:, currencies.index(currency), place[supplier_id], (monday - first).days // WEEK.days + weeks] = values
    by_currency = {
        currency: SupplierSums.of(dict(zip(OF_SUPPLIERS, sums[:, n], strict=True)))
        for n, currency in enumerate(currencies)
        if currency != NO_CURRENCY
    }
    together = SupplierSums.of(dict(zip(OF_SUPPLIERS, sums.sum(axis=1), strict=True)))
    return _Gathered(suppliers, by_currency, together)


def _cards(session: Session, gathered: _Gathered, weeks: int) -> list[Scorecard]:
    told: list[list[ToldOfSupplier]] = [[] for _ in gathered.suppliers]
    for figure in FIGURES:
        for currency, sums in gathered.by_currency.items() if figure.by_currency else ((None, gathered.together),):
            traded = _is_there(sums)
            for n, one in enumerate(_told(figure, currency, sums, weeks)):
                if currency is None or traded[n]:
                    told[n].append(one)
    now = gathered.together.over(slice(weeks, None))
    costs, shares = cost(now), ratio(cost(now), now.bought_money)
    ranks = _ranks(shares)
    known = session.scalars(select(SupplierRow).where(SupplierRow.supplier_id.in_(gathered.suppliers)))
    rows = {row.supplier_id: row for row in known}
    dearest_first = sorted(range(len(told)), key=lambda n: (-costs[n], gathered.suppliers[n]))
    return [
        Scorecard(row.supplier_id, row.name, row.kind, row.language, ranks[n], told[n])
        for n in dearest_first
        if (row := rows.get(gathered.suppliers[n])) is not None
    ]


def _is_there(sums: SupplierSums) -> Sequence[bool]:
    """By supplier, whether anything but nothing is known of it."""
    return list(sum(np.abs(one).sum(axis=1) for one in vars(sums).values()) > 0)


def _told(figure: SupplierFigure, currency: str | None, sums: SupplierSums, weeks: int) -> list[ToldOfSupplier]:
    """By supplier."""
    before, now = slice(None, weeks), slice(weeks, None)
    values, values_before = figure.value(sums.over(now)), figure.value(sums.over(before))
    intervals: Sequence[Interval | None] = [None] * len(values)
    if figure.whole is not None:
        part, whole = figure.part(sums), figure.whole(sums)
        intervals = changes(part[:, now], whole[:, now], part[:, before], whole[:, before])
    return [
        ToldOfSupplier(figure, currency, _known(value), _known(was), interval)
        for value, was, interval in zip(values, values_before, intervals, strict=True)
    ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _ranks(shares: Sums) -> list[int | None]:
    """1 for the least; those that cost alike share a rank."""
    known = np.sort(shares[~np.isnan(shares)])
    return [None if np.isnan(one) else int(np.searchsorted(known, one)) + 1 for one in shares]
