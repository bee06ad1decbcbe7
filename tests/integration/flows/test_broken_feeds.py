"""The feeds of a warehouse, looked at each night: what is found wrong, how long it is told, and how it ends."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine, delete, select, update

from data.database import reading, writing
from data.local_days import end_of_day, start_of_day
from data.tables import (
    DailyAvailabilityRow,
    DailySalesRow,
    EventRow,
    FindingEnd,
    FindingRow,
    HandoverRow,
    LineDayRow,
    LotRow,
    OrderLineRow,
    OutboxEventRow,
    ProductRow,
    PromotionRow,
    StockChangeKind,
    StockChangeRow,
    WarehouseDayRow,
    WarehouseRow,
    WeatherRow,
)
from flows.commands.worth import feeds as command
from flows.day.feeds import look_at_each_feed
from flows.for_each_warehouse import SomeWarehousesFailed, side_by_side
from flows.reports.feeds.going_on import findings_going_on
from flows.reports.feeds.looking import look_at_feeds
from flows.reports.feeds.reading import feeds_of
from tests.bench.feeds.worlds import MAKES, made
from tests.integration.conftest import Filling
from tests.integration.flows.shell import Shell
from warehouse.worth.drift.drifting import LOOK_BACK_DAYS as LOOK_BACK_OF_ERRORS
from warehouse.worth.feeds.findings import JUDGED_DAYS, LOOK_BACK_DAYS, Feed
from warehouse.worth.measures import OF_PRODUCTS

ZONE = "Asia/Shanghai"
FIRST = date(2026, 4, 27)  # nothing is judged next to a festival
DAYS = LOOK_BACK_DAYS
LAST = FIRST + timedelta(days=DAYS - 1)
NIGHT = end_of_day(LAST, ZONE) + timedelta(hours=2)
SHOP = made(MAKES[0], 4, DAYS)
PRODUCTS = [f"P{number:02}" for number in range(SHOP.values.shape[1])]


def night(after: int = 0) -> datetime:
    """The night's run, so many days after the fourteen weeks."""
    return NIGHT + timedelta(days=after)


@pytest.fixture
def filling() -> Filling:
    """A warehouse with fourteen whole weeks of sales."""
    return whole_weeks


def whole_weeks(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="Riverside", city="Hangzhou", timezone=ZONE))
        session.add_all(
            ProductRow(product_id=name, name=name, category="fruit", band="chilled", unit="piece") for name in PRODUCTS
        )
        session.flush()
        session.add_all(row for day in range(DAYS) for row in sales_of(day))


def sales_of(day: int, factor: float = 1.0, known_at: datetime | None = None) -> list[DailySalesRow]:
    """What was sold on a day of the fourteen weeks, or a factor times it; later ones repeat them."""
    assert SHOP.hours is not None
    there = FIRST + timedelta(days=day)
    values, hours = SHOP.values[day % DAYS] * factor, SHOP.hours[day % DAYS] * factor
    return [
        DailySalesRow(
            warehouse_id="W1",
            product_id=name,
            date=there,
            known_at=known_at or end_of_day(there, ZONE),
            sales=float(value),
            hourly_sales=of_hours.astype("<f4").tobytes(),
        )
        for name, value, of_hours in zip(PRODUCTS, values, hours, strict=True)
    ]


def bring(engine: Engine, rows: list) -> None:  # type: ignore[type-arg]
    with writing(engine) as session:
        session.add_all(rows)


def take(engine: Engine, day: int) -> None:
    """Takes the sales of a day away."""
    with writing(engine) as session:
        session.execute(delete(DailySalesRow).where(DailySalesRow.date == FIRST + timedelta(days=day)))


def found(engine: Engine) -> list[tuple[str, str, date, date]]:
    with reading(engine) as session:
        return [(one.feed, one.what, one.first_day, one.last_day) for one in findings_going_on(session)]


def told(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        events = session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.happened_at, OutboxEventRow.event_id))
        return [(event.type, event.payload["what"]) for event in events]


def test_of_whole_weeks_nothing_is_found(engine: Engine) -> None:
    assert look_at_feeds(engine, "W1", night()) == 0

    assert found(engine) == []
    assert told(engine) == []


