"""What a plan says beside its lines: which warehouses it leaves out and why, how old its sales are, whose stock is not
known. Kept with the plan as codes and values; their words are here, for pages and commands alike."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.frames.lots_as_of import last_counts
from data.frames.sales_days import last_sales_days
from data.languages import in_one_paragraph, say
from data.local_days import today_there
from data.own_warehouses import own_warehouses
from data.tables import ForecastRow, PurchaseOrderRow, WarehouseRow
from flows.ordering.looking_up import Wanted, purchase_orders
from flows.ordering.overdue import overdue_purchase_orders
from flows.ordering.under_way import counted_on
from flows.purchasing.notes.change_words import in_words as change_in_words
from flows.purchasing.notes.days_out_of_the_ordinary import DaysOfPlan
from flows.purchasing.notes.floor_words import floor_in_words
from flows.purchasing.notes.whole_plan_words import OF_WHOLE_PLAN, whole_plan_in_words
from flows.purchasing.showing.names import NO_NAMES, Names
from warehouse.ordering.statuses import ENDED
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.service_level import FloorCost
from warehouse.reasons import Reason

NUMBERS_NAMED = 5
SILENT_DAYS = 14  # chosen: two weeks behind the region's last sales are more than a holiday or a late file

OVERDUE_COUNTED: Final = (
    "Overdue purchase orders: {how_many} ({orders}). What has not come of them is still counted on: receive it, or "
    "cancel it."
)
OVERDUE_NOT_COUNTED: Final = (
    "Overdue purchase orders: {how_many} ({orders}). What has not come of them is no longer counted on: receive it, or "
    "cancel it."
)
TRIED_MODEL: Final = "Trial {trial}: today {warehouses} are planned with the model of the challenger."
TRIED_TERMS: Final = "Trial {trial}: today {warehouses} are planned with the terms of the challenger."


class PlanNote(StrEnum):
    """What is noted. The values of each; days are ISO text, several warehouses are joined by commas:"""

    WAREHOUSE_CLOSED = "warehouse_closed"  # warehouse, closed_on: left out
    NO_SALES_SINCE = "no_sales_since"  # warehouse, last_day: left out, and asked whether it is closed
    NO_FORECAST = "no_forecast"  # warehouse, day: left out, no forecast reaches it
    SALES_KNOWN_UNTIL = "sales_known_until"  # warehouses, last_day: not up to yesterday
    NO_STOCK_KNOWN = "no_stock_known"  # warehouses: no lot was ever told of
    STOCK_COUNTED_AT = "stock_counted_at"  # warehouses, counted_on: counted longer ago than a shop wants
    CLOSED_DAY = "closed_day"  # warehouses, day, name: nothing is forecast for it
    DELIVERED_ON_CLOSED_DAY = "delivered_on_closed_day"  # warehouses, day, name: nobody is there to receive
    DUE_ON_CLOSED_DAY = "due_on_closed_day"  # orders (some numbers), how_many, day, name: the same, ordered before
    EXTRAPOLATED_DAY = "extrapolated_day"  # warehouses, day, name: seen less than twice, its forecast is a guess
    # warehouses, category (None: the whole plan), floor, without, with (shares of demand expected to be met), cost,
    # currency, reached
    FILL_RATE_FLOOR = "fill_rate_floor"
    OVERDUE = "overdue"  # orders (some numbers), how_many, counted (yes or no): due, and not all of it has come
    CHANGED_SINCE_DRAFT = "changed_since_draft"  # changes: what no longer held when it was to be approved
    FALLBACK_PLAN = "fallback_plan"  # origin, because (RunState), began_at (or None): local moments, ISO text
    TRIED = "tried"  # warehouses, trial (its name), what (terms or model): planned with a trial's challenger
    EDITS_LOST = "edits_lost"  # edits: {warehouse, product, because} of buyers that the plan could not keep


# sums over all of their warehouses
OVER_ALL: Final = frozenset({*OF_WHOLE_PLAN, PlanNote.FILL_RATE_FLOOR})


class RunState(StrEnum):
    """How far the night's run has come where its plan is not there."""

    NOT_BEGUN = "not_begun"
    UNFINISHED = "unfinished"
    KILLED = "killed"  # it had not finished; it is done again while there is a schedule
    WITHOUT_PLAN = "without_plan"  # finished, for some warehouses or all


