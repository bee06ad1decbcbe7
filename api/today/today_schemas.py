"""What needs doing today as the API shows it."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from api.coldchain.alarm_routes import AlarmOut
from api.purchasing.plan_schemas import PLAN, PlanSummary
from api.stock.transfer_schemas import TRANSFER, TransferOut
from api.today.today_queries import Missing
from api.values import Moment, Money, Quantity
from data.tables import Unit
from flows.purchasing.notes.plan_notes import RunState
from warehouse.coldchain.clocks import Whose
from warehouse.stock.expiring import Expiry


class ExpiringStock(BaseModel):
    """Stock of a product that must be sold or taken out by its last day, `expires_on`, in the product's unit. `expiry`
    says whether that day is past, today or tomorrow by the warehouse's clock.

    `expected_loss` is how much of it will not sell by then, `loss` what that cost in `currency` (null: no cost is
    known). `lot_ids` are what to write off or to transfer; `plan_id` and `line_no` the draft's line that orders more of
    it, to order less (null: none does)."""

    warehouse_id: str
    product_id: str
    product_name: str
    unit: Unit
    expires_on: date
    expiry: Expiry
    on_hand: Quantity
    expected_loss: Quantity
    loss: Money | None
    currency: str
    lot_ids: list[str]
    plan_id: str | None
    line_no: int | None


class MissingOut(BaseModel):
    """What should be known by now and is not: `readings` of a zone that must keep a limit, `sales` up to yesterday, a
    count of the `stock`, a current `forecast`, the `weather` of tomorrow. It is known up to `known_at`, or to the end
    of `known_day`; both null: nothing ever was."""

    what: Missing
    warehouse_id: str
    zone_id: str | None
    known_at: Moment | None
    known_day: date | None
    remedy: str


class ClockDifferenceOut(BaseModel):
    """Clocks that differ: `whose` is wrong, and by how much the sensor, or where it is null most sensors, are ahead."""

    whose: Whose
    sensor_id: str | None
    ahead_seconds: float
    began_at: Moment

    model_config = ConfigDict(from_attributes=True)


class OverdueOrder(BaseModel):
    """A purchase order whose day has ended, and of which not all that was promised has come."""

    number: str
    supplier_id: str
    warehouse_id: str
    delivery_date: date


class StaleForecastOut(BaseModel):
    """A warehouse without a current forecast. `origin` is the moment that its latest one knew up to; null: none."""

    warehouse_id: str
    origin: datetime | None


class LatePlanOut(BaseModel):
    """Warehouses that stand in no plan although the first cut-off of their order day is near or past, how far the
    night's run has come, and which of them have no forecast to plan with."""

    order_date: date
    first_cut_off: datetime
    warehouse_ids: list[str]
    without_forecast: list[str]
    because: RunState

    model_config = ConfigDict(from_attributes=True)


class FallbackPlanOut(BaseModel):
    """A plan made from the last forecasts, of `origin`, since the night's run (begun at `began_at`) had none."""

    plan_id: str
    origin: Moment
    because: RunState
    began_at: Moment | None


class OpenMovesOut(BaseModel):
    """The moves that a warehouse has to carry out, and the metres of walking a day that those save that no rule
    demands; how many rules demand (climate, size, neighbours), and what those save (negative: they cost it)."""

    warehouse_id: str
    moves: int
    metres_saved_per_day: float
    demanded_moves: int
    demanded_metres_per_day: float

    model_config = ConfigDict(from_attributes=True)


class ShortageOut(BaseModel):
    """Couriers who will not do: of the orders up to `until` the `share` was expected in time as it began; of any half
    hour at least `least_share` is promised."""

    warehouse_id: str
    since: Moment
    until: Moment
    share: float
    least_share: float

    model_config = ConfigDict(from_attributes=True)


class BrokenDataOut(BaseModel):
    """Days of a warehouse's `feed`, both included, of which something is wrong (`GET /v1/findings` says more)."""

    finding_id: str
    warehouse_id: str
    feed: str
    category: str | None
    what: str
    first_day: date
    last_day: date
    remedy: str


class OrderToSend(BaseModel):
    """A purchase order that its supplier was not told of yet, and by when it must be out. `reachable`: there is an
    address to send it to."""

    number: str
    warehouse_id: str
    supplier_name: str
    send_by: datetime | None
    reachable: bool

    model_config = ConfigDict(from_attributes=True)


class TransfersToDoOut(BaseModel):
    """What is to be sent to other warehouses, by when it must have left; what is on the way, by when it left; and what
    was not sent in time in the last day, so that nobody brings what was counted on."""

    to_send: list[TransferOut]
    to_receive: list[TransferOut]
    lapsed: list[TransferOut]


