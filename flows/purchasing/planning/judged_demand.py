"""The demand that buyers have judged, as a plan counts on it and tells of it on its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from flows.demand.judgements import judgements_as_of
from warehouse.purchasing.need.judged_demand import JudgedDemand
from warehouse.purchasing.plan import PlanLine, PlanReason
from warehouse.reasons import Reason


def judged_demand(session: Session, warehouse_id: str, now: datetime) -> list[JudgedDemand]:
    """What is judged of a warehouse's demand from today on, in the order in which it was."""
    return [
        JudgedDemand(row.product_id, row.first_day, row.last_day, float(row.quantity), row.judged_by, row.reason)
        for row in judgements_as_of(session, warehouse_id, now)
    ]


def told_of_judgements(line: PlanLine, judged: Mapping[str, Sequence[JudgedDemand]]) -> PlanLine:
    """The line, with what was judged of the days that it covers, by warehouse in `judged`, among its reasons."""
    said = [
        Reason(
            PlanReason.JUDGED,
            {
                "by": one.by,
                "quantity": one.quantity,
                "since": one.first_day.isoformat(),
                "until": one.last_day.isoformat(),
                "because": one.reason,
            },
        )
        for one in judged.get(line.warehouse_id, ())
        if one.is_about(line.product_id, line.covers_from, line.covers_until)
    ]
    return replace(line, reasons=(*line.reasons, *said)) if said else line
