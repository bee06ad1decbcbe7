"""What is to be ordered now, worked out from what is known at a moment; nothing is written.

For every product and warehouse that is the next delivery which an offer can still reach, if it must be ordered now, or
the one on the day that somebody asks for. What is under way already is counted, so planning again adds only what has
become known since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from threading import BoundedSemaphore
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import tables
from data.frames.serving_forecasts import latest_origins
from data.local_days import today_there
from flows.demand.models import model_registry
from flows.errors import Invalid, NotNow, Unknown
from flows.purchasing.notes.days_out_of_the_ordinary import DaysOfPlan
from flows.purchasing.notes.plan_notes import (
    in_words,
    left_out_of_plan,
    notes_of_days,
    notes_of_floors,
    notes_of_plan,
    notes_of_whole_plan,
)
from flows.purchasing.planning.carrying import carried_between
from flows.purchasing.planning.foresight import NO_FORESIGHT, Foresight
from flows.purchasing.planning.judged_demand import judged_demand, told_of_judgements
from flows.purchasing.planning.kept_service_level import service_level_as_of
from flows.purchasing.planning.life_lost import LifeLost, as_if_not_aged, life_lost, told_of_life_lost
from flows.purchasing.planning.needs_of_warehouse import FARTHEST_DELIVERY_DAYS, NeedsOfWarehouse
from flows.purchasing.planning.outlook import outlook_of
from flows.purchasing.planning.purchase_terms import PurchaseTerms
from flows.purchasing.planning.trial_terms import tried_in_plan, with_tried_terms
from flows.purchasing.showing.names import names_in
from flows.stock.expected_stock import expected_stock
from forecasting.all_cores import cores
from forecasting.distribution.dependence import Dependence
from forecasting.distribution.paths import joint_paths
from warehouse.purchasing.allocation.terms import OrderedToday
from warehouse.purchasing.asked_ahead import asked_ahead, is_asked_ahead
from warehouse.purchasing.buying import plan_purchase, plan_with_notes
from warehouse.purchasing.floors import floor_costs
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.need.scenarios import DrawDemand
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.service_level import ServiceLevel
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.transfers.loads import Asked, Place
from warehouse.purchasing.transfers.ways import PlannedTransfer
from warehouse.reasons import Reason

Floats = NDArray[np.float64]

# plans that are worked out at once in a process: more would slow each other, and who writes what is finished
_AT_ONCE: Final = BoundedSemaphore(cores())


class NothingToPlan(NotNow):
    """No warehouse can be planned for: no forecast reaches its next delivery."""


@dataclass(frozen=True)
class PlannedPurchase:
    """A plan that is not kept yet: its lines, the offers they are under, the order day by warehouse, and what is
    carried between warehouses."""

    asked_for: date | None
    origin: datetime
    made_at: datetime
    order_dates: Mapping[str, date]
    lines: Sequence[PlanLine]
    offers: Mapping[str, Offer]
    notes: Sequence[Reason]
    transfers: Sequence[PlannedTransfer] = ()


def plan_what_to_order(
    session: Session,
    warehouse_ids: Sequence[str],
    now: datetime,
    settings: PlanSettings = USUAL,
    asked_for: date | None = None,
    foresight: Foresight = NO_FORESIGHT,
) -> PlannedPurchase:
    """What to order at a moment for these warehouses, each on its own local day; for the delivery `asked_for`, or for
    every product the delivery that must be ordered now. Forecasts are those of the latest origin. A service level that
    buyers have set counts before that of the settings.

    Warehouses that cannot be planned for are left out and named in the notes. Raises Unknown for a warehouse, Invalid
    for a delivery date that has passed or is too far away, NothingToPlan where no warehouse can be planned for,
    and NotNow for one budget where warehouses buy in several currencies."""
    with _AT_ONCE:
        return _plan_what_to_order(session, warehouse_ids, now, settings, asked_for, foresight)


def _plan_what_to_order(
    session: Session,
    warehouse_ids: Sequence[str],
    now: datetime,
    settings: PlanSettings,
    asked_for: date | None,
    foresight: Foresight,
) -> PlannedPurchase:
    warehouses = _warehouses(session, warehouse_ids)
    order_dates = {place.warehouse_id: today_there(now, place.timezone) for place in warehouses}
    _check_delivery_date(asked_for, order_dates)
    _check_budget(settings, warehouses)
    origins = latest_origins(session, [place.warehouse_id for place in warehouses], now)
    reached = {name: asked_for or day + timedelta(days=1) for name, day in order_dates.items()}
    left_out = left_out_of_plan(session, warehouses, origins, reached, now)
    planned = [place for place in warehouses if place.warehouse_id not in left_out]
    if not planned:
        told = [reason.as_dict() for reason in left_out.values()]
        names = names_in(session, told)
        raise NothingToPlan("{told}", told=" ".join(in_words(note, names) for note in told))
    tried, notes_of_trials = tried_in_plan(session, order_dates, now)
    level = service_level_as_of(session, now, settings.service_level)
    settings = replace(settings, service_level=with_tried_terms(level, tried))
    terms = _terms_known(session, now, min(order_dates.values()), foresight)
    places, lost = _places_alone(session, planned, origins, order_dates, now, terms, settings, asked_for, foresight)
    carried = carried_between(session, planned, places, terms.yields, now, settings)
    places |= carried.places
    asked = [of_need for place in places.values() for of_need in place.asked]
    aged = {name for name, _ in lost}
    if_not_aged = [
        of_need
        for name, place in places.items()
        for of_need in (place.again(as_if_not_aged(place.outlook)) if name in aged else place.asked)
    ]
    ordered = terms.of_whole_orders.ordered_today(session, now) if settings.limits.any else {}
    ahead = asked_ahead(places.values(), terms.yields, settings)
    bought = plan_with_notes(_by_product(places, [*asked, *ahead]), terms.yields, settings=settings, ordered=ordered)
    worth_saying = [line for line in bought.lines if line.quantity > 0 or not is_asked_ahead(line)]
    lines = _told_of_life_lost(worth_saying, if_not_aged, lost, terms, settings, ordered)
    order_dates = {place.warehouse_id: order_dates[place.warehouse_id] for place in planned}
    origins = {name: origins[name] for name in order_dates}
    days = DaysOfPlan.of(session, origins, order_dates, lines)
    judged = {name: judged_demand(session, name, now) for name in order_dates}
    categories = {need.product_id: need.category_id for need, _ in asked}
    return PlannedPurchase(
        asked_for=asked_for,
        origin=min(origins.values()),
        made_at=now,
        order_dates=order_dates,
        transfers=carried.transfers,
        lines=[told_of_judgements(days.told_on(line), judged) for line in lines],
        offers={offer.offer_id: offer for offers in terms.offers.values() for offer in offers},
        notes=[
            *left_out.values(),
            *notes_of_whole_plan(bought.notes, planned),
            *notes_of_plan(session, planned, order_dates, now, settings),
            *notes_of_days(session, days, lines, now),
            *notes_of_trials,
            *_notes_of_floors(bought.lines, categories, settings.service_level, planned),
        ],
    )


def _by_product(places: Iterable[str], asked: Iterable[Asked]) -> list[Asked]:
    """By warehouse and product, so that what is asked for several deliveries stands together, the next one first."""
    order = {name: number for number, name in enumerate(places)}
    return sorted(asked, key=lambda one: (order[one[0].warehouse_id], one[0].product_id, one[0].covers_from))


def _terms_known(session: Session, now: datetime, first_day: date, foresight: Foresight) -> PurchaseTerms:
    """The terms of suppliers as they are known, or told in their place."""
    terms = PurchaseTerms.known_at(session, now, first_day)
    if foresight.yields is not None:
        terms = replace(terms, yields=foresight.yields)
    return replace(terms, offers={name: foresight.offers(known) for name, known in terms.offers.items()})


def _places_alone(
    session: Session,
    planned: Sequence[tables.WarehouseRow],
    origins: Mapping[str, datetime],
    order_dates: Mapping[str, date],
    now: datetime,
    terms: PurchaseTerms,
    settings: PlanSettings,
    asked_for: date | None,
    foresight: Foresight,
) -> tuple[dict[str, Place], dict[tuple[str, str], LifeLost]]:
    """What each warehouse has, expects and needs by itself; and by warehouse and product the life that its stock lost
    to warmth."""
    together = model_registry.dependence_by_warehouse(session, origins)
    places: dict[str, Place] = {}
    lost: dict[tuple[str, str], LifeLost] = {}
    for place in planned:
        name = place.warehouse_id
        stock = expected_stock(session, place, origins[name], now)
        outlook = outlook_of(session, place, origins[name], now, terms.yields, settings.overdue_counts, stock)
        outlook = foresight.outlook(outlook)
        draw = days_together(name, together[name]) if foresight.draw is None else foresight.draw(name)
        here = replace(settings, service_level=settings.service_level.at(name))
        needs_of = NeedsOfWarehouse.known_at(session, place, origins[name], now, terms, draw, here, asked_for)
        later = needs_of.of_later_deliveries if asked_for is None else None
        places[name] = Place(outlook, needs_of(outlook), needs_of, needs_of.often, later)
        of_warmth = life_lost(stock.lots, stock.ageing, order_dates[name])
        lost |= {(name, product_id): of_it for product_id, of_it in of_warmth.items()}
    return places, lost


def _notes_of_floors(
    lines: Sequence[PlanLine],
    categories: Mapping[str, str | None],
    service_level: ServiceLevel,
    planned: Sequence[tables.WarehouseRow],
) -> list[Reason]:
    """A floor is held over the warehouses of each currency, since what it costs is money, that have the same terms."""
    notes = []
    for currency in sorted({place.currency for place in planned}):
        places = [place for place in planned if place.currency == currency]
        for level in service_level.levels:
            here = {place.warehouse_id for place in places if service_level.at(place.warehouse_id) is level}
            of_them = [line for line in lines if line.warehouse_id in here]
            told = [place for place in places if place.warehouse_id in here]
            notes += notes_of_floors(floor_costs(of_them, categories, level), told)
    return notes


def _told_of_life_lost(
    lines: Sequence[PlanLine],
    if_not_aged: Sequence[tuple[Need, Supply]],
    lost: Mapping[tuple[str, str], LifeLost],
    terms: PurchaseTerms,
    settings: PlanSettings,
    ordered: Mapping[str, OrderedToday],
) -> list[PlanLine]:
    """The lines with what stock that aged means for them, where the products concerned are planned once more, over all
    warehouses, as if it had not; all are where products are tied together."""
    products = {product_id for _, product_id in lost}
    tied = settings.limits.any or bool(terms.of_whole_orders.by_supplier)
    concerned = [asked for asked in if_not_aged if tied or asked[0].product_id in products] if products else []
    without = plan_purchase(concerned, terms.yields, settings=settings, ordered=ordered) if concerned else ()
    return told_of_life_lost(lines, without, lost)


def days_together(warehouse_id: str, dependence: Dependence) -> DrawDemand:
    """Draws a warehouse's demand as joint paths over days, by how its forecasts' errors go together."""

    def draw(product_ids: Sequence[str], quantiles: Floats, mean: Floats, scenarios: int, seed: int) -> Floats:
        keys = [(warehouse_id, product_id) for product_id in product_ids]
        return joint_paths(quantiles, mean, keys, dependence, scenarios, seed).transpose(0, 2, 1)

    return draw


def _warehouses(session: Session, warehouse_ids: Sequence[str]) -> list[tables.WarehouseRow]:
    wanted = sorted(set(warehouse_ids))
    if not wanted:
        raise Invalid("Name at least one warehouse.", field="warehouse_ids")
    found = {w.warehouse_id: w for w in session.scalars(select(tables.WarehouseRow))}
    if missing := [name for name in wanted if name not in found]:
        raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=missing[0], field="warehouse_ids")
    return [found[name] for name in wanted]


def _check_budget(settings: PlanSettings, warehouses: Sequence[tables.WarehouseRow]) -> None:
    currencies = sorted({place.currency for place in warehouses})
    if settings.limits.budget is not None and len(currencies) > 1:
        raise NotNow(
            "A budget, FRESHFRONT_PLAN_BUDGET or one that is supposed, is in one currency, and these "
            "warehouses buy in {currencies}: set it by currency (FRESHFRONT_PLAN_BUDGETS), plan those of "
            "each by themselves, or leave it out.",
            currencies=currencies,
        )


def _check_delivery_date(asked_for: date | None, order_dates: Mapping[str, date]) -> None:
    if asked_for is None:
        return
    for name, today in order_dates.items():
        if asked_for < today:
            raise Invalid(
                "Delivery date {asked_for} has passed (today is {today} in {name}).",
                asked_for=asked_for,
                today=today,
                name=name,
                field="delivery_date",
            )
        if asked_for > today + timedelta(days=FARTHEST_DELIVERY_DAYS):
            raise Invalid(
                "Delivery date {asked_for} is more than {farthest_delivery_days} days away.",
                asked_for=asked_for,
                farthest_delivery_days=FARTHEST_DELIVERY_DAYS,
                field="delivery_date",
            )
