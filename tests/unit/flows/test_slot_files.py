"""`freshfront slots replay` and `assign`: a floor, an assignment and picks from files; what is wrong is named by
file, line and column."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.flows.shell import Shell

# two aisles of three slots, 4 m apart and 6 m deep; tours begin at the first
SLOTS = """slot_id,zone_id,aisle,x_m,y_m
a1,fresh,A,0,1
a2,fresh,A,0,3
a3,fresh,A,0,5
b1,dry,B,4,1
b2,dry,B,4,3
b3,dry,B,4,5
"""
ASSIGNMENT = "slot_id,product_id\na3,kale\nb1,rice\na1,leek\na2,\n"
PICKS = "tour_id,product_id\nmon,kale\nmon,rice\ntue,kale\n"


class Floor:
    """Files in a folder, and the commands on them."""

    def __init__(self, folder: Path, shell: Shell) -> None:
        self.folder, self.shell = folder, shell
        self.write(slots=SLOTS, assignment=ASSIGNMENT, picks=PICKS)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")

    def __call__(self, command: str, *options: str, code: int = 0, placed: str = "--assignment") -> dict[str, Any]:
        files = [f"--slots={self.folder}/slots.csv", f"--picks={self.folder}/picks.csv"]
        files.append(f"{placed}={self.folder}/assignment.csv")
        assert self.shell("slots", command, *files, *options, "--json") == code, self.shell.err
        return json.loads(self.shell.out) if code == 0 else {"error": self.shell.err}


@pytest.fixture
def floor(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Floor:
    monkeypatch.setenv("COLUMNS", "500")
    return Floor(tmp_path, Shell(capsys, monkeypatch))


@pytest.mark.parametrize(
    # Monday: 8 m aside, and 5 m in and back, 1 m in and back; or both aisles through. Tuesday: 5 m in and back
    ("routing", "monday"),
    [("s-shape", 8 + 6 + 6), ("largest-gap", 8 + 6 + 6), ("combined", 8 + 10 + 2), ("shortest", 8 + 10 + 2)],
)
def test_picks_are_walked_by_the_rule(floor: Floor, routing: str, monday: int) -> None:
    told = floor("replay", "--routing", routing)

    assert told == {
        "routing": routing,
        "tours": 2,
        "lines": 3,
        "lines_left_out": 0,
        "metres": monday + 10,
        "metres_per_line": (monday + 10) / 3,
    }


def test_the_floor_says_where_tours_begin_and_how_deep_it_is(floor: Floor) -> None:
    floor.write(slots=SLOTS.replace("y_m\n", "y_m,kind\n") + "gate,,,4,0,start\nwall,,,0,9,back\n")

    assert floor("replay", "--routing", "s-shape")["metres"] == (8 + 9 + 9) + (8 + 10)


def test_lines_of_products_without_a_slot_are_left_out_and_counted(floor: Floor) -> None:
    floor.write(picks=PICKS + "tue,salt\nwed,salt\n")

    told = floor("replay", "--routing", "combined")

    assert (told["lines"], told["lines_left_out"], told["tours"]) == (3, 2, 2)


def test_given_distances_are_walked(floor: Floor) -> None:
    floor.write(slots="slot_id\na3\nb1\na1\na2\n")
    ways = [("start", "a3", 7), ("start", "b1", 6), ("a3", "b1", 5), ("b1", "a3", 5)]
    ways += [(one, other, 9) for one, other in (("a1", "a2"), ("a1", "a3"), ("a1", "b1"), ("a2", "a3"), ("a2", "b1"))]
    ways += [("start", "a1", 9), ("start", "a2", 9)]
    floor.write(distances="from_slot_id,to_slot_id,metres\n" + "".join(f"{a},{b},{m}\n" for a, b, m in ways))

    told = floor("replay", "--routing", "shortest", f"--distances={floor.folder}/distances.csv")

    assert told["metres"] == (7 + 5 + 6) + 14


@pytest.mark.parametrize("options", [(), ("--moves", "3"), ("--bound",)])
def test_a_shelf_at_the_start_is_assigned_without_a_walk(floor: Floor, options: tuple[str, ...]) -> None:
    floor.write(slots="slot_id,aisle,x_m,y_m\na1,A,0,0\na2,A,0,0\na3,A,0,0\nb1,A,0,0\n")

    told = floor("assign", "--routing", "combined", *options)

    assert told["metres_per_line_before"] == told["metres_per_line"] == 0.0
    assert told["lines_per_labour_hour_gain"] == 0.0


def test_products_are_assigned_within_their_zones_and_written(floor: Floor) -> None:
    told = floor("assign", "--routing", "combined", f"--out={floor.folder}/made/new.csv", "--bound")

    with (floor.folder / "made" / "new.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert (
        rows
        == told["assignment"]
        == [
            {"slot_id": "a1", "product_id": "kale"},
            {"slot_id": "a2", "product_id": "leek"},
            {"slot_id": "b1", "product_id": "rice"},
        ]
    )
    assert told["metres_per_line_before"] == 10.0
    assert told["metres_per_line"] == ((8 + 2 + 2) + 2) / 3
    assert told["metres_per_line_at_least"] <= told["metres_per_line"]


def test_so_many_carries_are_listed_from_what_lies_where(floor: Floor) -> None:
    told = floor("assign", "--routing", "combined", "--moves", "2", placed="--from")

    carries = [(one["product_id"], one["from_slot_id"], one["to_slot_id"]) for one in told["moves"]]
    assert carries in (
        [("kale", "a3", "a1"), ("leek", "a1", "a3")],
        [("leek", "a1", "a3"), ("kale", "a3", "a1")],
        [("leek", "a1", "a2"), ("kale", "a3", "a1")],
    )
    assert told["metres_per_line"] == ((8 + 2 + 2) + 2) / 3


def test_carries_that_save_on_every_day_are_expected_to_go_on_saving(floor: Floor) -> None:
    told = floor("assign", "--routing", "combined", "--moves", "2", placed="--from")

    assert told["metres_per_line_expected"] == pytest.approx(told["metres_per_line"])


def test_of_carries_that_one_day_asks_for_and_the_other_does_not_less_is_expected(floor: Floor) -> None:
    floor.write(picks="tour_id,product_id\nmon,kale\nmon,rice\ntue,leek\n")

    told = floor("assign", "--routing", "combined", "--moves", "2", placed="--from")

    assert told["metres_per_line"] < told["metres_per_line_before"]
    assert told["metres_per_line_expected"] > told["metres_per_line"]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"slots": SLOTS.replace("B,4,3", "B,five,3")}, "slots.csv, line 6: x_m 'five' is no number"),
        ({"slots": SLOTS.replace("a2,fresh,A", "a2,fresh,")}, "slots.csv, line 3: aisle is missing"),
        ({"slots": SLOTS.replace("b2,", "b1,")}, "slots.csv, line 6: slot 'b1' is given twice"),
        ({"slots": SLOTS.replace("B,4,3", "B,5,3")}, "slots.csv: slot b2 has another x_m than its aisle"),
        ({"slots": "slot_id\na1\na2\na3\nb1\n"}, "slots.csv has no aisle, x_m and y_m. Add them, or give --distances"),
        ({"assignment": ASSIGNMENT + "c9,figs\n"}, "assignment.csv, line 6: slot 'c9' is not in slots.csv"),
        ({"assignment": ASSIGNMENT + "a1,figs\n"}, "assignment.csv, line 6: slot 'a1' holds two products"),
        (
            {"assignment": "slot_id,product_id,number\na1,rice,1\nb1,rice,1\n"},
            "assignment.csv, line 3: product 'rice' has the same number in two slots",
        ),
        ({"assignment": "slot_id,product_id,number\na1,rice,0\n"}, "assignment.csv, line 2: number '0' is not"),
        ({"picks": PICKS + "wed,\n"}, "picks.csv, line 5: product_id is missing"),
        ({"picks": "tour_id\nmon\n"}, "picks.csv lacks the column product_id"),
        ({"picks": "tour_id,product_id\nmon,figs\n"}, "None of the products in picks.csv lies in a slot"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(floor: Floor, files: dict[str, str], problem: str) -> None:
    floor.write(**files)

    assert problem in floor("replay", "--routing", "combined", code=2)["error"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a1,nowhere,3", "line 3: to_slot_id 'nowhere' is neither in slots.csv nor 'start'"),
        ("a1,a2,-3", "line 3: metres '-3' is below 0"),
        ("a2,a1,4", "is another distance than back"),
        ("a1,a3,4", "distances.csv lacks the distance between"),
    ],
)
def test_what_is_wrong_with_distances_is_named(floor: Floor, row: str, problem: str) -> None:
    floor.write(distances=f"from_slot_id,to_slot_id,metres\na1,a2,3\n{row}\n")
    options = ("--routing", "shortest", f"--distances={floor.folder}/distances.csv")

    assert problem in floor("replay", *options, code=2)["error"]


def test_distances_are_walked_by_the_shortest_way_only(floor: Floor) -> None:
    floor.write(distances="from_slot_id,to_slot_id,metres\na1,a2,3\n")

    told = floor("replay", "--routing", "s-shape", f"--distances={floor.folder}/distances.csv", code=2)

    assert "Given distances are walked by --routing shortest only" in told["error"]
