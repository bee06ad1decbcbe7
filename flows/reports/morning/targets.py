"""The targets of figures, as operators have set them. A change is a row of its own with who made it."""

import math
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.kept.one_at_a_time import wait_for_others
from data.tables import TargetRow
from flows.errors import Invalid, Unknown
from warehouse.worth.morning_figures import BY_NAME, Kind

MOST = 10**12


def targets_known_at(session: Session, moment: datetime) -> dict[str, float]:
    """By figure, what it should come to."""
    rows = session.scalars(select(TargetRow).where(TargetRow.known_at <= moment).order_by(TargetRow.known_at))
    latest = {row.figure: row.target for row in rows}
    return {name: target for name, target in latest.items() if target is not None}


def set_target(session: Session, figure: str, target: float | None, now: datetime, by: str) -> None:
    """Lets a target hold from now on; None: none any more. A target that holds already makes no row, so it is safe to
    repeat. Raises Unknown for a figure that there is not, Invalid for a number out of range."""
    known = BY_NAME.get(figure)
    if known is None:
        raise Unknown(
            "No figure is called {figure!r}; there are {by_name}.",
            figure=figure,
            by_name=BY_NAME,
            field="figure",
        )
    if target is not None:
        if known.kind is Kind.SHARE and not -1 <= target <= 1:
            raise Invalid(
                "{figure} is a share: its target {target:g} must lie from -1 to 1, as 0.97.",
                figure=figure,
                target=target,
                field="target",
            )
        if not math.isfinite(target) or abs(target) > MOST:
            raise Invalid(
                "The target {target:g} is out of range: it is a number up to {most:,}.",
                target=target,
                most=MOST,
                field="target",
            )
    wait_for_others(session.connection(), "figure-targets")
    if targets_known_at(session, now).get(figure) != target:
        session.merge(TargetRow(figure=figure, known_at=now, target=target, set_by=by))
        session.flush()
