"""What if: one thing supposed in a sentence, and both plans side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.plans.plans import Writes, the_plan, warehouses_of_plan
from api.pages.rendering import page
from api.pages.texts import day, money, percent, say
from api.pages.typed_numbers import as_number
from api.routing import Router
from api.transactions import Now, ReadSession, engine_of
from data.tables import NameKind, PlanLineRow, ProductRow, PurchasePlanRow, SupplierRow
from data.tables.names import in_order_of_names
from flows.errors import Invalid, NotNow, Unknown
from flows.purchasing.notes.plan_notes import in_words
from flows.purchasing.planning.purchase_plans import order_days
from flows.purchasing.showing.names import names_in
from flows.purchasing.supposing.supposed import (
    MOST_LATE_DAYS,
    BudgetCut,
    DeliveryLate,
    FarmFails,
    HarvestStopped,
    PromotionAdded,
    Supposed,
    suppliers_under_way,
)
from flows.purchasing.supposing.what_if import Comparison, seen_by, what_if

SHOWN: Final = 100
OF_CITY: Final = "city:"  # before the name of a city, among ids of suppliers

router = Router(prefix="/plans/{plan_id}", include_in_schema=False)


@dataclass(frozen=True)
class Typed:
    """A sentence as it was filled in; `kind` says which."""

    kind: Annotated[str, Query(max_length=40)] = ""
    farm: Annotated[str, Query(max_length=200)] = ""
    product: Annotated[str, Query(max_length=200)] = ""
    days: Annotated[str, Query(max_length=10)] = ""
    off: Annotated[str, Query(max_length=10)] = ""
    announced: Annotated[str, Query(max_length=10)] = ""
    budget: Annotated[str, Query(max_length=20)] = ""
    first_day: Annotated[str, Query(max_length=20)] = ""
    last_day: Annotated[str, Query(max_length=20)] = ""


@dataclass(frozen=True)
class Choices:
    """What the sentences can be filled in with: suppliers, those of whom something is under way, cities, products."""

    farms: Sequence[SupplierRow]
    under_way: Sequence[SupplierRow]
    cities: Mapping[str, str]  # by what suppliers write
    products: Sequence[ProductRow]

    def name_of(self, farm: str) -> str:
        """The name of a supplier, or of a city."""
        if farm.startswith(OF_CITY):
            city = farm.removeprefix(OF_CITY)
            return self.cities.get(city, city)
        return next((one.name for one in self.farms if one.supplier_id == farm), farm)

    def product(self, typed: str) -> str:
        """The id of the product whose id or name, in any language, was typed. Raises Invalid."""
        wanted = typed.strip()
        for one in self.products:
            if wanted in (one.product_id, *one.all_names):
                return one.product_id
        raise Invalid(say("suppose.no_product", name=wanted), field="product")

    def product_name(self, typed: str) -> str:
        """The name of the product whose id or name was typed."""
        wanted = typed.strip()
        return next((one.name for one in self.products if wanted in (one.product_id, *one.all_names)), wanted)


@router.get("/what-if")
def compare(
    request: Request, session: ReadSession, now: Now, who: Writes, plan_id: str, typed: Annotated[Typed, Depends(Typed)]
) -> Response:
    """The sentences to fill in and, once one is, both plans side by side."""
    plan = the_plan(session, plan_id)
    places = [place.warehouse_id for place in warehouses_of_plan(session, plan)]
    choices = _choices(session, plan, places, now)
    values: dict[str, Any] = {"compared": None, "notes": {}, "wrong": "", "said_again": ""}
    status = 200
    if typed.kind:
        try:
            supposed = _supposed(typed, choices)
            settings = request.app.state.settings.purchasing
            compared = what_if(engine_of(request), places, [supposed], now, settings, plan.asked_for)
            notes = _notes(session, seen_by(session, compared))
            values |= {"compared": compared, "notes": notes, "said_again": _sentence(supposed, typed, choices)}
        except (Invalid, NotNow, Unknown) as refused:
            values["wrong"] = str(refused)
            status = 409 if isinstance(refused, NotNow) else 422
    tomorrow = min(order_days(session, places, now).values()) + timedelta(days=1)
    return page(
        request, "plans/what_if.html", status, plan=plan, typed=typed, choices=choices, tomorrow=tomorrow,
        most_days=MOST_LATE_DAYS, shown=SHOWN, several=_several_currencies(values["compared"]), **values,
    )  # fmt: skip


def _notes(session: Session, compared: Comparison) -> dict[str, list[str]]:
    """What each plan says beside its lines, in words, by what the plan is called; of both nothing where none does."""
    names = names_in(session, [*compared.notes, *compared.notes_after])
    of_plans = {"suppose.as_is": compared.notes, "suppose.supposed": compared.notes_after}
    told = {name: [in_words(note, names) for note in notes] for name, notes in of_plans.items()}
    return told if any(told.values()) else {}


def _choices(session: Session, plan: PurchasePlanRow, places: Sequence[str], now: datetime) -> Choices:
    farms = session.scalars(select(SupplierRow).order_by(SupplierRow.name, SupplierRow.supplier_id)).all()
    coming = suppliers_under_way(session, places, now)
    of_plan = select(PlanLineRow.product_id).where(PlanLineRow.plan_id == plan.plan_id)
    products = select(ProductRow).where(ProductRow.product_id.in_(of_plan))
    return Choices(
        farms=farms,
        under_way=[farm for farm in farms if farm.supplier_id in coming],
        cities=in_order_of_names(session, NameKind.CITIES, {farm.city for farm in farms if farm.city}),
        products=session.scalars(products.order_by(ProductRow.name, ProductRow.product_id)).all(),
    )


def _supposed(typed: Typed, choices: Choices) -> Supposed:
    """What the sentence says. Raises Invalid for what is no day, number or product."""
    match typed.kind:
        case "farm_fails":
            return FarmFails(typed.farm, _day(typed.first_day), _day(typed.last_day) if typed.last_day else None)
        case "delivery_late":
            return DeliveryLate(_days(typed.days), supplier_id=typed.farm)
        case "harvest_stopped":
            first = _day(typed.first_day)
            last = _day(typed.last_day) if typed.last_day else first
            products = (choices.product(typed.product),) if typed.product.strip() else ()
            if typed.farm.startswith(OF_CITY):
                return HarvestStopped(first, last, city=typed.farm.removeprefix(OF_CITY), product_ids=products)
            return HarvestStopped(first, last, supplier_id=typed.farm, product_ids=products)
        case "promotion_added":
            first = _day(typed.first_day)
            last = _day(typed.last_day) if typed.last_day else first
            return PromotionAdded(
                choices.product(typed.product), first, last, _discount(typed.off), typed.announced == "true"
            )
        case "budget_cut":
            return BudgetCut(_budget(typed.budget))
    raise Invalid(say("suppose.no_kind"), field="kind")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(say("suppose.no_day", text=text.strip() or "–"), field="first_day") from None


def _days(text: str) -> int:
    typed = text.strip()
    if not (typed.isascii() and typed.isdecimal() and 1 <= int(typed) <= MOST_LATE_DAYS):
        raise Invalid(say("suppose.no_days", most=MOST_LATE_DAYS), field="days")
    return int(typed)


def _budget(text: str) -> float:
    try:
        return float(as_number(text))
    except ValueError:
        raise Invalid(say("suppose.no_budget"), field="budget") from None


def _discount(text: str) -> float:
    try:
        off = as_number(text)
    except ValueError:
        raise Invalid(say("suppose.no_off"), field="off") from None
    if not 0 < off < 100:
        raise Invalid(say("suppose.no_off"), field="off")
    return float(1 - off / 100)


def _sentence(supposed: Supposed, typed: Typed, choices: Choices) -> str:
    """What was supposed, said again above what it comes to."""
    farm, product = choices.name_of(typed.farm), choices.product_name(typed.product)
    match supposed:
        case FarmFails():
            return say("suppose.was.farm_fails", farm=farm, when=_when(supposed.first_day, supposed.last_day))
        case DeliveryLate():
            return say("suppose.was.delivery_late", farm=farm, n=supposed.days)
        case HarvestStopped():
            when = _when(supposed.first_day, supposed.last_day)
            return say(
                "suppose.was.harvest_stopped", farm=farm, product=product or say("suppose.all_products"), when=when
            )
        case PromotionAdded():
            when, off = _when(supposed.first_day, supposed.last_day), percent(1 - supposed.discount)
            return say("suppose.was.promotion_added", product=product, off=off, when=when)
        case BudgetCut():
            return say("suppose.was.budget_cut", budget=money(supposed.budget))


def _when(first: date, last: date | None) -> str:
    if last is None:
        return say("suppose.for_good", first=day(first))
    return say("suppose.on" if first == last else "suppose.between", first=day(first), last=day(last))


def _several_currencies(compared: Comparison | None) -> bool:
    return compared is not None and len(compared.before.money) > 1