class TodayOut(BaseModel):
    """What needs doing, in all warehouses or the one that was asked for.

    `next_delivery` is the delivery that is planned next. `drafts` wait for approval; `unplanned_warehouses` stand in
    no plan of today, `late_plans` are those of which it is urgent, `fallback_plans` are what stands in for the night's
    run. `missing` is what should be known by now and is not, `broken_data` are days of data that are unlike their past,
    but for those that `missing` tells; `quarantined_messages` counts messages of sensors that could not be kept (null
    for a key of some warehouses). `notifier_sends`: whether webhooks are told what they are to be told; `webhooks_gone`
    are told no more, since they answered 410. `expiring`: by currency, what loses most money first; `overdue_orders`:
    the latest due first; `short_of_couriers`: warehouses whose next two hours will not hold;
    `open_moves`: where they save most first."""

    next_delivery: date
    active_alarms: list[AlarmOut]
    drafts: list[PlanSummary]
    unplanned_warehouses: list[str]
    late_plans: list[LatePlanOut]
    fallback_plans: list[FallbackPlanOut]
    missing: list[MissingOut]
    broken_data: list[BrokenDataOut]
    clock_differences: list[ClockDifferenceOut]
    quarantined_messages: int | None
    notifier_sends: bool
    webhooks_gone: list[str]
    expiring: list[ExpiringStock]
    orders_to_send: list[OrderToSend]
    overdue_orders: list[OverdueOrder]
    transfers: TransfersToDoOut
    short_of_couriers: list[ShortageOut]
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
                    "late_plans": [
                        {
                            "order_date": "2026-11-22",
                            "first_cut_off": "2026-11-22T02:00:00Z",
                            "warehouse_ids": ["W03"],
                            "without_forecast": ["W03"],
                            "because": "unfinished",
                        }
                    ],
                    "fallback_plans": [],
                    "missing": [
                        {
                            "what": "sales",
                            "warehouse_id": "W03",
                            "zone_id": None,
                            "known_at": None,
                            "known_day": "2026-11-20",
                            "remedy": "Import the sales of the days that are missing, and run the day again: until "
                            "then forecasts and plans rest on older sales.",
                        }
                    ],
                    "clock_differences": [
                        {
                            "whose": "server",
                            "sensor_id": None,
                            "ahead_seconds": 300.0,
                            "began_at": "2026-11-22T06:30:00Z",
                        }
                    ],
                    "quarantined_messages": 12,
                    "notifier_sends": True,
                    "webhooks_gone": [],
                    "expiring": [
                        {
                            "warehouse_id": "W01",
                            "product_id": "P0001",
                            "product_name": "Baby spinach 200 g",
                            "unit": "piece",
                            "expires_on": "2026-11-22",
                            "expiry": "today",
                            "on_hand": 14,
                            "expected_loss": 3.5,
                            "loss": 12.6,
                            "currency": "CNY",
                            "lot_ids": ["261120-004"],
                            "plan_id": "6f2b7c1e9a40",
                            "line_no": 118,
                        }
                    ],
                    "orders_to_send": [
                        {
                            "number": "PO-20261122-014",
                            "warehouse_id": "W01",
                            "supplier_name": "Chongming farm cooperative",
                            "send_by": "2026-11-22T13:30:00Z",
                            "reachable": True,
                        }
                    ],
                    "overdue_orders": [
                        {
                            "number": "PO-20261120-003",
                            "supplier_id": "S017",
                            "warehouse_id": "W01",
                            "delivery_date": "2026-11-21",
                        }
                    ],
                    "transfers": {"to_send": [], "to_receive": [TRANSFER], "lapsed": []},
                    "broken_data": [
                        {
                            "finding_id": "finding-3f0c9a6b2d1e84f7c5aa",
                            "warehouse_id": "W01",
                            "feed": "sales",
                            "category": None,
                            "what": "hours_missing",
                            "first_day": "2026-11-21",
                            "last_day": "2026-11-21",
                            "remedy": "Have the source send the missing hours.",
                        }
                    ],
                    "short_of_couriers": [
                        {
                            "warehouse_id": "W01",
                            "since": "2026-11-22T09:35:00Z",
                            "until": "2026-11-22T11:35:00Z",
                            "share": 0.78,
                            "least_share": 0.85,
                        }
                    ],
                    "stale_forecasts": [{"warehouse_id": "W03", "origin": "2026-11-19T16:00:00Z"}],
                    "open_moves": [
                        {
                            "warehouse_id": "W01",
                            "moves": 4,
                            "metres_saved_per_day": 212.5,
                            "demanded_moves": 1,
                            "demanded_metres_per_day": -31.0,
                        }
                    ],
                }
            ]
        }
    )
