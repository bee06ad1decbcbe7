"""What needs doing today as the API shows it."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from api.coldchain.alarm_routes import AlarmOut
from api.purchasing.plan_schemas import PLAN, PlanSummary
from api.values import Quantity
from data.tables import Unit
from warehouse.stock.expiring import Expiry


class ExpiringStock(BaseModel):
    """Stock of a product that must be sold or taken out by its last day, `expires_on`, in the product's unit. `expiry`
    says whether that day is past, today or tomorrow by the warehouse's clock."""

    warehouse_id: str
    product_id: str
    product_name: str
    unit: Unit
    expires_on: date
    expiry: Expiry
    on_hand: Quantity


class StaleForecastOut(BaseModel):
    """A warehouse without a current forecast. `origin` is the moment that its latest one knew up to; null: none."""

    warehouse_id: str
    origin: datetime | None


class OpenMovesOut(BaseModel):
    """The moves that a warehouse has to carry out, and the metres of walking that they save a day."""

    warehouse_id: str
    moves: int
    metres_saved_per_day: float

    model_config = ConfigDict(from_attributes=True)


class TodayOut(BaseModel):
    """What needs doing, in all warehouses.

    `next_delivery` is the delivery that is planned next. `drafts` wait for approval; `unplanned_warehouses` stand in
    no plan of today. `expiring`: the earliest first, then the most; `open_moves`: where they save most first."""

    next_delivery: date
    active_alarms: list[AlarmOut]
    drafts: list[PlanSummary]
    unplanned_warehouses: list[str]
    expiring: list[ExpiringStock]
    stale_forecasts: list[StaleForecastOut]
    open_moves: list[OpenMovesOut]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "next_delivery": "2026-11-23",
                    "active_alarms": [],
                    "drafts": [PLAN],
                    "unplanned_warehouses": ["W03"],
                    "expiring": [
                        {
                            "warehouse_id": "W01",
                            "product_id": "P0001",
                            "product_name": "Baby spinach 200 g",
                            "unit": "piece",
                            "expires_on": "2026-11-22",
                            "expiry": "today",
                            "on_hand": 14,
                        }
                    ],
                    "stale_forecasts": [{"warehouse_id": "W03", "origin": "2026-11-19T16:00:00Z"}],
                    "open_moves": [{"warehouse_id": "W01", "moves": 4, "metres_saved_per_day": 212.5}],
                }
            ]
        }
    )
