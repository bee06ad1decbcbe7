"""The feeds of a warehouse as the rules of `warehouse.worth.feeds` look at them: up to yesterday there, with what is
expected of each day. A feed of which nothing came in all that time is none."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from data.frames import feeds
from data.frames.feeds import FeedRows
from data.local_days import end_of_day, today_there
from data.tables import WarehouseRow
from forecasting.known.calendar import Place, Workdays
from warehouse.worth.feeds.feed_days import DayKinds, FeedDays, feed_days
from warehouse.worth.feeds.findings import LOOK_BACK_DAYS, Feed

READ: Final[Mapping[Feed, Callable[[Session, WarehouseRow, date, date], FeedRows]]] = {
    Feed.SALES: feeds.sales_of_days,
    Feed.PRICES: feeds.prices_of_days,
    Feed.PROMOTIONS: feeds.promotions_of_days,
    Feed.AVAILABILITY: feeds.availability_of_days,
    Feed.RECEIPTS: feeds.receipts_of_days,
    Feed.STOCK: feeds.counts_of_days,
    Feed.WEATHER: feeds.weather_of_days,
    Feed.HANDOVERS: feeds.handovers_of_days,
}
BESIDE_A_FEAST: Final = 3  # days on which people already shop for it, or still live on it
LATE_DAYS: Final = 28  # by which it is told how late days come
LATE_SHARE: Final = 0.9  # of them had come by then


def feeds_of(session: Session, place: WarehouseRow, now: datetime) -> dict[Feed, FeedDays]:
    """The feeds that the warehouse has, of the LOOK_BACK_DAYS up to yesterday there."""
    last = today_there(now, place.timezone) - timedelta(days=1)
    first = last - timedelta(days=LOOK_BACK_DAYS - 1)
    open_days, usual = _open_and_usual(session, place, first, now)
    found = {}
    for feed, read in READ.items():
        came = read(session, place, first, last)
        if len(came.rows):
            kinds = DayKinds(open_days, usual, _due(came, place, first, now))
            found[feed] = feed_days(came.rows, first, kinds, came.hours)
    return found


def _open_and_usual(
    session: Session, place: WarehouseRow, first: date, now: datetime
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    days = [first + timedelta(days=number) for number in range(LOOK_BACK_DAYS)]
    closed, eventful = feeds.days_of_events(session, place, first, days[-1], now)
    opened, ended = place.opened_on or date.min, place.closed_on or date.max
    in_business = np.array([opened <= day <= ended and day not in closed for day in days])
    kept = Workdays.of(pd.Timestamp(first), LOOK_BACK_DAYS, Place(place.country, place.subdivision))
    beside = np.minimum(kept.days_to_festival, kept.days_since_festival) <= BESIDE_A_FEAST
    return in_business, ~beside & np.array([day not in eventful for day in days])


def _due(came: FeedRows, place: WarehouseRow, first: date, now: datetime) -> NDArray[np.bool_]:
    """Which days should have come by now, if they come no later than days came lately."""
    ends = [end_of_day(first + timedelta(days=number), place.timezone) for number in range(LOOK_BACK_DAYS)]
    late = [moment - end_of_day(day, place.timezone) for day, moment in sorted(came.came.items())][-LATE_DAYS:]
    allowed = sorted(late)[int(LATE_SHARE * (len(late) - 1))] if late else timedelta(0)
    return np.array([end + max(allowed, timedelta(0)) <= now for end in ends])
