"""Which hours of a zone's record a lot was there for."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from flows.stock.lots_ageing import _Kept

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
KEPT = _Kept(MIDNIGHT, MIDNIGHT + timedelta(hours=2.75), np.array([3.0, 4.0, 5.0]), np.array([1, 1, 1]))


@pytest.mark.parametrize(
    ("received_after", "hours"),
    [(-1.5, [1.5, 1, 1, 0.75]), (0, [0, 1, 1, 0.75]), (0.25, [0, 0.75, 1, 0.75]), (2.5, [0, 0.25])],
)
def test_a_lot_ages_from_the_minute_it_was_received_up_to_now(received_after: float, hours: list[float]) -> None:
    temperatures, lengths, days = KEPT.since(MIDNIGHT + timedelta(hours=received_after))

    assert lengths.tolist() == hours
    assert temperatures[1:].tolist() == [3.0, 4.0, 5.0][4 - len(hours) :]
    assert np.isnan(temperatures[0])
    assert len(days) == len(hours)
