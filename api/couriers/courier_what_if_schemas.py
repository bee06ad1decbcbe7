"""What couriers would keep if something happened, as the API is asked and answers."""

from datetime import date, datetime, time
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.values import Day, Identifier
from flows.couriers.supposing import MOST_ILL, MOST_TIMES, CourierComparison, CouriersSupposed, Span
from warehouse.couriers.supposed import Kept

SIDE: dict[str, Any] = {
    "share": 0.953, "held_minutes": 45, "cost": 6130.5, "couriers_short": 0.0, "orders": 412.0,
}  # fmt: skip


class SpanIn(BaseModel):
    """From a time of the day up to another, on the warehouse's clock; 00:00 as its end is midnight."""

    since: Annotated[time, Field(examples=["16:00"])]
    until: Annotated[time, Field(examples=["20:00"])]

    model_config = ConfigDict(extra="forbid")

    def span(self) -> Span:
        """The same for the house."""
        return Span(self.since, self.until)


class CourierWhatIf(BaseModel):
    """What is supposed of a planned day, at least one thing: `rain` from when to when; `more_orders` (0.3: 30% more,
    up to 5,000 a day) within `surge`, left out: all day; so many of the employed `ill`, during whose shifts most is
    ordered."""

    warehouse_id: Identifier
    date: Day
    rain: SpanIn | None = None
    more_orders: float = Field(0.0, gt=-1, le=MOST_TIMES - 1)
    surge: SpanIn | None = None
    ill: int = Field(0, ge=0, le=MOST_ILL)

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "date": "2026-11-23",
                    "rain": {"since": "16:00", "until": "20:00"},
                    "more_orders": 0.3,
                    "surge": {"since": "17:00", "until": "19:30"},
                    "ill": 1,
                }
            ]
        },
    )

    @property
    def supposed(self) -> CouriersSupposed:
        """What is supposed."""
        rain, surge = (None if span is None else span.span() for span in (self.rain, self.surge))
        return CouriersSupposed(rain, self.more_orders, surge, self.ill)


class KeptOut(BaseModel):
    """What the day's couriers keep: the `share` of its `orders` within the promise, what can be promised (null: nothing
    within three hours), their `cost`, and courier hours too few (`couriers_short`)."""

    orders: float
    share: float
    held_minutes: int | None
    cost: float
    couriers_short: float

    @classmethod
    def of(cls, kept: Kept) -> Self:
        """One side of a comparison."""
        return cls(
            orders=round(float(kept.orders.sum()), 2),
            share=round(kept.lateness.share, 4),
            held_minutes=kept.held_minutes,
            cost=round(kept.cost, 2),
            couriers_short=round(float(kept.short.sum()) / 2, 2),
        )


class HalfHourSideOut(BaseModel):
    """A half hour of one side: orders, couriers expected to be there, those needed, the share of its orders in time."""

    orders: float
    there: float
    needed: int
    short: float
    share: float


class HalfHourPairOut(BaseModel):
    """A half hour as things are and as supposed."""

    begins: datetime
    before: HalfHourSideOut
    after: HalfHourSideOut


class CourierWhatIfOut(BaseModel):
    """A planned day as things are (`before`) and as supposed (`after`), the same shifts and crowd."""

    warehouse_id: str
    date: date
    promise_minutes: int
    promised_share: float
    before: KeptOut
    after: KeptOut
    half_hours: list[HalfHourPairOut]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "date": "2026-11-23",
                    "promise_minutes": 45,
                    "promised_share": 0.95,
                    "before": SIDE,
                    "after": SIDE | {"share": 0.861, "held_minutes": 60, "couriers_short": 5.5, "orders": 451.0},
                    "half_hours": [
                        {
                            "begins": "2026-11-23T09:00:00Z",
                            "before": {"orders": 24.6, "there": 14.8, "needed": 15, "short": 0.2, "share": 0.958},
                            "after": {"orders": 32.0, "there": 14.8, "needed": 21, "short": 6.2, "share": 0.802},
                        }
                    ],
                }
            ]
        }
    )

    @classmethod
    def of(cls, compared: CourierComparison) -> Self:
        """Both sides."""
        return cls(
            warehouse_id=compared.day.warehouse_id,
            date=compared.day.date,
            promise_minutes=compared.terms.promise.minutes,
            promised_share=compared.terms.promise.share,
            before=KeptOut.of(compared.before),
            after=KeptOut.of(compared.after),
            half_hours=[
                HalfHourPairOut(begins=at, before=_half_hour(compared.before, n), after=_half_hour(compared.after, n))
                for n, at in enumerate(compared.begins)
            ],
        )


def _half_hour(kept: Kept, number: int) -> HalfHourSideOut:
    return HalfHourSideOut(
        orders=round(float(kept.orders[number]), 2),
        there=round(float(kept.there[number]), 2),
        needed=int(kept.needed[number]),
        short=round(float(kept.short[number]), 2),
        share=round(float(kept.lateness.shares[number]), 4),
    )
