"""How near stock is to its last day, at every edge."""

from datetime import date

import pytest

from warehouse.stock.expiring import Expiry, expected_to_be_lost, expiry_soon


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [
        (date(2026, 2, 27), Expiry.PAST),
        (date(2026, 2, 28), Expiry.TODAY),
        (date(2026, 3, 1), Expiry.TOMORROW),
        (date(2026, 3, 2), None),
    ],
)
def test_stock_is_past_only_after_its_last_day_and_soon_up_to_tomorrow(last_day: date, expected: Expiry | None) -> None:
    assert expiry_soon(last_day, date(2026, 2, 28)) is expected


def test_what_expires_first_sells_first_and_what_is_past_its_day_is_lost_whole() -> None:
    friday, saturday, sunday = date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)
    on_hand = {sunday: 12.0, friday: 3.0, saturday: 5.0}

    assert expected_to_be_lost(on_hand, {saturday: 7.0, sunday: 4.0}, saturday) == {friday: 3, saturday: 0, sunday: 6}
    assert expected_to_be_lost(on_hand, {friday: 9.0}, saturday) == on_hand  # nobody expects to sell any of it
