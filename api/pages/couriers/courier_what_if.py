"""What if it rained, more were ordered, or couriers were ill: a form, and a day's couriers as they are beside as they
would be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from api.pages.rendering import page
from api.pages.texts import say
from api.pages.typed_numbers import as_number
from api.places.place_queries import known_warehouse
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, engine_of
from data.local_days import today_there
from flows.couriers.supposing import MOST_ILL, CourierComparison, CouriersSupposed, Span, what_if
from flows.errors import Invalid, NotNow, Unknown

router = Router(include_in_schema=False)
Reads = Annotated[Principal, requires(Scope.READ)]


@dataclass(frozen=True)
class Typed:
    """The form as it was filled in; all empty: not yet."""

    rain_from: Annotated[str, Query(max_length=10)] = ""
    rain_until: Annotated[str, Query(max_length=10)] = ""
    more: Annotated[str, Query(max_length=10)] = ""
    more_from: Annotated[str, Query(max_length=10)] = ""
    more_until: Annotated[str, Query(max_length=10)] = ""
    ill: Annotated[str, Query(max_length=10)] = ""

    @property
    def given(self) -> bool:
        """Whether anything was."""
        return any(value.strip() for value in vars(self).values())


@router.get("/warehouses/{warehouse_id}/couriers/what-if")
def compare(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Reads,
    warehouse_id: str,
    typed: Annotated[Typed, Depends(Typed)],
    day: Annotated[date | None, Query()] = None,
) -> Response:
    """The form and, once it is filled in, both days side by side."""
    warehouse = known_warehouse(session, warehouse_id)
    shown = day or today_there(now, warehouse.timezone)
    values: dict[str, Any] = {"compared": None, "changed": [], "wrong": ""}
    status = 200
    if typed.given:
        try:
            compared = what_if(engine_of(request), warehouse_id, shown, _supposed(typed))
            values |= {"compared": compared, "changed": _changed(compared)}
        except (Invalid, NotNow, Unknown) as refused:
            values["wrong"] = str(refused)
            status = 422 if isinstance(refused, Invalid) else 404 if isinstance(refused, Unknown) else 409
    return page(
        request,
        "couriers/what_if.html",
        status,
        warehouse=warehouse,
        day=shown,
        typed=typed,
        most_ill=MOST_ILL,
        **values,
    )


def _supposed(typed: Typed) -> CouriersSupposed:
    """Raises Invalid for what is no time or number."""
    return CouriersSupposed(
        _span(typed.rain_from, typed.rain_until, "rain_from"),
        _number(typed.more, "more") / 100,
        _span(typed.more_from, typed.more_until, "more_from"),
        _whole(typed.ill, "ill"),
    )


def _span(since: str, until: str, field: str) -> Span | None:
    if not (since.strip() or until.strip()):
        return None
    return Span(_time(since or "00:00", field), _time(until or "00:00", field))


def _time(text: str, field: str) -> time:
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(say("couriers.if_no_time", text=text.strip()), field=field) from None


def _number(text: str, field: str) -> float:
    try:
        return float(as_number(text)) if text.strip() else 0.0
    except ValueError:
        raise Invalid(say("couriers.if_no_number", text=text.strip()), field=field) from None


def _whole(text: str, field: str) -> int:
    number = _number(text, field)
    if number % 1:
        raise Invalid(say("couriers.if_not_whole", text=text.strip()), field=field)
    return int(number)


def _changed(compared: CourierComparison) -> list[Mapping[str, Any]]:
    """Half hours in which orders, couriers or the share in time differ."""
    rows = list[Mapping[str, Any]]()
    for number, begins in enumerate(compared.begins):
        sides: list[dict[str, float]] = [
            {
                "orders": float(kept.orders[number]),
                "there": float(kept.there[number]),
                "needed": int(kept.needed[number]),
                "share": float(kept.lateness.shares[number]),
            }
            for kept in (compared.before, compared.after)
        ]
        if any(abs(sides[0][name] - sides[1][name]) > 0.005 for name in sides[0]):
            rows.append({"begins": begins, "before": sides[0], "after": sides[1]})
    return rows