def left_out_of_plan(
    session: Session,
    warehouses: Sequence[WarehouseRow],
    origins: Mapping[str, datetime],
    deliveries: Mapping[str, date],
    now: datetime,
) -> dict[str, Reason]:
    """Why by warehouse, of those that the plan leaves out; `deliveries` is by warehouse the first day that is planned
    for."""
    last_days = last_sales_days(session, now)
    silent_before = max(last_days.values(), default=date.min + timedelta(SILENT_DAYS)) - timedelta(SILENT_DAYS)
    left_out = {}
    for place in warehouses:
        name, last_day = place.warehouse_id, last_days.get(place.warehouse_id)
        delivery_date = deliveries[name]
        reopened = place.opened_on is not None and last_day is not None and place.opened_on > last_day
        if place.closed_on is not None and place.closed_on < delivery_date:
            values = {"warehouse": name, "closed_on": place.closed_on.isoformat()}
            left_out[name] = Reason(PlanNote.WAREHOUSE_CLOSED, values)
        elif last_day is not None and last_day <= silent_before and not reopened:
            left_out[name] = Reason(PlanNote.NO_SALES_SINCE, {"warehouse": name, "last_day": last_day.isoformat()})
        elif not _forecast_reaches(session, name, origins.get(name), delivery_date):
            left_out[name] = Reason(PlanNote.NO_FORECAST, {"warehouse": name, "day": delivery_date.isoformat()})
    return left_out


def notes_of_plan(
    session: Session,
    warehouses: Sequence[WarehouseRow],
    order_dates: Mapping[str, date],
    now: datetime,
    settings: PlanSettings = USUAL,
) -> list[Reason]:
    """How old the sales are where they do not reach yesterday, and the stock where it is older than the shop wants or
    not known at all; which purchase orders are overdue."""
    last_days = last_sales_days(session, now)
    behind: dict[date, list[str]] = {}
    for place in warehouses:
        last_day = last_days.get(place.warehouse_id)
        if last_day is not None and last_day < order_dates[place.warehouse_id] - timedelta(days=1):
            behind.setdefault(last_day, []).append(place.warehouse_id)
    notes = [
        Reason(PlanNote.SALES_KNOWN_UNTIL, {"warehouses": ", ".join(names), "last_day": day.isoformat()})
        for day, names in sorted(behind.items())
    ]
    counts = last_counts(session, [place.warehouse_id for place in warehouses], now)
    old: dict[date, list[str]] = {}
    for place in warehouses:
        counted_at = counts.get(place.warehouse_id)
        if counted_at is not None and counted_at < now - settings.stock_old_after:
            old.setdefault(today_there(counted_at, place.timezone), []).append(place.warehouse_id)
    notes += [
        Reason(PlanNote.STOCK_COUNTED_AT, {"warehouses": ", ".join(names), "counted_on": day.isoformat()})
        for day, names in sorted(old.items())
    ]
    if unknown := [place.warehouse_id for place in warehouses if place.warehouse_id not in counts]:
        notes.append(Reason(PlanNote.NO_STOCK_KNOWN, {"warehouses": ", ".join(unknown)}))
    return [*notes, *_overdue(session, warehouses, now, settings)]


def notes_of_days(session: Session, days: DaysOfPlan, lines: Sequence[PlanLine], now: datetime) -> list[Reason]:
    """Which days of a plan are closed, what comes on them all the same, and which are a guess."""
    closed, guessed = days.closed(), days.extrapolated()
    notes = []
    for code, found in (
        (PlanNote.CLOSED_DAY, closed),
        (PlanNote.DELIVERED_ON_CLOSED_DAY, days.delivered_to_nobody(lines)),
        (PlanNote.EXTRAPOLATED_DAY, guessed),
    ):
        for (day, name), names in sorted(found.items()):
            notes.append(Reason(code, {"warehouses": ", ".join(names), "day": day.isoformat(), "name": name}))
    for (day, name), names in sorted(closed.items()):
        due = purchase_orders(session, Wanted(names, delivery_date=day), now)
        if numbers := [of_day.order.number for of_day in due if of_day.status not in ENDED]:
            on = {"day": day.isoformat(), "name": name}
            notes.append(Reason(PlanNote.DUE_ON_CLOSED_DAY, {"orders": _some(numbers), "how_many": len(numbers), **on}))
    return notes


def notes_of_floors(costs: Sequence[FloorCost], warehouses: Sequence[WarehouseRow]) -> list[Reason]:
    """Which floors on the fill rate a plan has for these warehouses of one currency, whether they hold and what they
    cost."""
    return [
        Reason(
            PlanNote.FILL_RATE_FLOOR,
            {
                "warehouses": ", ".join(place.warehouse_id for place in warehouses),
                "category": one.category_id,
                "floor": one.floor,
                "without": round(one.fill_rate_without, 6),
                "with": round(one.fill_rate_with, 6),
                "cost": round(one.cost, 2),
                "currency": warehouses[0].currency,
                "reached": one.reached,
            },
        )
        for one in costs
    ]


