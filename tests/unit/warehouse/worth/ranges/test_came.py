"""Decisions together: money adds up, errors as far as they are one another's."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from warehouse.worth.ranges.came import REACH, Decision, Part, came_to


def part(warehouse: str = "W1", together: str = "leaf 2026-01-05", own: float = 0, siblings: float = 0,
         shared: float = 0) -> Part:  # fmt: skip
    return Part(
        warehouse, date(2026, 1, 5), date(2026, 2, 1), margin=-20.0, waste=-50.0, siblings_margin=8.0,
        siblings_waste=3.0, own_error=own, siblings_error=siblings, shared_error=shared, together=together,
    )  # fmt: skip


def half(*decisions: Decision) -> float:
    came = came_to(decisions)
    return (came.high - came.low) / 2


def test_money_is_margin_gained_and_waste_saved_less_baskets() -> None:
    came = came_to([Decision([part()], baskets=5.0), Decision([part(), part("W2")])])

    assert came.margin == pytest.approx(-12.0 * 3 - 5.0)
    assert came.waste_saved == pytest.approx(47.0 * 3)
    assert came.money == pytest.approx(came.margin + came.waste_saved)
    assert came.low == came.high == came.money


def test_errors_of_products_are_their_own() -> None:
    assert half(Decision([part(own=3.0)]), Decision([part(own=4.0)])) == pytest.approx(5.0 * REACH)
    assert half(Decision([part(own=3.0)], baskets_error=4.0)) == pytest.approx(5.0 * REACH)


def test_errors_of_siblings_are_one_where_they_are_told_together() -> None:
    assert half(Decision([part(siblings=3.0)]), Decision([part(siblings=4.0)])) == pytest.approx(7.0 * REACH)
    apart = Decision([part("W2", siblings=4.0)]), Decision([part(together="leaf 2026-03-05", siblings=4.0)])
    assert [half(Decision([part(siblings=3.0)]), one) for one in apart] == pytest.approx([5.0 * REACH] * 2)


def test_what_moves_everything_is_one_error_as_far_as_weeks_overlap() -> None:
    def reach(days: int) -> float:
        later = replace(part("W2", shared=4.0), first=date(2026, 1, 5) + timedelta(days=days))
        return half(Decision([part(shared=3.0)]), Decision([later])) / REACH

    assert reach(0) == pytest.approx(7.0)
    assert reach(14) == pytest.approx((9 + 16 + 2 * 0.5 * 12) ** 0.5)
    assert reach(28) == reach(200) == pytest.approx(5.0)
