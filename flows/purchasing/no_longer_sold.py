"""What a buyer is asked about a plan's products: sold no more, or only sold out?"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from data.frames.sales_days import products_with_availability, sales_rows
from warehouse.assortment.unsold import Unsold, unsold_products
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.plan import PlanReason
from warehouse.reasons import Reason

LOOKED_AT_DAYS = 120  # a season of sales, from which a product's rhythm is told


def questions_of(session: Session, warehouse_id: str, now: datetime, today: date) -> dict[str, Reason]:
    """By product, what is asked. Zeros are asked about where nobody said when the product was in stock: what is counted
    today may have come this morning, or be counted by mistake."""
    rows = sales_rows(session, warehouse_id, now, today - timedelta(days=LOOKED_AT_DAYS))
    if rows.empty:
        return {}
    unsold = unsold_products(rows)
    since = min((one.last_sold for one in unsold), default=today)
    explained = products_with_availability(session, warehouse_id, now, since + timedelta(days=1))
    return {one.product_id: _question(one) for one in unsold if one.rows_stopped or one.product_id not in explained}


def asked_about(needs: Iterable[Need], questions: Mapping[str, Reason]) -> list[Need]:
    """The needs with their questions; of what is taken as delisted nothing is lacking."""
    asked = []
    for need in needs:
        question = questions.get(need.product_id)
        if question is not None:
            need = replace(need, reasons=(*need.reasons, question))
            if question.code is PlanReason.TAKEN_AS_DELISTED:
                nothing = np.zeros_like(need.unmet_in_cover)
                need = replace(need, unmet_in_cover=nothing, unmet_in_life=nothing)
        asked.append(need)
    return asked


def _question(unsold: Unsold) -> Reason:
    if unsold.taken_as_delisted:
        code = PlanReason.TAKEN_AS_DELISTED
    else:
        code = PlanReason.NO_SALES_LATELY if unsold.rows_stopped else PlanReason.ZEROS_MAY_BE_STOCK_OUTS
    return Reason(code, {"last_sold": unsold.last_sold.isoformat(), "days": unsold.days})
