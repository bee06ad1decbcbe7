"""Today: what needs doing, first what is theirs who looks, the most urgent first. What that is, is worked out by
`flows`; here it is laid out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages import texts
from api.pages.found_wrong import found_wrong
from api.pages.plans.shown_plans import with_totals
from api.pages.rendering import page
from api.pages.temperatures.alarm_list import active_alarms
from api.routing import Router
from api.security import Principal, Scope, requires
from api.today.today_queries import Missing, MissingData, what_needs_doing
from api.transactions import Now, ReadSession
from data.tables import ProductRangeRow, ProductRow, Role, WarehouseRow, ZoneRow
from flows.assortment.trials import ending_trials
from flows.assortment.waiting import waiting_proposals
from flows.keeping.backing_up import old_backup
from flows.purchasing.notes.plan_notes import in_words, run_in_words
from flows.purchasing.on_time.in_time import LatePlan, note_of_fallback
from flows.purchasing.shelves.expiring_stock import ExpiringProduct
from flows.purchasing.showing.names import names_in

CHOSEN: Final = "freshfront_warehouse"  # the cookie that remembers whose day is shown
REMEMBERED_SECONDS: Final = 365 * 24 * 3600
# what each role can do something about comes first
THEIRS: Final[Mapping[Role, Sequence[str]]] = {
    Role.BUYER: (
        "late",
        "feeds",
        "plan",
        "expiring",
        "missing",
        "to_send",
        "overdue",
        "transfers",
        "alarms",
        "readings",
        "couriers",
        "moves",
        "assortment",
    ),
    Role.STAFF: (
        "alarms",
        "couriers",
        "readings",
        "transfers",
        "expiring",
        "feeds",
        "missing",
        "moves",
        "overdue",
        "late",
        "plan",
        "to_send",
    ),
    Role.OPERATOR: (
        "backup",
        "readings",
        "feeds",
        "missing",
        "late",
        "alarms",
        "couriers",
        "plan",
        "to_send",
        "overdue",
        "transfers",
        "expiring",
        "moves",
        "assortment",
    ),
}
OF_OTHERS: Final = (
    "alarms",
    "couriers",
    "readings",
    "feeds",
    "missing",
    "late",
    "plan",
    "to_send",
    "overdue",
    "transfers",
    "expiring",
    "moves",
    "assortment",
)

router = Router(include_in_schema=False)


@dataclass(frozen=True)
class ShownLatePlan:
    """A late plan with the names of its warehouses, and how far the night's run has come in words."""

    late: LatePlan
    names: list[str]
    without_forecast: list[str]
    run: str


@dataclass(frozen=True)
class ShownMissing:
    """What is missing, where, and until when it is known in words."""

    what: Missing
    warehouse: WarehouseRow
    zone: ZoneRow | None
    until: str


@dataclass(frozen=True)
class Loss:
    """What expiring stock will lose in one currency."""

    currency: str
    loss: Decimal


@router.get("/")
def today(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    warehouse: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """The page that one opens in the morning. A warehouse that is chosen stays chosen in this browser."""
    places = session.scalars(select(WarehouseRow).order_by(WarehouseRow.name, WarehouseRow.warehouse_id)).all()
    wanted = request.cookies.get(CHOSEN) if warehouse is None else warehouse
    chosen = wanted if wanted in {place.warehouse_id for place in places} else None
    found = what_needs_doing(session, request.app.state.settings, now, chosen)
    by_id = {place.warehouse_id: place for place in found.warehouses}
    notes = [(plan.plan_id, note_of_fallback(plan)) for plan in found.fallbacks]
    names = names_in(session, [note for _, note in notes])
    backup = old_backup(now, request.app.state.settings) if who.role is Role.OPERATOR else None
    response = page(
        request,
        "today/today.html",
        now=now,
        parts=THEIRS.get(who.role, OF_OTHERS),
        places=places,
        chosen=chosen,
        warehouses=found.warehouses,
        delivery=found.delivery_date,
        alarms=active_alarms(session, chosen),
        drafts=with_totals(session, found.drafts),
        approved=with_totals(session, found.approved),
        unplanned=found.unplanned,
        late=[_shown(late, by_id) for late in found.late],
        fallbacks=[(plan_id, in_words(note, names)) for plan_id, note in notes],
        missing=[(what, list(map(_missing, of_it))) for what, of_it in groupby(found.missing, attrgetter("what"))],
        all_there=[what for what in Missing if what not in {one.what for one in found.missing}],
        findings=found_wrong(session, found.broken),
        clocks=found.clocks,
        quarantined=found.quarantined,
        notifier=found.notifier,
        gone=found.gone,
        expiring=found.expiring,
        losses=_losses(found.expiring),
        overdue=found.overdue,
        transfers=found.transfers,
        short_of_couriers=[(by_id[one.warehouse_id], one) for one in found.short_of_couriers],
        overdue_hours=request.app.state.settings.overdue_order_counts_hours,
        to_send=found.to_send,
        proposals=waiting_proposals(session, chosen),
        ending=_ending(session, now, chosen),
        backup=backup,
        backup_made=backup and backup.made_at and texts.moment(backup.made_at, "UTC"),
        moves=[(by_id[row.warehouse_id], row) for row in found.moves],
    )
    if warehouse is not None:
        response.set_cookie(CHOSEN, chosen or "", max_age=REMEMBERED_SECONDS, httponly=True, samesite="lax")
    return response


def _ending(session: Session, now: datetime, chosen: str | None) -> list[tuple[ProductRangeRow, str, WarehouseRow]]:
    """Trials that end within a week, with the names of product and warehouse."""
    return [
        (row, session.get_one(ProductRow, row.product_id).name, session.get_one(WarehouseRow, row.warehouse_id))
        for row in ending_trials(session, now, None if chosen is None else [chosen])
    ]


def _shown(late: LatePlan, by_id: Mapping[str, WarehouseRow]) -> ShownLatePlan:
    began_at = None if late.began_at is None else late.began_at.astimezone(ZoneInfo(late.timezone)).isoformat()
    names = [by_id[warehouse_id].name for warehouse_id in late.warehouse_ids]
    without = [by_id[warehouse_id].name for warehouse_id in late.without_forecast]
    return ShownLatePlan(late, names, without, run_in_words(late.because, began_at))


def _missing(one: MissingData) -> ShownMissing:
    return ShownMissing(one.what, one.warehouse, one.zone, _until(one.known_until, one.warehouse.timezone))


def _until(known: datetime | date | None, timezone: str) -> str:
    if known is None:
        return texts.say("today.never")
    when = texts.moment(known, timezone) if isinstance(known, datetime) else texts.day(known)
    return texts.say("today.known_until", when=when)


def _losses(expiring: Iterable[ExpiringProduct]) -> list[Loss]:
    by_currency: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in expiring:
        if one.loss:
            by_currency[one.warehouse.currency] += one.loss
    return [Loss(currency, loss) for currency, loss in sorted(by_currency.items())]
