"""What a plan says of products that may be sold no more: ended, or only sold out?

Which products those are, and how likely, the forecast has decided (`forecasting.demand.still_selling`) and kept. That
one has ended is concluded only where it was told to be in stock on every day that it sold nothing, or after a season
without a sale; else a buyer is asked. Nothing is bought of what is taken as ended, unless by hand. What has sold since
the forecast was made is neither: a buyer is told that the forecast does not know it yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from data.frames.found_by_forecasts import days_in_stock, ordered_since, silent_products, sold_after, with_rows_after
from data.local_days import today_there
from data.tables import SilentProductRow, WarehouseRow
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.plan import NOT_BOUGHT, PlanReason
from warehouse.reasons import Reason

SEASON: Final = timedelta(days=120)  # chosen: what has not sold for so long is not waited for, in stock or not
ROWS_STOPPED: Final = timedelta(days=7)  # without a row, chosen: a week holds every weekday


def questions_of(session: Session, place: WarehouseRow, origin: datetime, now: datetime) -> dict[str, Reason]:
    """By product, what is concluded or asked about those that the forecast made at the origin holds for silent.

    Silence is asked about where it is not known that the product was in stock: what is counted today may have come this
    morning, or be counted by mistake."""
    silent = silent_products(session, place.warehouse_id, origin)
    if not silent:
        return {}
    last_day = today_there(origin, place.timezone) - timedelta(days=1)
    since = {one.product_id: max(one.last_sold_on, last_day - SEASON) for one in silent}
    in_stock = days_in_stock(session, place.warehouse_id, since, now)
    ordered = ordered_since(session, place.warehouse_id, since, origin, now)
    sold_again = sold_after(session, place.warehouse_id, since, now) | {
        name: today_there(at, place.timezone) for name, at in ordered.items()
    }
    have_rows = with_rows_after(session, place.warehouse_id, since, last_day - ROWS_STOPPED, now)
    asked = {}
    for one in silent:
        name = one.product_id
        # the days looked at are as much of the silence as they are of its length
        silence, looked_at = ((last_day - first).days for first in (one.last_sold_on, since[name]))
        all_in_stock = in_stock[name] * silence >= one.silent_days * looked_at
        values: dict[str, str | float] = {
            "last_sold": one.last_sold_on.isoformat(),
            "days": round(one.silent_days),
            "probability": round(one.probability, 3),
        }
        if name in sold_again:
            asked[name] = Reason(PlanReason.SOLD_AGAIN, {"day": sold_again[name].isoformat(), **values})
        elif (code := _code(one, all_in_stock, name not in have_rows, last_day)) is not None:
            asked[name] = Reason(code, values)
    return asked


def asked_about(needs: Iterable[Need], questions: Mapping[str, Reason]) -> list[Need]:
    """The needs with what is concluded or asked; of what is taken as ended nothing is lacking."""
    asked = []
    for need in needs:
        question = questions.get(need.product_id)
        if question is not None:
            need = replace(need, reasons=(*need.reasons, question))
            if question.code in NOT_BOUGHT:
                nothing = np.zeros_like(need.unmet_in_cover)
                need = replace(
                    need,
                    unmet_in_cover=nothing,
                    unmet_if_next_fail=np.zeros_like(need.unmet_if_next_fail),
                    unmet_in_life=nothing,
                    for_display=0.0,
                )
        asked.append(need)
    return asked


def _code(silent: SilentProductRow, in_stock: bool, rows_stopped: bool, last_day: date) -> PlanReason | None:
    if silent.ended and (in_stock or silent.last_sold_on < last_day - SEASON):
        return PlanReason.ENDED
    if rows_stopped:
        return PlanReason.TAKEN_AS_DELISTED if silent.ended else PlanReason.NO_SALES_LATELY
    return None if in_stock else PlanReason.ZEROS_MAY_BE_STOCK_OUTS