def notes_of_whole_plan(notes: Iterable[Reason], warehouses: Sequence[WarehouseRow]) -> list[Reason]:
    """What is said of a plan for these warehouses that was chosen as a whole (WholePlanNote), with the currency of its
    money: of the warehouses that a note is of, which all have the same."""
    currencies = {place.warehouse_id: place.currency for place in warehouses}
    told = []
    for note in notes:
        of = str(note.values.get("warehouse") or note.values.get("warehouses")).split(", ")
        currency = next((currencies[name] for name in of if name in currencies), None)
        told.append(replace(note, values={**note.values, "currency": currency}))
    return told


def _overdue(
    session: Session, warehouses: Sequence[WarehouseRow], now: datetime, settings: PlanSettings
) -> list[Reason]:
    names = [place.warehouse_id for place in warehouses]
    orders: dict[str, list[str]] = {"yes": [], "no": []}
    for overdue in overdue_purchase_orders(session, now, settings.overdue_counts, names):
        due_from = counted_on(now, overdue.warehouse.timezone, settings.overdue_counts)
        orders["yes" if overdue.order.delivery_date >= due_from else "no"].append(overdue.order.number)
    return [
        Reason(PlanNote.OVERDUE, {"orders": _some(numbers), "how_many": len(numbers), "counted": counted})
        for counted, numbers in orders.items()
        if numbers
    ]


