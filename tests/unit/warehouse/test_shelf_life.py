"""Life used by temperature: Q10 in its band, chilling, gaps, and what it means for a lot's last day."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from warehouse.stock.lot_ageing import age_lot
from warehouse.stock.lots import StockLot, expiring_first, last_day_left
from warehouse.stock.shelf_life import (
    BUILT_IN,
    Goods,
    ShelfLifeClass,
    class_of,
    classes_in_force,
    life_lost_by_day,
    life_used,
)
from warehouse.stock.temperature_record import degree_minutes_above, mean_kinetic_temperature, mean_temperature

SALAD = ShelfLifeClass("salad", 3.0, 3.0, 0.0, 20.0, None, "a check value")
CUCUMBER = ShelfLifeClass("cucumber", 2.0, 12.0, 10.0, 20.0, 10.0, "made up")
NOT_SEEN = np.nan


def record(*stretches: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Temperatures and hours of (hours, temperature)."""
    hours, temperatures = zip(*stretches, strict=True)
    return np.array(temperatures, float), np.array(hours, float)


def test_an_hour_at_twelve_degrees_in_a_day_at_three() -> None:
    temperatures, hours = record((23, 3.0), (1, 12.0))

    used = life_used(temperatures, hours, SALAD)

    assert used.elapsed == 24
    assert used.used == pytest.approx(25.7, abs=0.05)
    assert mean_temperature(temperatures, hours) == pytest.approx(3.38, abs=0.005)
    assert mean_kinetic_temperature(temperatures, hours) == pytest.approx(3.65, abs=0.005)
    assert degree_minutes_above(temperatures, hours * 60, 4.0) == pytest.approx(480)


def test_ten_degrees_more_use_life_as_often_faster_as_q10_says() -> None:
    assert life_used(*record((5, 13.0)), SALAD).used == pytest.approx(15)


def test_colder_than_the_reference_uses_less_but_nothing_below_the_band_is_extrapolated() -> None:
    at_zero = life_used(*record((10, 0.0)), SALAD).used

    assert at_zero == pytest.approx(10 / 3**0.3)
    assert life_used(*record((10, -4.0)), SALAD).used == at_zero


def test_warmer_than_the_band_counts_as_its_upper_end_and_is_said() -> None:
    used = life_used(*record((2, 30.0), (3, 20.0)), SALAD)

    assert used.used == pytest.approx(5 * 3**1.7)
    assert used.beyond == 2


def test_goods_sensitive_to_chilling_gain_nothing_below_their_band_and_the_hours_are_told() -> None:
    used = life_used(*record((6, 4.0), (4, 11.0)), CUCUMBER)

    assert used.chilled == 6
    assert used.used == pytest.approx(6 + 4 * 2**-0.1)


def test_what_was_not_seen_counts_at_the_reference_and_is_said() -> None:
    temperatures, hours = record((8, NOT_SEEN), (16, 13.0))

    used = life_used(temperatures, hours, SALAD)

    assert used.unseen == 8
    assert used.used == pytest.approx(8 + 48)
    assert mean_temperature(temperatures, hours) == 13
    assert degree_minutes_above(temperatures, hours * 60, 4.0) == pytest.approx(9 * 16 * 60)


def test_a_record_of_which_nothing_was_seen_has_no_mean() -> None:
    assert mean_temperature(*record((24, NOT_SEEN))) is None
    assert mean_kinetic_temperature(*record((24, NOT_SEEN))) is None


def test_a_cool_day_buys_nothing_back_of_a_warm_one_while_cool_hours_of_the_day_do() -> None:
    temperatures, hours = record((24, 0.0), (12, 0.0), (12, 6.0), (24, 13.0))
    days = np.array([1, 2, 2, 4])

    lost = life_lost_by_day(temperatures, hours, days, SALAD)

    assert lost == {2: pytest.approx(12 * (3**-0.3 + 3**0.3 - 2)), 4: pytest.approx(48)}