def test_a_day_that_is_missing_is_told_once_and_ends_once_when_it_comes(engine: Engine) -> None:
    # given
    take(engine, DAYS - 1)

    # when: two runs of one night
    for _ in range(2):
        look_at_feeds(engine, "W1", night())

    # then
    assert found(engine) == [("sales", "missing", LAST, LAST)]
    assert told(engine) == [("feed.broken", "missing")]

    # when: it comes, and two more runs
    bring(engine, sales_of(DAYS - 1))
    for _ in range(2):
        look_at_feeds(engine, "W1", night() + timedelta(hours=1))

    # then
    assert found(engine) == []
    assert told(engine) == [("feed.broken", "missing"), ("feed.whole", "missing")]
    with reading(engine) as session:
        row = session.scalars(select(FindingRow)).one()
        event = session.scalars(select(OutboxEventRow).where(OutboxEventRow.type == "feed.whole")).one()
    assert (row.ended_at, row.ended_because) == (night() + timedelta(hours=1), FindingEnd.CORRECTED)
    assert event.payload["warehouse"] == "Riverside"
    assert event.payload["ended_because"] == "corrected"


def test_days_of_another_unit_are_one_finding_that_grows_and_ends_with_the_corrected_rows(engine: Engine) -> None:
    # given: two days in grams, one after the other
    for after in (0, 1):
        bring(engine, sales_of(DAYS + after, factor=1000))
        look_at_feeds(engine, "W1", night(after + 1))

    # then
    days = LAST + timedelta(days=1), LAST + timedelta(days=2)
    assert found(engine) == [("sales", "other_unit", *days)]
    assert told(engine) == [("feed.broken", "other_unit")]

    # when: the first of them is sent again, then the second too
    bring(engine, sales_of(DAYS, known_at=night(2)))
    look_at_feeds(engine, "W1", night(2) + timedelta(hours=1))
    assert found(engine) == [("sales", "other_unit", days[1], days[1])]
    bring(engine, sales_of(DAYS + 1, known_at=night(2)))
    look_at_feeds(engine, "W1", night(2) + timedelta(hours=2))

    # then
    assert found(engine) == []
    assert told(engine) == [("feed.broken", "other_unit"), ("feed.whole", "other_unit")]


def test_what_was_so_after_all_goes_when_it_is_looked_at_no_more(engine: Engine) -> None:
    # given: a day that is never corrected, and whole days after it
    take(engine, DAYS - 1)
    look_at_feeds(engine, "W1", night())
    for day in range(DAYS, DAYS + JUDGED_DAYS):
        bring(engine, sales_of(day))

    look_at_feeds(engine, "W1", night(JUDGED_DAYS - 1))
    assert len(found(engine)) == 1
    look_at_feeds(engine, "W1", night(JUDGED_DAYS))

    assert found(engine) == []
    with reading(engine) as session:
        assert session.scalars(select(FindingRow.ended_because)).one() is FindingEnd.PAST


def test_a_feed_that_never_comes_again_is_one_finding_until_it_is_no_feed_any_more(engine: Engine) -> None:
    for after in (1, *range(JUDGED_DAYS, DAYS, JUDGED_DAYS), DAYS - 1):
        look_at_feeds(engine, "W1", night(after))
        assert found(engine) == [("sales", "missing", LAST + timedelta(days=1), LAST + timedelta(days=after))]

    look_at_feeds(engine, "W1", night(DAYS))

    assert found(engine) == []
    assert told(engine) == [("feed.broken", "missing"), ("feed.whole", "missing")]
    with reading(engine) as session:
        assert session.scalars(select(FindingRow.ended_because)).one() is FindingEnd.PAST


def test_what_is_found_of_a_warehouse_that_closes_ends_though_no_day_is_run_for_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    take(engine, DAYS - 1)
    look_at_feeds(engine, "W1", night())
    with writing(engine) as session:
        session.get_one(WarehouseRow, "W1").closed_on = LAST

    look_at_each_feed([], night(JUDGED_DAYS - 1), side_by_side)
    assert len(found(engine)) == 1
    look_at_each_feed([], night(JUDGED_DAYS), side_by_side)

    assert found(engine) == []
    assert look_at_each_feed([], night(JUDGED_DAYS), side_by_side).done == {}


