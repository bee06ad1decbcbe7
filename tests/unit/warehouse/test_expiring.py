"""How near stock is to its last day, at every edge."""

from datetime import date

import pytest

from warehouse.stock.expiring import Expiry, expiry_soon


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
