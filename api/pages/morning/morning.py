"""What it was worth, as a page: the figures that matter first, what cost most, then by warehouse, category, product,
supplier or day, each a link further down. The numbers are those of the report that API and CSV tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Final
from urllib.parse import quote, urlencode

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from api.morning.morning_schemas import MorningQuery
from api.pages import texts
from api.pages.choosing import Choice, address
from api.pages.found_wrong import found_wrong
from api.pages.rendering import page
from api.pages.texts.figures import ARROWS, figure_words, is_better
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from data.frames.worth.sums import By
from data.tables import NameKind, ProductRow, WarehouseRow
from data.tables.names import names_of
from flows.day.asked_runs import DAYS, is_to_come
from flows.errors import NotNow
from flows.reports.feeds.going_on import findings_going_on
from flows.reports.morning.report import OF_WHOLE_DAYS, Asked, Group, MorningReport, Period, Told, morning_report

HEADLINE: Final = ("short_money", "waste_money", "fill_rate", "purchase_accuracy", "wape", "wpe", "waste")
PROMISE: Final = "promise_kept"  # leads too, where anybody tells when orders are at the door
OF_SUPPLIERS: Final = ("waste_money", "waste", "waste_receipt", "waste_shelf", "waste_dispatch", "complained")
NEXT: Final[Mapping[By, By]] = {By.WAREHOUSE: By.CATEGORY, By.CATEGORY: By.PRODUCT, By.PRODUCT: By.WAREHOUSE}

DEAREST: Final = 50  # groups, of which a page shows no more unless it is asked for all

HERE: Final = "/morning"

router = Router(include_in_schema=False)


class MorningPageQuery(MorningQuery):
    """What the page is asked for: `every` shows all groups."""

    every: bool = False

    def asked(self) -> Asked:
        """The same for the report."""
        return replace(super().asked(), most=None if self.every else DEAREST)


@dataclass(frozen=True)
class Shown:
    """A figure in words: what it is called, what it was, how it compares."""

    name: str
    label: str
    value: str
    before: str
    arrow: str
    compared: str
    better: bool | None
    target: str
    missed: bool | None


@dataclass(frozen=True)
class ShownGroup:
    """A row of the table with where it leads; what no supplier is named for leads nowhere."""

    name: str
    href: str | None
    shown: Sequence[Shown]


@router.get("/morning")
def morning(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    asked: Annotated[MorningPageQuery, Query()],
) -> Response:
    """The report of a period; without one, of the last day that was added up."""
    try:
        report = morning_report(session, asked.asked(), now)
    except NotNow:
        return page(
            request,
            "layout/nothing_added_up.html",
            title=texts.say("morning.title"),
            coming=is_to_come(session, DAYS, now),
        )
    last = report.periods.last
    length = timedelta(days=asked.period.days)
    return page(
        request,
        "morning/morning.html",
        report=report,
        known=any(one.value is not None for one in report.told if not one.figure.of_warehouses),
        headline=[_shown(one) for one in report.told if _leads(one)],
        rest=[_shown(one) for one in report.told if not _leads(one)],
        groups=[_group(asked, report, group) for group in report.groups],
        columns=_columns(report),
        chosen=_chosen(session, asked),
        periods=[
            Choice(texts.say(f"morning.{one}"), address(HERE, asked, period=one), one is asked.period) for one in Period
        ],
        bys=[Choice(texts.say(f"morning.by_{one}"), _by(asked, one), one is asked.by) for one in By],
        earlier=address(HERE, asked, until=last - length),
        later=address(HERE, asked, until=last + length),
        csv=address("/v1/morning/export.csv", asked),
        every=None if report.following is None else address(HERE, asked, every="true"),
        product_page=_product_page(asked),
        coming=is_to_come(session, DAYS, now),
        findings=found_wrong(session, findings_going_on(session, asked.warehouse_id)),
    )


def _by(asked: MorningPageQuery, by: By) -> str:
    """The same told apart otherwise; by supplier it is of all products."""
    return (
        address(HERE, asked, by=by, category=None, product_id=None)
        if by is By.SUPPLIER
        else address(HERE, asked, by=by)
    )


def _leads(told: Told) -> bool:
    return told.figure.name in HEADLINE or (told.figure.name == PROMISE and told.value is not None)


def _shown(told: Told) -> Shown:
    figure, value, before, target = told.figure, told.value, told.before, told.target
    arrow, compared, better, missed = "", "", None, None
    if value is not None and before is not None:
        arrow = ARROWS["same" if value == before else "up" if value > before else "down"]
        better = is_better(value, before, figure.better)
        way = "same" if value == before else "higher" if value > before else "lower"
        compared = texts.say("morning." + (way if better is None else "better" if better else "worse"))
    if value is not None and target is not None:
        missed = is_better(target, value, figure.better)
    return Shown(
        figure.name,
        texts.say(f"figure.{figure.name}"),
        figure_words(value, figure.kind, told.currency),
        figure_words(before, figure.kind, told.currency),
        arrow,
        compared,
        better,
        "" if target is None else figure_words(target, figure.kind, told.currency),
        missed,
    )


def _group(asked: MorningPageQuery, report: MorningReport, group: Group) -> ShownGroup:
    name = texts.day(group.key) if asked.by is By.DAY else group.name or texts.say("morning.no_supplier")
    href = _card(asked, group.key) if asked.by is By.SUPPLIER else _further(asked, group.key)
    return ShownGroup(name, href, [_shown(one) for one in _headline_of(report, group)])


def _card(asked: MorningPageQuery, supplier_id: str) -> str | None:
    """The page of a supplier, of the weeks that ended by the day that was asked for."""
    which = {"until": asked.until, "warehouse_id": asked.warehouse_id}
    query = urlencode({name: str(value) for name, value in which.items() if value is not None})
    return f"/suppliers/{quote(supplier_id, safe='')}{query and '?' + query}" if supplier_id else None


def _further(asked: MorningPageQuery, key: str) -> str:
    """A warehouse leads to its categories, a category to its products, a product to where it lies, or, where that is
    chosen, to its days; a day to itself."""
    if asked.by is By.DAY:
        return address(HERE, asked, until=date.fromisoformat(key), period=Period.DAY, by=By.WAREHOUSE)
    names = {By.WAREHOUSE: "warehouse_id", By.CATEGORY: "category", By.PRODUCT: "product_id"}
    taken = {by for by, name in names.items() if getattr(asked, name) is not None} | {asked.by}
    further = NEXT[asked.by]
    while further in taken and len(taken) < len(names):
        further = NEXT[further]
    if asked.by is By.PRODUCT:
        taken.add(By.CATEGORY)  # a product is of one
    return address(HERE, asked, by=By.DAY if further in taken else further, **{names[asked.by]: key})


def _columns(report: MorningReport) -> list[str]:
    """What the table's columns are called: money once for each currency."""
    if not report.groups:
        return []
    return [texts.say(f"figure.{one.figure.name}") for one in _headline_of(report, report.groups[0])]


