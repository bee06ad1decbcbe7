"""The next delivery is told from the clock alone."""

from datetime import UTC, date, datetime

from flows.purchasing.planning.next_delivery import next_delivery

EVENING = datetime(2026, 11, 26, 20, tzinfo=UTC)  # 04:00 on the 27th in Shanghai, 15:00 on the 26th in New York


def test_what_is_ordered_today_there_comes_tomorrow() -> None:
    assert next_delivery(["Asia/Shanghai"], EVENING) == date(2026, 11, 28)


def test_where_it_is_not_the_same_day_everywhere_the_earlier_decides() -> None:
    assert next_delivery(["Asia/Shanghai", "America/New_York"], EVENING) == date(2026, 11, 27)


def test_without_a_warehouse_days_are_those_of_utc() -> None:
    assert next_delivery([], datetime.fromisoformat("2026-11-27T04:00+08:00")) == date(2026, 11, 27)