@pytest.mark.parametrize("feed", [Feed.PRICES, Feed.RECEIPTS, Feed.STOCK])
def test_what_always_comes_by_noon_is_not_due_by_night(engine: Engine, feed: Feed) -> None:
    """Given order lines, deliveries and counts of every day, which are told ten hours after it ended."""
    of_w1 = {"warehouse_id": "W1", "product_id": "P00"}
    for day in range(DAYS):
        noon = start_of_day(FIRST + timedelta(days=day), ZONE) + timedelta(hours=12)
        times = {"known_at": end_of_day(FIRST + timedelta(days=day), ZONE) + timedelta(hours=10)}
        bring(engine, [
            OrderLineRow(**of_w1, **times, order_id=f"{day}", line_no=1, ordered_at=noon, quantity=1, unit_price=4),
            LotRow(**of_w1, **times, lot_id=f"L{day}", received_at=noon, quantity_received=6, quantity_on_hand=6),
        ])  # fmt: skip
        bring(engine, [
            StockChangeRow(change_id=f"{day}", action_id="count", warehouse_id="W1", lot_id=f"L{day}", change_no=1,
                           kind=StockChangeKind.COUNTED, quantity=Decimal(-1), left=Decimal(5), happened_at=noon,
                           by="Li", **times),
        ])  # fmt: skip

    with reading(engine) as session:
        place = session.get_one(WarehouseRow, "W1")
        by_night, after_noon = (
            feeds_of(session, place, night() + timedelta(hours=later))[feed].kinds.due for later in (0, 9)
        )

    assert by_night.tolist() == [True] * (DAYS - 1) + [False]
    assert after_noon.all()


def test_promotions_are_read_as_they_were_corrected_last(engine: Engine) -> None:
    """Given one that was cut short, one that was called off, and one that ended before the fourteen weeks after all."""
    two_days, before = LAST - timedelta(days=1), FIRST - timedelta(days=9)
    planned = [("P00", two_days, LAST, 0.8), ("P01", two_days, LAST, 0.7), ("P02", before, LAST, 0.6)]
    corrected = [("P00", two_days, two_days, 0.9), ("P01", two_days, LAST, 1.0), ("P02", before, before, 0.6)]
    bring(
        engine,
        [
            PromotionRow(warehouse_id="W1", product_id=name, starts_on=starts, ends_on=ends, discount=discount,
                         promoted=False, known_at=night(-20 + later))
            for later, rows in enumerate((planned, corrected))
            for name, starts, ends, discount in rows
        ],
    )  # fmt: skip

    with reading(engine) as session:
        promotions = feeds_of(session, session.get_one(WarehouseRow, "W1"), night())[Feed.PROMOTIONS]

    day, item = np.nonzero(np.isfinite(promotions.values))
    assert [promotions.days[number] for number in day] == [two_days]
    assert promotions.values[day, item].tolist() == [0.9]


def test_a_closed_day_is_missed_by_nobody_and_one_that_is_called_off_is(engine: Engine) -> None:
    # given
    shut = {"event_id": "stocktaking", "name": "Stocktaking", "kind": "other", "first_day": LAST, "last_day": LAST}
    take(engine, DAYS - 1)
    bring(engine, [EventRow(**shut, warehouse_id="W1", closed=True, known_at=night(-9))])

    look_at_feeds(engine, "W1", night())
    assert found(engine) == []

    bring(engine, [EventRow(**shut, warehouse_id="W1", closed=True, cancelled=True, known_at=night(-1))])
    look_at_feeds(engine, "W1", night())
    assert found(engine) == [("sales", "missing", LAST, LAST)]


@pytest.mark.parametrize(("city", "missed"), [("Hangzhou", False), (None, False), ("Shanghai", True)])
def test_a_day_on_which_the_city_is_closed_is_missed_elsewhere_only(
    engine: Engine, city: str | None, missed: bool
) -> None:
    take(engine, DAYS - 1)
    bring(engine, [EventRow(event_id="typhoon", name="Typhoon", kind="other", first_day=LAST, last_day=LAST,
                            city=city, closed=True, known_at=night(-1))])  # fmt: skip

    assert look_at_feeds(engine, "W1", night()) == missed


def test_days_before_a_warehouse_opens_again_say_nothing_of_it(engine: Engine) -> None:
    take(engine, DAYS - 2)
    take(engine, DAYS - 1)
    with writing(engine) as session:
        session.get_one(WarehouseRow, "W1").opened_on = LAST

    assert look_at_feeds(engine, "W1", night()) == 0


def test_sales_that_come_by_noon_are_not_missed_by_night(engine: Engine) -> None:
    # given: every day comes ten hours after its end, and one product of it three days later
    with writing(engine) as session:
        for day in range(DAYS):
            there = FIRST + timedelta(days=day)
            known_at = end_of_day(there, ZONE) + timedelta(hours=10)
            session.execute(update(DailySalesRow).where(DailySalesRow.date == there).values(known_at=known_at))
        for row in session.scalars(select(DailySalesRow).where(DailySalesRow.product_id == PRODUCTS[0])):
            row.known_at += timedelta(days=3)
    take(engine, DAYS - 1)

    look_at_feeds(engine, "W1", night())
    assert found(engine) == []

    look_at_feeds(engine, "W1", night() + timedelta(hours=9))
    assert found(engine) == [("sales", "missing", LAST, LAST)]