def test_a_lot_that_was_not_there_yet_loses_nothing() -> None:
    nothing = np.array([])

    aged = age_lot(nothing, nothing, np.array([], np.int64), SALAD)

    assert (aged.days_lost, aged.worst_day, aged.chilled) == (0, None, False)


def test_the_day_of_the_excursion_is_the_one_that_cost_most() -> None:
    monday = date(2026, 11, 23).toordinal()

    aged = age_lot(*record((24, 3.5), (24, 13.0)), np.array([monday, monday + 1]), SALAD)

    assert aged.worst_day == date(2026, 11, 24)
    assert aged.days_lost == pytest.approx(2 + 3**0.05 - 1)


@pytest.mark.parametrize(("lost", "last"), [(0.0, 9), (0.49, 9), (0.5, 8), (1.4, 8), (1.5, 7)])
def test_the_last_day_comes_earlier_by_the_life_lost_to_the_nearest_day(lost: float, last: int) -> None:
    lot = StockLot("L1", "P1", Decimal(12), date(2026, 12, 9), lost)

    assert last_day_left(lot.expires_on, lost) == lot.last_day == date(2026, 12, last)
    assert lot.usable_on(date(2026, 12, last))
    assert not lot.usable_on(date(2026, 12, last + 1))


def test_what_keeps_has_no_last_day_however_warm_it_was() -> None:
    assert StockLot("L1", "P1", Decimal(1), None, 3.0).last_day is None


def test_what_has_least_life_left_is_taken_first() -> None:
    fresh = StockLot("A", "P1", Decimal(1), date(2026, 12, 4))
    warm = StockLot("B", "P1", Decimal(1), date(2026, 12, 5), 1.4)
    older = StockLot("C", "P1", Decimal(1), date(2026, 12, 3))
    keeps = StockLot("D", "P1", Decimal(1), None, 2.0)

    assert [lot.lot_id for lot in expiring_first([keeps, fresh, warm, older])] == ["C", "B", "A", "D"]


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ((0.9, 3.0, 0.0), "q10"),
        ((30.0, 3.0, 0.0), "q10"),
        ((3.0, 25.0, 0.0), "reference_c"),
        ((3.0, 3.0, 5.0), "reference_c"),
    ],
)
def test_figures_that_no_goods_have_are_refused_by_name(figures: tuple[float, float, float], told: str) -> None:
    with pytest.raises(ValueError, match=f"shelf-life class odd: {told}"):
        ShelfLifeClass("odd", *figures, 20.0, None, "nowhere")


def test_chilling_above_the_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="shelf-life class odd: chilling_below_c"):
        ShelfLifeClass("odd", 3.0, 3.0, 0.0, 20.0, 4.0, "nowhere")


def test_a_product_ages_by_the_narrowest_class_that_means_it_and_the_shops_own_first() -> None:
    def of(class_id: str, *goods: str | None) -> ShelfLifeClass:
        return ShelfLifeClass(class_id, 3.0, 3.0, 0.0, 20.0, None, "made up", Goods(*goods))

    own = [of("salads", "leaf"), of("herbs", None, None, "herbs"), of("greens", "leaf", "greens"), of("chilled", "x")]
    classes = classes_in_force(own)

    def class_id(*product: str) -> str | None:
        found = class_of(Goods(*product), classes)
        return None if found is None else found.class_id

    assert class_id("leaf", "other", "other") == "salads"
    assert class_id("leaf", "greens", "other") == "greens"
    assert class_id("leaf", "greens", "herbs") == "herbs"
    assert class_id("tropical", "fruit", "mango") == "tropical"
    assert class_id("chilled", "dairy", "milk") is None, "its class was replaced by one of other goods"
    assert class_id("ambient", "dry goods", "rice") is None


def test_every_class_that_comes_with_the_product_says_where_its_figures_are_from() -> None:
    assert all("Handbook 66" in one.source for one in BUILT_IN)
    assert len({one.class_id for one in BUILT_IN}) == len(BUILT_IN)
