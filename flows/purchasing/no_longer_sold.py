"""What a plan says of products that may be sold no more: ended, or only sold out?

Which products those are, and how likely, the forecast has decided (`forecasting.demand.still_selling`) and kept. That
one has ended is concluded only where it was told to be in stock on every day that it sold nothing, or after a season in
which nobody answered; else a buyer is asked. Nothing is bought of what is taken as ended, unless by hand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from data.frames.found_by_forecasts import days_in_stock, last_rows, silent_products
from data.local_days import today_there
from data.tables import SilentProductRow, WarehouseRow
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.plan import NOT_BOUGHT, PlanReason
from warehouse.reasons import Reason

ASKED_FOR: Final = timedelta(days=120)  # chosen: a season; who has not answered by then does not wait for the product
ROWS_STOPPED: Final = timedelta(days=7)  # without a row, chosen: a week holds every weekday


def questions_of(session: Session, place: WarehouseRow, origin: datetime, now: datetime) -> dict[str, Reason]:
    """By product, what is concluded or asked about those that the forecast made at the origin holds for silent.

    Silence is asked about where it is not known that the product was in stock: what is counted today may have come this
    morning, or be counted by mistake."""
    silent = silent_products(session, place.warehouse_id, origin)
    since = {one.product_id: one.last_sold_on for one in silent}
    in_stock = days_in_stock(session, place.warehouse_id, since, now)
    rows = last_rows(session, place.warehouse_id, since, now)
    last_day = today_there(origin, place.timezone) - timedelta(days=1)
    asked = {}
    for one in silent:
        rows_stopped = rows.get(one.product_id, one.last_sold_on) <= last_day - ROWS_STOPPED
        code = _code(one, in_stock[one.product_id] >= one.silent_days, rows_stopped, last_day)
        if code is not None:
            asked[one.product_id] = Reason(
                code,
                {
                    "last_sold": one.last_sold_on.isoformat(),
                    "days": round(one.silent_days),
                    "probability": round(one.probability, 3),
                },
            )
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
                need = replace(need, unmet_in_cover=nothing, unmet_in_life=nothing)
        asked.append(need)
    return asked


def _code(silent: SilentProductRow, in_stock: bool, rows_stopped: bool, last_day: date) -> PlanReason | None:
    if silent.ended and (in_stock or silent.last_sold_on < last_day - ASKED_FOR):
        return PlanReason.ENDED
    if rows_stopped:
        return PlanReason.TAKEN_AS_DELISTED if silent.ended else PlanReason.NO_SALES_LATELY
    return None if in_stock else PlanReason.ZEROS_MAY_BE_STOCK_OUTS
