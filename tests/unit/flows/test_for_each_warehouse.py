"""Work for many warehouses in groups: nothing is lost, whoever fails is named, and groups run at the same time."""

from collections.abc import Sequence
from threading import Barrier

import pytest

from flows import for_each_warehouse
from flows.errors import Invalid, NotNow, Refusal
from flows.for_each_warehouse import groups_of, leaving_out, one_at_a_time, side_by_side, watched_by

SEVEN = [f"W{n}" for n in range(7)]


def test_groups_are_as_large_as_allowed_and_leave_no_worker_idle() -> None:
    assert [len(group) for group in groups_of(SEVEN, together=3, workers=1)] == [3, 3, 1]
    assert [len(group) for group in groups_of(SEVEN, together=32, workers=2)] == [4, 3]
    assert [len(group) for group in groups_of(SEVEN, together=32, workers=20)] == [1] * 7
    assert groups_of([], together=3, workers=2) == []


def test_one_that_fails_is_named_and_its_group_is_done_without_it() -> None:
    alone: list[str] = []

    def work(names: Sequence[str]) -> dict[str, int]:
        if "W5" in names:
            raise Invalid("W5 is broken.")
        if len(names) == 1:
            alone.extend(names)
        return {name: int(name[1:]) for name in names}

    summary = side_by_side("try", work, SEVEN, together=3)

    assert summary.done == {name: int(name[1:]) for name in SEVEN if name != "W5"}
    assert list(summary.done) == [name for name in SEVEN if name != "W5"]
    assert summary.failed == {"W5": "W5 is broken."}
    assert "W0" not in alone, "a group without a failing one is done once"


def test_whoever_must_be_refused_is_left_out_so_that_the_group_is_done_at_once() -> None:
    groups: list[list[str]] = []

    def work(names: Sequence[str]) -> dict[str, int]:
        groups.append(list(names))
        return {name: int(name[1:]) for name in names}

    def refused(names: Sequence[str]) -> dict[str, Refusal]:
        return {name: NotNow(f"{name} has no model.") for name in names if name in ("W1", "W6")}

    summary = side_by_side("try", leaving_out(refused, work), SEVEN, together=3)

    assert sorted(groups) == [["W0", "W2"], ["W3", "W4", "W5"]], "and nobody is called for none"
    assert summary.failed == {"W1": "W1 has no model.", "W6": "W6 has no model."}
    assert summary.refused == {"W1", "W6"}
    assert "refused: W1: W1 has no model." in str(summary)
    assert summary.notes == []


def test_a_refusal_is_told_from_a_failure() -> None:
    def work(names: Sequence[str]) -> dict[str, int]:
        raise NotNow("has no model.") if names[0] == "W1" else RuntimeError("the disk is full")

    assert side_by_side("try", work, ["W1"]).only_refused
    both = side_by_side("try", work, ["W1", "W2"])
    assert (both.refused, both.only_refused) == ({"W1"}, False)
    assert not side_by_side("try", lambda names: {names[0]: 1}, ["W1"]).only_refused


def test_a_group_that_fails_where_none_of_its_warehouses_does_is_told() -> None:
    def work(names: Sequence[str]) -> dict[str, str]:
        if len(names) > 1:
            raise Invalid("too many at once.")
        return dict.fromkeys(names, "done")

    summary = side_by_side("try", work, SEVEN[:3], together=3)

    assert list(summary.done) == SEVEN[:3]
    assert any("one by one: too many at once." in note for note in summary.notes)


def test_groups_run_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(for_each_warehouse, "cores", lambda: 3)
    all_three = Barrier(3, timeout=10)

    def work(name: str) -> int:
        return all_three.wait()

    assert not side_by_side("try", one_at_a_time(work), ["W1", "W2", "W3"]).failed


def test_progress_counts_warehouses_up_to_all_of_them() -> None:
    told: list[tuple[str, int, int]] = []
    token = watched_by.set(lambda *told_of: told.append(told_of))
    side_by_side("try", one_at_a_time(str.lower), SEVEN, together=3)
    watched_by.reset(token)

    assert told[0] == ("try", 7, 0)
    assert told[-1] == ("try", 7, 7)
    assert [done for *_, done in told] == sorted(done for *_, done in told)
