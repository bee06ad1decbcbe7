"""Work goes on all cores once, not once more within each of them."""

from threading import current_thread
from time import sleep

import pytest

from flows.for_each_warehouse import one_at_a_time, side_by_side
from forecasting import all_cores
from forecasting.all_cores import at_once, on_all_cores, one_of_many


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_cores, "cores", lambda: 4)
    monkeypatch.setattr("flows.for_each_warehouse.cores", lambda: 4)


def own_name(_piece: object) -> str:
    sleep(0.005)  # long enough that no thread takes the next piece before the others have theirs
    return current_thread().name


def threads_of(_piece: object) -> set[str]:
    """The threads that eight pieces of work ran on."""
    return set(on_all_cores(own_name, range(8)))


def test_pieces_within_a_piece_are_done_in_line() -> None:
    inner = on_all_cores(lambda piece: (current_thread().name, threads_of(piece)), range(8))

    assert all(threads == {own} for own, threads in inner)
    assert len(threads_of(None)) > 1, "afterwards all cores are free again"


def test_beside_another_kind_of_work_the_first_goes_on_all_cores_and_the_second_in_line() -> None:
    first, second = at_once(lambda: threads_of(None), lambda: (current_thread().name, threads_of(None)))

    assert len(first) > 1
    assert second[1] == {second[0]}


def test_one_of_several_groups_of_warehouses_works_in_line_and_a_single_one_on_all_cores() -> None:
    several = side_by_side("step", one_at_a_time(threads_of), ["W1", "W2", "W3"]).done
    single = side_by_side("step", one_at_a_time(threads_of), ["region"]).done

    assert [len(threads) for threads in several.values()] == [1, 1, 1]
    assert len(single["region"]) > 1


def test_who_is_no_longer_one_of_many_has_all_cores_again() -> None:
    with one_of_many():
        assert len(threads_of(None)) == 1
    assert len(threads_of(None)) > 1


def test_results_come_in_the_order_of_the_pieces_and_the_first_failure_is_told() -> None:
    assert on_all_cores(lambda piece: piece * piece, range(20)) == [n * n for n in range(20)]

    def fails(piece: int) -> None:
        raise ValueError(f"piece {piece}")

    with pytest.raises(ValueError, match="piece 0"):
        on_all_cores(fails, range(5))
