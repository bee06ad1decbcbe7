"""What was sold and what moved it: daily sales, promotions, events and closed days of the calendar."""

from datetime import date, datetime
from struct import unpack
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from api.resources.resource import Filter, Resource, days, ids, same, updated_since
from api.values import Day, Identifier
from data.tables import HOURS, DailySalesRow, EventRow, PromotionRow, WarehouseRow


class DailySales(BaseModel):
    """Units of a product sold on a local day, as they were told last. `hourly_sales` are its 24 hours, from 0 on; null
    where only the day is known. `booked_from_orders`: summed up from order lines, else as they were imported."""

    warehouse_id: str
    product_id: str
    date: date
    sales: float
    hourly_sales: list[float] | None
    booked_from_orders: bool
    known_at: datetime
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "product_id": "P0001",
                    "date": "2026-11-22",
                    "sales": 37.5,
                    "hourly_sales": None,
                    "booked_from_orders": False,
                    "known_at": "2026-11-22T16:00:00Z",
                    "updated_at": "2026-11-22T16:10:00Z",
                }
            ]
        }
    )


class PromotionOut(BaseModel):
    """A price below list or an activity, on all local days from `starts_on` to `ends_on`, as it was planned last.
    `discount` is price / list price: 0.8 is 20% off."""

    warehouse_id: str
    product_id: str
    starts_on: date
    ends_on: date
    discount: float
    promoted: bool = Field(description="announced to customers")
    known_at: datetime
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "product_id": "P0001",
                    "starts_on": "2026-11-23",
                    "ends_on": "2026-11-25",
                    "discount": 0.8,
                    "promoted": True,
                    "known_at": "2026-11-10T02:00:00Z",
                    "updated_at": "2026-11-10T02:00:00Z",
                }
            ]
        }
    )


class CalendarEvent(BaseModel):
    """Local days other than usual, from `first_day` to `last_day`; where `closed`, days without business. Of a
    warehouse, of a city's or, where both are null, of all; `cancelled`: it does not take place."""

    event_id: str
    name: str
    kind: str
    first_day: date
    last_day: date
    warehouse_id: str | None
    city: str | None
    closed: bool
    cancelled: bool
    known_at: datetime
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "fair-2026",
                    "name": "Autumn fair",
                    "kind": "fair",
                    "first_day": "2026-11-27",
                    "last_day": "2026-11-29",
                    "warehouse_id": None,
                    "city": "Shanghai",
                    "closed": False,
                    "cancelled": False,
                    "known_at": "2026-10-01T02:00:00Z",
                    "updated_at": "2026-10-01T02:00:00Z",
                }
            ]
        }
    )


def told_last(row: Any, *about: str) -> ColumnElement[bool]:
    """Rows that no row known later is about the same as. A subquery of its own, which no planner makes a join that
    reads everything up to the page."""
    other = aliased(row)
    latest = select(func.max(other.known_at)).where(*(getattr(other, name) == getattr(row, name) for name in about))
    told: ColumnElement[bool] = row.known_at == latest.correlate(row).scalar_subquery()
    return told


def _hours(row: DailySalesRow) -> dict[str, Any]:
    hours = row.hourly_sales
    return {"hourly_sales": None if hours is None else [round(sold, 3) for sold in unpack(f"<{HOURS}f", hours)]}


SALES = Resource(
    path="sales",
    one="day of sales",
    many="daily sales",
    what="What was sold, by local day.",
    tag="demand",
    row=DailySalesRow,
    shown=DailySales,
    key=[DailySalesRow.warehouse_id, DailySalesRow.date, DailySalesRow.product_id],
    filters=[
        ids(DailySalesRow.warehouse_id),
        ids(DailySalesRow.product_id),
        *days(DailySalesRow.date, "date_from", "date_to", "sold"),
        updated_since(DailySalesRow),
    ],
    sorts=[DailySalesRow.updated_at],
    latest=lambda: told_last(DailySalesRow, "warehouse_id", "product_id", "date"),
    all_of=WarehouseRow.warehouse_id,
    also=_hours,
)
PROMOTIONS = Resource(
    path="promotions",
    one="promotion",
    many="promotions",
    what="Promotions, those that are over too.",
    tag="demand",
    row=PromotionRow,
    shown=PromotionOut,
    key=[PromotionRow.warehouse_id, PromotionRow.product_id, PromotionRow.starts_on],
    filters=[
        ids(PromotionRow.warehouse_id),
        ids(PromotionRow.product_id),
        *days(PromotionRow.starts_on, "starts_from", "starts_until", "which begin"),
        *days(PromotionRow.ends_on, "ends_from", "ends_until", "which end"),
        updated_since(PromotionRow),
    ],
    sorts=[PromotionRow.updated_at],
    latest=lambda: told_last(PromotionRow, "warehouse_id", "product_id", "starts_on"),
    all_of=WarehouseRow.warehouse_id,
)
CALENDAR_EVENTS = Resource(
    path="calendar-events",
    one="calendar event",
    many="calendar events",
    what="Fairs, school holidays, strikes and closed days, as they were told last.",
    tag="demand",
    row=EventRow,
    shown=CalendarEvent,
    key=[EventRow.event_id],
    filters=[
        ids(EventRow.event_id),
        ids(EventRow.warehouse_id, "of these warehouses alone; events of their city and of all have none"),
        same(EventRow.city, Identifier, "of all warehouses of this city"),
        same(EventRow.kind, Identifier, "of this kind, as fair"),
        same(EventRow.closed, bool, "with, or without, business on their days"),
        same(EventRow.cancelled, bool, "which do not, or do, take place"),
        Filter("date_from", Day, "with days then or later", lambda day: EventRow.last_day >= day),
        Filter("date_to", Day, "with days then or earlier", lambda day: EventRow.first_day <= day),
        updated_since(EventRow),
    ],
    sorts=[EventRow.first_day, EventRow.name, EventRow.updated_at],
    latest=lambda: told_last(EventRow, "event_id"),
)
