"""The steps of the day that say what days were worth, a warehouse at a time, and what promotions did in all of them."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from flows.database import database
from flows.day.steps import REGION
from flows.for_each_warehouse import Each, RunSummary, finished, one_at_a_time
from flows.reports.morning.keeping_days import keep_days
from flows.reports.promotions.keeping_reviews import keep_promotion_reviews
from flows.settings import Settings


def add_up_days(warehouses: Sequence[str], now: datetime, each: Each) -> RunSummary:
    """Brings the days of every warehouse up to date; days written by warehouse."""
    return finished(each("days", one_at_a_time(partial(_keep_days, now=now)), warehouses))


def review_promotions(each: Each) -> RunSummary:
    """Reviews the promotions that are over, of the days that are added up; how many reviews were written."""
    return finished(each("promotion-reviews", one_at_a_time(_keep_reviews), [REGION]))


def _keep_days(warehouse_id: str, now: datetime) -> int:
    with database() as engine:
        return keep_days(engine, warehouse_id, now, Settings().assumed_markup)


def _keep_reviews(_region: str) -> int:
    with database() as engine:
        return keep_promotion_reviews(engine)