def notes_seen(session: Session, notes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of a plan's notes what concerns the warehouses that a session sees."""
    own = own_warehouses(session)
    if own is None:
        return [dict(note) for note in notes]
    numbers = {number for note in notes for number in str(note.get("orders", "")).split(", ")}
    seen = own | set(session.scalars(select(PurchaseOrderRow.number).where(PurchaseOrderRow.number.in_(numbers))))
    return [kept for note in notes if (kept := _part_of(note, seen))]


def _part_of(note: Mapping[str, Any], seen: Collection[str]) -> dict[str, Any]:
    """A note without what is not seen, a warehouse or an order; empty where nothing of it is left."""
    if note["code"] in OVER_ALL and set(note["warehouses"].split(", ")) - set(seen):
        return {}
    kept = dict(note)
    for name, value in note.items():
        if name == "warehouse" and value not in seen:
            return {}
        if name in ("warehouses", "orders"):
            kept[name] = ", ".join(one for one in value.split(", ") if one in seen)
        if name in ("changes", "edits"):
            kept[name] = [one for one in value if one["warehouse"] in seen]
        if not kept[name] and note[name]:
            return {}
    return kept


def _some(numbers: Sequence[str]) -> str:
    """The latest few of them."""
    latest = sorted(numbers, reverse=True)
    return ", ".join(latest[:NUMBERS_NAMED]) + (", ..." if len(latest) > NUMBERS_NAMED else "")


def without_forecast(notes: Sequence[Mapping[str, Any]], names: Names = NO_NAMES) -> dict[str, str]:
    """By warehouse, why a plan with these notes could not be made for it."""
    return {note["warehouse"]: in_words(note, names) for note in notes if note["code"] == PlanNote.NO_FORECAST}


def in_words(note: Mapping[str, Any], names: Names = NO_NAMES) -> str:
    """A note as kept with a plan, in a sentence; one of another version as it is."""
    if (of_whole := whole_plan_in_words(names.in_note(note))) is not None:
        return of_whole
    match names.in_note(note):
        case {"code": PlanNote.WAREHOUSE_CLOSED, "warehouse": name, "closed_on": day}:
            return say("Warehouse {warehouse} closes on {day}; nothing is bought for it.", warehouse=name, day=day)
        case {"code": PlanNote.NO_SALES_SINCE, "warehouse": name, "last_day": day}:
            return say(
                "Warehouse {warehouse} has had no sales since {day}: closed? Nothing is bought for it. Import "
                "warehouses with its closed_on, its sales, or, if it opens again, a later opened_on.",
                warehouse=name,
                day=day,
            )
        case {"code": PlanNote.NO_FORECAST, "warehouse": name, "day": day}:
            return say(
                "Warehouse {warehouse} has no forecast that reaches {day}. Run: freshfront forecast",
                warehouse=name,
                day=day,
            )
        case {"code": PlanNote.SALES_KNOWN_UNTIL, "warehouses": names, "last_day": day}:
            return say(
                "Sales are known up to {day} ({warehouses}): the plan rests on a forecast from then.",
                day=day,
                warehouses=names,
            )
        case {"code": PlanNote.NO_STOCK_KNOWN, "warehouses": names}:
            return say(
                "No stock is known ({warehouses}): it is counted as 0. Import lots, or a stock list, to have it "
                "counted.",
                warehouses=names,
            )
        case {"code": PlanNote.STOCK_COUNTED_AT, "warehouses": names, "counted_on": day}:
            return say(
                "Stock was last counted on {day} ({warehouses}): the plan rests on what was sold since, as far as "
                "known.",
                day=day,
                warehouses=names,
            )
        case {"code": PlanNote.CLOSED_DAY, "warehouses": names, "day": day, "name": name}:
            return say(
                "Closed on {day}, {name} ({warehouses}): nothing is forecast for that day.",
                day=day,
                name=name,
                warehouses=names,
            )
        case {"code": PlanNote.DELIVERED_ON_CLOSED_DAY, "warehouses": names, "day": day, "name": name}:
            return say(
                "Deliveries of this plan come on {day}, when nobody may be there to receive them: {name} "
                "({warehouses}).",
                day=day,
                name=name,
                warehouses=names,
            )
        case {"code": PlanNote.DUE_ON_CLOSED_DAY, "orders": orders, "how_many": how_many, "day": day, "name": name}:
            return say(
                "{how_many} purchase orders ({orders}) are due on {day}, which is closed ({name}).",
                how_many=how_many,
                orders=orders,
                day=day,
                name=name,
            )
        case {"code": PlanNote.EXTRAPOLATED_DAY, "warehouses": names, "day": day, "name": name}:
            return say(
                "{name} on {day} ({warehouses}) was seen less than twice before: what it does to sales is a guess.",
                name=name,
                day=day,
                warehouses=names,
            )
        case {"code": PlanNote.OVERDUE, "orders": orders, "how_many": how_many, "counted": counted}:
            return say(OVERDUE_COUNTED if counted == "yes" else OVERDUE_NOT_COUNTED, how_many=how_many, orders=orders)
        case {"code": PlanNote.FILL_RATE_FLOOR, "category": _, "floor": _}:
            return floor_in_words(note)
        case {"code": PlanNote.FALLBACK_PLAN, "origin": origin, "because": because, "began_at": began_at}:
            return say(
                "Fallback plan: {why}. It rests on the last forecasts, of {origin}. The run's own plan takes its "
                "place, unless this one is edited or approved first.",
                why=run_in_words(because, began_at),
                origin=_minute(origin),
            )
        case {"code": PlanNote.CHANGED_SINCE_DRAFT, "changes": changes}:
            told = map(change_in_words, changes)
            return in_one_paragraph([say("The plan was worked out anew, since something had changed."), *told])
        case {"code": PlanNote.TRIED, "warehouses": names, "trial": trial, "what": what}:
            return say(TRIED_MODEL if what == "model" else TRIED_TERMS, trial=trial, warehouses=names)
        case {"code": PlanNote.EDITS_LOST, "edits": edits}:
            lost = [
                say(
                    "{product} in {warehouse}: {why}",
                    product=one["product"],
                    warehouse=one["warehouse"],
                    why=one["because"],
                )
                for one in edits
            ]
            return in_one_paragraph([say("Edits that could not be kept:"), *lost])
    return ", ".join(f"{key} {value}" for key, value in note.items())


def run_in_words(because: str, began_at: str | None) -> str:
    """How far the night's run has come (a RunState), begun at a local moment as ISO text."""
    match because:
        case RunState.NOT_BEGUN:
            return say("the night's run has not begun")
        case RunState.UNFINISHED if began_at is not None:
            return say("the night's run of {began_at} has not finished", began_at=_minute(began_at))
        case RunState.KILLED if began_at is not None:
            return say("the night's run of {began_at} was killed before it had finished", began_at=_minute(began_at))
    return say("the night's run ended without a plan")


def _minute(moment: str) -> str:
    """A moment as ISO text, to the minute and without its offset."""
    return moment[:16].replace("T", " ")


def _forecast_reaches(session: Session, warehouse_id: str, origin: datetime | None, day: date) -> bool:
    last = select(func.max(ForecastRow.date)).where(
        ForecastRow.warehouse_id == warehouse_id, ForecastRow.origin == origin
    )
    reaches = None if origin is None else session.scalar(last)
    return reaches is not None and reaches >= day
