"""Two rows in every table, of warehouses whose lots and orders have the same numbers; all columns hold something."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Double, Engine, Enum, Integer, LargeBinary, Table, inspect
from sqlalchemy.sql.type_api import TypeEngine

from data.tables import Base
from data.tables.types import Exact, Moment

THEN = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
SAME_IN_BOTH = {"lot_id": "L1", "order_id": "O1", "timezone": "Asia/Shanghai", "country": "CN", "currency": "CNY"}
SET: dict[str, Mapping[str, Any]] = {
    "transfer_terms": {"from_warehouse_id": "warehouse_id1", "to_warehouse_id": "warehouse_id2"},
    "plan_transfers": {
        **{"from_warehouse_id": "warehouse_id1", "to_warehouse_id": "warehouse_id2"},
        "lots": [{"lot_id": "L1", "quantity": 1.5, "last_day": "2026-03-03"}],
    },
    "transfers": {"from_warehouse_id": "warehouse_id1", "to_warehouse_id": "warehouse_id2"},
    "transfer_lots": {"approved": Decimal(9), "sent": Decimal(8), "accepted": Decimal(7)},
    "product_ranges": {"kind": "trial"},
    "category_terms": {"fill_rate_floor": 0.97, "freshest_first": 0.3},
    "inspections": {"inspected_quantity": Decimal(10), "accepted_quantity": Decimal(9)},
    "purchase_order_lines": {"quantity": Decimal(10), "received": Decimal(4), "cancelled": Decimal(1)},
    "purchase_plans": {"notes": [], "status": "approved"},
    "plan_lines": {"reasons": [{"code": "no_offer"}]},
    "slot_suggestions": {"number": 1},
    "outbox_events": {"payload": {"warehouse_id": "W1", "n": 1}},
    "sensor_states": {"state": {"excursion": None}},
    "webhooks": {"types": None, "warehouse_ids": None, "disabled_at": None, "disabled_reason": None, "route": {}},
    "api_keys": {"limited": False, "revoked_at": None},
    "forecast_contributions": {},
    "demand_models": {"region_model_id": None, "rejected_because": None},
}
JUST_ONE = {"event_numbers", "notifier", "readings_sealed", "record_chain"}


def fill_every_table(engine: Engine) -> None:
    """Two rows a table; raises where the database does not take them."""
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in Base.metadata.sorted_tables:
            rows = [row_of(table, number) for number in (1, 2)]
            connection.execute(table.insert(), rows[:1] if table.name in JUST_ONE else rows)


def row_of(table: Table, number: int) -> dict[str, Any]:
    """The first or second row of a table."""
    return {column.name: _value(table, column, number) for column in table.columns}


def _value(table: Table, column: Column[Any], number: int) -> Any:
    if column.name in SET.get(table.name, {}):
        return SET[table.name][column.name]
    if column.name in SAME_IN_BOTH:
        return SAME_IN_BOTH[column.name]
    for key in column.foreign_keys:
        return _value(key.column.table, key.column, number)
    return _of_type(column.type, f"{column.name}{number}", number)


def _of_type(kind: TypeEngine[Any], name: str, number: int) -> Any:
    match kind:
        case Enum():
            return kind.enums[0] if kind.enum_class is None else next(iter(kind.enum_class))
        case Moment():
            return THEN.replace(minute=number)
        case Exact():
            return Decimal(number) + Decimal("0.5")
        case Date():
            return date(2026, 3, number)
        case Boolean():
            return True
        case Integer():
            return number
        case Double():
            return number + 0.25
        case LargeBinary():
            return bytes([number]) * 4
        case JSON():
            return {"n": number}
        case _:
            return name[:2] if getattr(kind, "length", None) in (2, 3) else name


Contents = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def contents(engine: Engine) -> Contents:
    """The columns and all rows, in order, of every table that is there, as the database holds them."""
    found: Contents = {}
    with engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            if name != "alembic_version":
                rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"')  # noqa: S608
                found[name] = list(rows.keys()), sorted((tuple(row) for row in rows), key=repr)
    return found
