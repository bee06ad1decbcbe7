"""Which pick faces of a warehouse to refill before the next rush, from what lies in reserve and the forecast by the
hour."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from math import inf
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.floor_and_lines import floor_points, slots_frame
from data.frames.hourly_forecasts import hours_of
from data.frames.serving_forecasts import QUANTILES, latest_origins
from data.tables import HourlyForecastRow, ProductRow, Unit, WarehouseRow
from flows.stock.in_reserve import StockInSlots, stock_in_slots
from warehouse.slotting.replenishing import HoursAhead, InReserve, PickFace, Replenishment, replenishments
from warehouse.slotting.walked_floor import walked_floor

A_ROUND: Final = timedelta(hours=2)  # so long after it began a round of refilling is still at work
HOUR: Final = timedelta(hours=1)


class NothingToSay(StrEnum):
    """Why nothing can be said of refilling."""

    NO_RESERVE = "no_reserve"  # no slot of the warehouse holds reserve
    NO_FORECAST = "no_forecast"  # nothing is forecast for the hours to come


@dataclass(frozen=True)
class Refilling:
    """What to carry now, so that faces hold what is picked up to `until`, the chance to refill after the next; `hours`
    are when each hour up to there begins, `put` is how much of a lot was put into a reserve slot, by the two.
    `nothing_because` None: all is known."""

    until: datetime
    hours: Sequence[datetime]
    carries: Sequence[Replenishment] = ()
    put: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    nothing_because: NothingToSay | None = None


def refilling(session: Session, place: WarehouseRow, now: datetime, refill_times: Sequence[time]) -> Refilling:
    """For a warehouse at `now`, which refills every day at `refill_times` of its own clock."""
    until = held_until(now, place.timezone, refill_times)
    hours = _hours(now, until)
    slots = slots_frame(session, place.warehouse_id)
    if slots["pick_face"].all():
        return Refilling(until, hours, nothing_because=NothingToSay.NO_RESERVE)
    ahead = _ahead(session, place, now, until)
    if not ahead:
        return Refilling(until, hours, nothing_because=NothingToSay.NO_FORECAST)
    origin = latest_origins(session, [place.warehouse_id], now).get(place.warehouse_id)
    stock = stock_in_slots(session, place, origin, now)
    faces = _faces(session, slots, stock)
    reserve = _reserve(session, place.warehouse_id, slots, stock, faces)
    return Refilling(until, hours, replenishments(faces, reserve, ahead), stock.put)


def held_until(now: datetime, timezone: str, refill_times: Sequence[time]) -> datetime:
    """The chance to refill after the one that is at work or comes next."""
    there = now.astimezone(ZoneInfo(timezone))
    days = (there.date() + timedelta(days=n) for n in (-1, 0, 1, 2))
    chances = sorted({datetime.combine(day, at, there.tzinfo) for day in days for at in refill_times})
    return [chance for chance in chances if chance + A_ROUND > there][1]


def _hours(now: datetime, until: datetime) -> list[datetime]:
    """When the hours from now on begin, the running one first."""
    first = now.astimezone(until.tzinfo).replace(minute=0, second=0, microsecond=0)
    return [first + n * HOUR for n in range(-int((first - until) // HOUR))]


def _ahead(session: Session, place: WarehouseRow, now: datetime, until: datetime) -> dict[str, HoursAhead]:
    """By product, the hours from now on as far as they are forecast; of the first and last the part that counts."""
    hours = _hours(now, until)
    share = [(min(hour + HOUR, until) - max(hour, now)) / HOUR for hour in hours]
    row = HourlyForecastRow
    wanted = row.date.between(hours[0].date(), hours[-1].date())
    by_product: defaultdict[str, dict[object, HourlyForecastRow]] = defaultdict(dict)
    for one in session.scalars(select(row).where(row.warehouse_id == place.warehouse_id, wanted)):
        by_product[one.product_id][one.date] = one
    return {product_id: _of_product(days, hours, share) for product_id, days in by_product.items()}


def _of_product(
    days: Mapping[object, HourlyForecastRow], hours: Sequence[datetime], share: Sequence[float]
) -> HoursAhead:
    told = np.zeros((3, len(hours)))  # mean, q10, q90
    known = {day: hours_of(row) for day, row in days.items()}
    low, high = QUANTILES.index("q10"), QUANTILES.index("q90")
    for n, hour in enumerate(hours):
        if hour.date() in known:
            mean, quantiles = known[hour.date()]
            told[:, n] = mean[hour.hour], quantiles[hour.hour, low], quantiles[hour.hour, high]
    return HoursAhead(*(told * np.array(share)))


def _faces(session: Session, slots: pd.DataFrame, stock: StockInSlots) -> list[PickFace]:
    """The faces of products, each with the room of all slots that it is picked from, named by the nearest of them."""
    units = {
        row.product_id: row
        for row in session.execute(select(ProductRow.product_id, ProductRow.unit, ProductRow.volume_l))
    }
    held = slots[slots["pick_face"] & slots["product_id"].notna()].sort_values(["distance_m", "slot_id"])
    lies, faces = stock.by_face(), []
    for product_id, of_product in held.groupby("product_id", sort=False):
        product = units[str(product_id)]
        litres = float(of_product["volume_l"].sum(skipna=False))
        room = inf if product.volume_l is None or np.isnan(litres) else litres / float(product.volume_l)
        nearest, there = str(of_product["slot_id"].iloc[0]), lies.get(str(product_id), 0.0)
        faces.append(PickFace(nearest, str(product_id), there, room, whole=product.unit == Unit.PIECE))
    return faces


def _reserve(
    session: Session, warehouse_id: str, slots: pd.DataFrame, stock: StockInSlots, faces: Sequence[PickFace]
) -> list[InReserve]:
    """What lies in reserve, with how far it is from the product's face."""
    plan = walked_floor(slots, floor_points(session, warehouse_id).get("start")).plan
    number = {slot_id: n for n, slot_id in enumerate(plan.slot_ids)}
    face_of = {face.product_id: number[face.slot_id] for face in faces}
    return [
        InReserve(
            slot_id,
            lot_id,
            stock.lots[lot_id].product_id,
            float(quantity),
            stock.lots[lot_id].last_day,
            float(plan.between(number[slot_id], face_of[stock.lots[lot_id].product_id])),
        )
        for (slot_id, lot_id), quantity in stock.in_reserve.items()
        if stock.lots[lot_id].product_id in face_of
    ]
