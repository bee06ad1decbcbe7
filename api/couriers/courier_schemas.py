"""Couriers as the API shows and takes them."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(gt=0, lt=1)]
Minutes = Annotated[float, Field(ge=0, le=240)]
Cost = Annotated[float, Field(ge=0, le=1e6)]
SHIFT: dict[str, Any] = {
    "begins": "2026-11-23T00:00:00Z", "ends": "2026-11-23T07:00:00Z", "break_begins": "2026-11-23T03:00:00Z",
    "break_ends": "2026-11-23T03:30:00Z", "couriers": 2,
}  # fmt: skip
HALF_HOUR: dict[str, Any] = {
    "begins": "2026-11-23T01:00:00Z", "orders": 24.6, "orders_q10": 18, "orders_q90": 32, "needed": 15,
    "employed": 13, "crowd": 2, "share": 0.958,
}  # fmt: skip


class HalfHourOut(BaseModel):
    """A half hour: orders that are expected and 8 times in 10 lie between; couriers `needed` for the share of its
    orders, those `employed` and how many of the `crowd` are asked for; the `share` of its orders that arrives in time
    with them."""

    begins: datetime
    orders: float
    orders_q10: int
    orders_q90: int
    needed: int
    employed: int
    crowd: int
    share: float


class ShiftOut(BaseModel):
    """So many couriers begin, rest and end together; without a break where they have none."""

    begins: datetime
    ends: datetime
    break_begins: datetime | None
    break_ends: datetime | None
    couriers: int


class CourierDayOut(BaseModel):
    """How a local day is staffed: `share` of its orders is expected within `promise_minutes`, `promised_share` was
    asked for; `held_minutes` can be promised with these couriers (null: nothing within three hours). `rain`: rides are
    slower, and fewer of the crowd come."""

    warehouse_id: str
    date: date
    origin: datetime
    planned_at: datetime
    promise_minutes: int
    promised_share: float
    share: float
    held_minutes: int | None
    cost: float
    currency: str
    rain: bool
    half_hours: list[HalfHourOut]
    shifts: list[ShiftOut]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "date": "2026-11-23",
                    "origin": "2026-11-22T16:00:00Z",
                    "planned_at": "2026-11-22T18:12:00Z",
                    "promise_minutes": 45,
                    "promised_share": 0.95,
                    "share": 0.953,
                    "held_minutes": 45,
                    "cost": 6130.5,
                    "currency": "CNY",
                    "rain": False,
                    "half_hours": [HALF_HOUR],
                    "shifts": [SHIFT],
                }
            ]
        }
    )


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class PromiseTerms(_Told):
    """`share` of a day's orders within `minutes`, and at least `least_share` of any half hour's."""

    minutes: int = Field(45, ge=10, le=180)
    share: Share = 0.95
    least_share: Share = 0.85


class DeliveryTerms(_Told):
    """How an order gets to the door; spreads are standard deviations."""

    preparation_minutes: Minutes = 8.0
    preparation_spread: Minutes = 2.0
    loading_minutes: Minutes = 1.0
    handover_minutes: Minutes = 3.0
    handover_spread: Minutes = 1.5
    batch: int = Field(3, ge=1, le=6, description="orders that a courier takes along at most")
    radius_km: float = Field(3.0, gt=0, le=50)
    detour: float = Field(1.3, ge=1, le=5, description="ways over straight lines")
    speed_kmh: float = Field(18.0, gt=0, le=100)
    rain_slower: float = Field(1.25, ge=1, le=5, description="how many times as long rides take in rain")


class EmployedTerms(_Told):
    """Shifts that may be planned, and what an hour costs."""

    shortest_hours: float = Field(4.0, ge=1, le=12, multiple_of=0.5)
    longest_hours: float = Field(8.0, ge=1, le=12, multiple_of=0.5)
    break_after_hours: float = Field(6.0, ge=0.5, le=24)
    break_minutes: int = Field(30, ge=0, le=120)
    cost_per_hour: float = Field(30.0, gt=0, le=1e6)
    at_most: int = Field(60, ge=0, le=200, description="who work at once")


class CrowdTerms(_Told):
    """Couriers asked for by the half hour, paid where they turn up."""

    cost_per_hour: Cost = 45.0
    dear_hours: tuple[Annotated[int, Field(ge=0, le=23)], ...] = Field((), max_length=24)
    dear_factor: float = Field(1.3, ge=0, le=10)
    rain_factor: float = Field(1.4, ge=0, le=10)
    pool: int = Field(20, ge=0, le=200)
    acceptance: float = Field(0.5, ge=0, le=1)
    rain_acceptance: float = Field(0.6, ge=0, le=1)
    reliability: float = Field(0.9, gt=0, le=1)


class CourierTermsBody(_Told):
    """A warehouse's terms of couriers; what is left out is as usual."""

    promise: PromiseTerms = PromiseTerms()
    delivery: DeliveryTerms = DeliveryTerms()
    employed: EmployedTerms = EmployedTerms()
    crowd: CrowdTerms = CrowdTerms()

    model_config = ConfigDict(
        extra="forbid",
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "promise": {"minutes": 45, "share": 0.95, "least_share": 0.85},
                    "delivery": {"speed_kmh": 18, "batch": 3},
                    "employed": {"cost_per_hour": 30, "at_most": 25},
                    "crowd": {"cost_per_hour": 45, "dear_hours": [11, 12, 18], "pool": 12},
                }
            ]
        },
    )
