"""`freshfront coldchain`: what is wrong in the cold chain now."""

from typing import Any

from sqlalchemy import select

from data.database import reading, require_current_schema
from data.tables import AlarmRow
from flows.commands.shell.options import Json, Warehouses
from flows.commands.shell.output import answer
from flows.database import database

COLUMNS = (
    "alarm_id",
    "warehouse_id",
    "zone_id",
    "sensor_id",
    "kind",
    "began_at",
    "raised_at",
    "limit_c",
    "worst_c",
    "acknowledged_by",
)


def alarms(warehouse: Warehouses = None, json: Json = False) -> None:
    """List the alarms that have not ended. The latest comes first."""
    query = select(AlarmRow).where(AlarmRow.ended_at.is_(None)).order_by(AlarmRow.raised_at.desc(), AlarmRow.alarm_id)
    if warehouse:
        query = query.where(AlarmRow.warehouse_id.in_(warehouse))
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            found = [{name: getattr(alarm, name) for name in COLUMNS} for alarm in session.scalars(query)]
    answer(found, "\n".join(map(_line, found)) or "There are no active alarms.", json)


def _line(alarm: dict[str, Any]) -> str:
    seen = f", seen by {alarm['acknowledged_by']}" if alarm["acknowledged_by"] else ""
    return (
        f"{alarm['warehouse_id']} {alarm['zone_id']} {alarm['sensor_id']}  {alarm['kind'].replace('_', ' ')}  since "
        f"{alarm['began_at']:%Y-%m-%d %H:%M} UTC  {alarm['worst_c']:.1f} °C, limit {alarm['limit_c']:.1f} °C{seen}"
    )