def test_every_feed_is_read_as_it_came(engine: Engine) -> None:
    # given: a row of each feed on the last day
    ended = end_of_day(LAST, ZONE)
    noon = start_of_day(LAST, ZONE) + timedelta(hours=12)
    line = {"warehouse_id": "W1", "order_id": "1", "product_id": "P00", "quantity": Decimal(1), "known_at": noon}
    lot = {"warehouse_id": "W1", "product_id": "P00", "received_at": noon, "known_at": noon}
    bring(
        engine,
        [
            OrderLineRow(**line, line_no=1, ordered_at=noon, unit_price=Decimal(4)),
            OrderLineRow(**line, line_no=2, ordered_at=ended - timedelta(seconds=1), unit_price=Decimal(5)),
            OrderLineRow(**line, line_no=3, ordered_at=ended, unit_price=Decimal(9)),
            PromotionRow(warehouse_id="W1", product_id="P01", starts_on=LAST - timedelta(days=1),
                         ends_on=date(2099, 1, 1), discount=0.8, promoted=True, known_at=noon - timedelta(days=9)),
            DailyAvailabilityRow(warehouse_id="W1", product_id="P02", date=LAST, known_at=ended, in_stock_hours=0b111),
            LotRow(**lot, lot_id="L1", quantity_received=Decimal(6), quantity_on_hand=Decimal(6)),
            LotRow(**lot, lot_id="L2", quantity_received=Decimal(3), quantity_on_hand=Decimal(3)),
            WeatherRow(warehouse_id="W1", date=LAST, issued_at=ended, observed=True, temperature_c=21.5),
            WeatherRow(warehouse_id="W1", date=LAST, issued_at=noon, observed=False, temperature_c=19.0),
            *(HandoverRow(warehouse_id="W1", order_id=f"{at}", delivered_at=at, known_at=at)
              for at in (noon, ended - timedelta(seconds=1), ended)),
        ],
    )  # fmt: skip
    counted = {"action_id": "count", "warehouse_id": "W1", "kind": StockChangeKind.COUNTED, "quantity": Decimal(-1),
               "happened_at": noon, "known_at": noon, "by": "Li"}  # fmt: skip
    bring(engine, [
        StockChangeRow(change_id="1", lot_id="L1", change_no=1, left=Decimal(5), **counted),
        StockChangeRow(change_id="2", lot_id="L2", change_no=1, left=Decimal(2), **counted),
    ])  # fmt: skip

    with reading(engine) as session:
        feeds = feeds_of(session, session.get_one(WarehouseRow, "W1"), night())

    last = {feed: sorted(days.values[-1][np.isfinite(days.values[-1])].tolist()) for feed, days in feeds.items()}
    sold = last.pop(Feed.SALES)
    assert sold == sorted(SHOP.values[-1].tolist())
    assert last == {
        Feed.PRICES: [4.5],
        Feed.PROMOTIONS: [0.8],
        Feed.AVAILABILITY: [3.0],
        Feed.RECEIPTS: [9.0],
        Feed.STOCK: [7.0],
        Feed.WEATHER: [21.5],
        Feed.HANDOVERS: [2.0],
    }
    assert feeds[Feed.SALES].days[0] == FIRST
    assert np.isfinite(feeds[Feed.PROMOTIONS].values).sum() == 2