def _headline_of(report: MorningReport, group: Group) -> list[Told]:
    """A group's figures in the columns of the whole; money of a currency that it has not stays empty."""
    mine = {(one.figure.name, one.currency): one for one in group.told}
    return [
        mine.get((one.figure.name, one.currency), Told(one.figure, one.currency, None, None, None))
        for one in report.told
        if (one.figure.name in OF_SUPPLIERS if report.asked.by is By.SUPPLIER else _leads(one))
        and (report.asked.by in OF_WHOLE_DAYS or not one.figure.of_warehouses)
    ]


def _chosen(session: Session, asked: MorningPageQuery) -> list[Choice]:
    """What the report is narrowed to, each with the way out of it."""
    found = []
    if asked.warehouse_id is not None:
        place = session.get_one(WarehouseRow, asked.warehouse_id)
        found.append(Choice(place.name, address(HERE, asked, warehouse_id=None), True))
    if asked.category is not None:
        category = names_of(session, NameKind.CATEGORIES)[asked.category]
        found.append(Choice(category, address(HERE, asked, category=None), True))
    if asked.product_id is not None:
        goods = session.get_one(ProductRow, asked.product_id)
        found.append(Choice(goods.name, address(HERE, asked, product_id=None), True))
    return found


def _product_page(asked: MorningPageQuery) -> tuple[str, str] | None:
    """The warehouse and product whose page shows what the line's day is made of."""
    if asked.warehouse_id is None or asked.product_id is None:
        return None
    return asked.warehouse_id, asked.product_id
