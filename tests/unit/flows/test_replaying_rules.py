"""`freshfront coldchain replay`: readings and rules from files, what was wrong with them named by file and row."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.flows.shell import Shell

HEADER = "sensor_id,time,temperature_c\n"
LIMIT = {"zone_id": "dairy", "valid_from": "2026-01-01", "low_c": 1, "high_c": 5, "high_delay_minutes": 20}
RULES = {"sensors": {"S1": "dairy", "S2": {"zone": "dairy", "interval": 60}}, "limits": [LIMIT]}


def rows(sensor_id: str, temperatures: list[float], offset: str = "Z") -> str:
    return "".join(
        f"{sensor_id},2026-05-04T{number // 6:02}:{number % 6}0:00{offset},{celsius}\n"
        for number, celsius in enumerate(temperatures)
    )


class Replay:
    """The command on files in a folder."""

    def __init__(self, folder: Path, shell: Shell) -> None:
        self.folder, self.shell = folder, shell

    def __call__(self, readings: str, rules: dict[str, Any] | str, *options: str, code: int = 0) -> dict[str, Any]:
        history, said = self.folder / "history.csv", self.folder / "rules.json"
        history.write_text(HEADER + readings)
        said.write_text(rules if isinstance(rules, str) else json.dumps(rules))
        command = ("coldchain", "replay", "--readings", str(history), "--rules", str(said), *options, "--json")
        assert self.shell(*command) == code, self.shell.err
        return json.loads(self.shell.out) if code == 0 else {"error": self.shell.err}


@pytest.fixture
def replay(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Replay:
    monkeypatch.setenv("COLUMNS", "500")
    return Replay(tmp_path, Shell(capsys, monkeypatch))


def test_a_rule_set_is_run_over_history_and_its_alarms_are_told(replay: Replay) -> None:
    told = replay(rows("S1", [4.0, 6.0, 6.0, 6.0, 4.0]) + rows("S2", [4.0]), RULES)
    (alarm,) = told["alarms"]
    assert alarm == {
        "sensor": "S1",
        "zone": "dairy",
        "kind": "too_warm",
        "began_at": "2026-05-04T00:10:00+00:00",
        "raised_at": "2026-05-04T00:30:00+00:00",
        "ended_at": "2026-05-04T00:40:00+00:00",
        "worst": 6.0,
    }
    assert told["missed"] == []
    assert told["cost"]["alarms"] == told["cost"]["alarms_by_limits_alone"] == 1


def test_times_without_an_offset_are_of_the_named_zone_and_limits_may_come_as_a_file(replay: Replay) -> None:
    limits = replay.folder / "limits.csv"
    limits.write_text("zone_id,valid_from,low_c,high_c,high_delay_minutes\nS1,2026-01-01,1,5,0\n")
    options = ("--limits", str(limits), "--timezone", "Asia/Shanghai")
    told = replay(rows("S1", [6.0], offset=""), {"worse_by_c": 2}, *options)
    assert told["alarms"][0]["raised_at"] == "2026-05-03T16:00:00+00:00"
    assert told["alarms"][0]["zone"] == "S1"


def test_rules_of_a_zone_add_to_those_of_all(replay: Replay) -> None:
    warm = [6.0] * 4 + [4.0] * 2 + [6.0] * 4
    assert len(replay(rows("S1", warm), RULES)["alarms"]) == 2
    own = RULES | {"rules": {"worse_by_c": None}, "zones": {"dairy": {"recovered_for": 60}}}
    assert len(replay(rows("S1", warm), own)["alarms"]) == 1


@pytest.mark.parametrize(
    ("readings", "rules", "said"),
    [
        ("S1,2026-05-04T00:00:00Z,warm\n", RULES, "history.csv, line 2: temperature_c 'warm' is no number"),
        (rows("S1", [4.0]) + "S1,noon,4.0\n", RULES, "history.csv, line 3: time 'noon' is no time"),
        (rows("S1", [4.0]), {"rules": {"recovered": 5}}, "rules.json: rules: recovered is unknown"),
        (rows("S1", [4.0]), RULES | {"limits": [LIMIT | {"low_c": 9}]}, "rules.json, limit 1: zone dairy"),
        (rows("S1", [4.0]), RULES | {"limits": [{"zone_id": "dairy"}]}, "limit 1: 'valid_from' is missing"),
        (rows("S1", [4.0]), "{", "rules.json is not JSON"),
        (rows("S1", [4.0]), RULES | {"zone": {}}, "unknown zone; there are rules, zones"),
        (rows("S1", [4.0]), {"rules": []}, "rules.json: rules is no object"),
        (rows("S1", [4.0]), RULES | {"zones": [1]}, "rules.json: zones is no object"),
        (rows("S1", [4.0]), RULES | {"sensors": "S1"}, "rules.json: sensors is no object"),
        (rows("S1", [4.0]), RULES | {"limits": 4}, "rules.json: limits is no list"),
        (rows("S1", [4.0]), RULES | {"sensors": {"S1": 7}}, "sensor S1"),
        (rows("S1", [4.0]), RULES | {"sensors": {"S1": {"interval": "often"}}}, "sensor S1"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_place(
    replay: Replay, readings: str, rules: dict[str, Any] | str, said: str
) -> None:
    assert said in replay(readings, rules, code=2)["error"].replace("\n", " ")


def test_a_file_that_is_not_there_or_lacks_a_column_is_named(replay: Replay, tmp_path: Path) -> None:
    from_nowhere = ("--limits", str(tmp_path / "none.csv"))
    assert "none.csv cannot be read" in replay(rows("S1", [4.0]), RULES, *from_nowhere, code=2)["error"]
    assert (
        "--timezone 'Mars/Olympus'" in replay(rows("S1", [4.0]), RULES, "--timezone", "Mars/Olympus", code=2)["error"]
    )
