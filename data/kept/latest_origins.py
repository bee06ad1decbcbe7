"""What is kept of a warehouse's latest origin alone is replaced by what is made at another, unless that is older."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import HourlyForecastRow, OrderForecastRow, RecoveredDemandRow


def not_later(
    session: Session,
    table: type[HourlyForecastRow] | type[OrderForecastRow] | type[RecoveredDemandRow],
    warehouse_ids: Sequence[str],
    origin: datetime,
) -> list[str]:
    """The warehouses of which no rows of a later origin are kept."""
    query = select(table.warehouse_id).where(table.warehouse_id.in_(warehouse_ids), table.origin > origin).distinct()
    later = set(session.scalars(query))
    return [name for name in warehouse_ids if name not in later]