def test_the_step_names_where_data_are_broken_and_a_warehouse_that_fails_stops_no_other(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(engine, DAYS - 1)
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", engine.url.render_as_string(hide_password=False))

    summary = look_at_each_feed(["W1"], night(), side_by_side)
    assert summary.notes == ["Broken data, which is told on Today: W1 (1)"]

    with pytest.raises(SomeWarehousesFailed) as failed:
        look_at_each_feed(["W1", "W9"], night(), side_by_side)
    assert set(failed.value.summary.done) == {"W1"}
    assert set(failed.value.summary.failed) == {"W9"}


def test_the_command_looks_now_and_prints_what_is_wrong(
    engine: Engine, freshfront: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(engine, DAYS - 1)
    monkeypatch.setattr(command, "moment_of", lambda engine, warehouse, as_of: ({"W1": ZONE}, night()))

    assert freshfront("report", "feeds") == 0, freshfront.err

    assert freshfront.out.splitlines()[-1].split() == ["W1", "sales", "missing", str(LAST), str(LAST)]

    bring(engine, sales_of(DAYS - 1, factor=1000))
    assert freshfront("report", "feeds") == 0, freshfront.err
    assert freshfront.out.splitlines()[-1].split()[2:] == ["other_unit", str(LAST), str(LAST), "100%", "5%"]

    take(engine, DAYS - 1)
    bring(engine, sales_of(DAYS - 1))
    assert freshfront("report", "feeds") == 0, freshfront.err
    assert freshfront.out.splitlines()[-1] == "Nothing is found wrong."


def test_forecasts_that_drift_are_told_once_and_so_is_their_end(engine: Engine) -> None:
    # given: half a year of days that were added up, of which the last weeks sold far more than was forecast
    first = LAST - timedelta(days=LOOK_BACK_OF_ERRORS - 1)
    rng = np.random.default_rng(3)
    with writing(engine) as session:
        for number in range(LOOK_BACK_OF_ERRORS):
            more = 1.5 if number >= LOOK_BACK_OF_ERRORS - 14 else 1.0
            sums = dict.fromkeys(OF_PRODUCTS, 0.0) | {
                "forecast_demand": 1000 * more * float(np.exp(rng.normal(0, 0.05))),
                "forecast_mean": 1000.0,
                "forecast_off": 300 * float(np.exp(rng.normal(0, 0.1))),
            }
            none = dict.fromkeys(("alarms", "minutes_outside", "metres_promised", "metres_saved"), 0.0)
            day = first + timedelta(days=number)
            session.add(WarehouseDayRow(date=day, warehouse_id="W1", read_at=night(), **sums, **none))

    for _ in range(2):
        look_at_feeds(engine, "W1", night())

    ((feed, what, began, ended),) = found(engine)
    assert (feed, what, ended) == ("forecasts", "too_low", LAST)
    assert abs((began - (LAST - timedelta(days=13))).days) <= 3
    assert told(engine) == [("forecast.drifted", "too_low")]

    # when: sales turn out to have been counted too high
    with writing(engine) as session:
        recent = WarehouseDayRow.date > LAST - timedelta(days=14)
        session.execute(update(WarehouseDayRow).where(recent).values(forecast_demand=1000.0))
    look_at_feeds(engine, "W1", night() + timedelta(hours=1))

    assert found(engine) == []
    assert told(engine) == [("forecast.drifted", "too_low"), ("forecast.steady", "too_low")]
    with reading(engine) as session:
        assert session.scalars(select(FindingRow.ended_because)).one() is FindingEnd.STEADY


def add_up_forecasts(engine: Engine, sizes: Mapping[str, float], doubled: str) -> None:
    """Days of products of so much demand, of which one sells twice as much for the last two weeks."""
    first = LAST - timedelta(days=LOOK_BACK_OF_ERRORS - 1)
    rng = np.random.default_rng(4)
    none = dict.fromkeys(OF_PRODUCTS, 0.0)
    with writing(engine) as session:
        for number in range(LOOK_BACK_OF_ERRORS):
            day, whole = first + timedelta(days=number), dict(none)
            for product_id, size in sizes.items():
                more = 2.0 if number >= LOOK_BACK_OF_ERRORS - 14 and product_id == doubled else 1.0
                sums = none | {
                    "forecast_demand": size * more * float(np.exp(rng.normal(0, 0.05))),
                    "forecast_mean": size,
                    "forecast_off": 0.3 * size * float(np.exp(rng.normal(0, 0.1))),
                }
                session.add(LineDayRow(date=day, warehouse_id="W1", product_id=product_id, **sums))
                whole = {name: whole[name] + value for name, value in sums.items()}
            of_none = dict.fromkeys(("alarms", "minutes_outside", "metres_promised", "metres_saved"), 0.0)
            session.add(WarehouseDayRow(date=day, warehouse_id="W1", read_at=night(), **whole, **of_none))


def test_of_a_warehouse_of_one_category_a_drift_is_told_once(engine: Engine) -> None:
    add_up_forecasts(engine, {"P00": 1000.0}, "P00")
    look_at_feeds(engine, "W1", night())

    with reading(engine) as session:
        (one,) = findings_going_on(session)
        assert (one.feed, one.category, one.what) == ("forecasts", None, "too_low")


def test_forecasts_of_one_category_that_drift_are_told_as_such(engine: Engine) -> None:
    # given: two categories, of which the smaller sells twice as much for two weeks
    with writing(engine) as session:
        session.execute(update(ProductRow).where(ProductRow.product_id == "P01").values(category="dairy"))
    add_up_forecasts(engine, {"P00": 1000.0, "P01": 50.0}, "P01")

    for _ in range(2):
        look_at_feeds(engine, "W1", night())

    with reading(engine) as session:
        (one,) = findings_going_on(session)
        assert (one.feed, one.category, one.what) == ("forecasts", "dairy", "too_low")
        (event,) = session.scalars(select(OutboxEventRow))
        assert (event.type, event.payload["category"]) == ("forecast.drifted", "dairy")
