"""A day without a row is a day without a sale where the shop was open and the product sold a short while ago."""

import numpy as np

from forecasting.demand.silent_days import silent_days

NEVER = np.iinfo(np.int16).max


def told(*rows: str, late: dict[tuple[int, int], int] | None = None, shop: list[int] | None = None):
    """Silent cells with the day that tells of each; a row is a series: s(old), 0 (a row without a sale), . (no row)."""
    cells = np.array([list(row) for row in rows])
    known = np.where(cells == ".", NEVER, np.arange(cells.shape[1])).astype(np.int16)
    for at, day in (late or {}).items():
        known[at] = day
    series, days, by = silent_days((cells == "s").astype("f4"), known, np.array(shop or [0] * len(rows)))
    return {(int(s), int(d)): int(k) for s, d, k in zip(series, days, by, strict=True)}


def test_a_gap_counts_and_days_before_the_first_sale_do_not() -> None:
    assert told("sssss", "..s.s") == {(1, 3): 3}


def test_a_fortnight_after_the_last_sale_counts_and_no_more() -> None:
    assert told("s" * 40, "s" + "." * 39).keys() == {(1, day) for day in range(1, 15)}
    assert told("s" * 40, "s0000" + "." * 35).keys() == {(1, day) for day in range(5, 15)}


def test_days_on_which_its_warehouse_sold_nothing_say_nothing() -> None:
    assert told("s0.s", "s..s") == {}
    assert told("ssss", "s..s", shop=[0, 1]) == {}


def test_a_day_is_silent_when_the_day_and_the_last_sale_are_known() -> None:
    assert told("ssss", "s..s", late={(0, 1): 5}) == {(1, 1): 5, (1, 2): 2}
    assert told("ssss", "s..s", late={(1, 0): 3}) == {(1, 1): 3, (1, 2): 3}
