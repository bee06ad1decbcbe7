"""`freshfront report accuracy` as a user runs it, from an imported region to the files."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.integration.flows.shell import Shell, shell_on_a_file


@pytest.fixture
def freshfront(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = shell_on_a_file(tmp_path, capsys, monkeypatch)
    assert shell("sample", "--until", "2026-03-01", "--warehouses", "2", "--products", "20", "--days", "60") == 0
    return shell


def test_the_report_is_a_page_and_its_figures_as_data(freshfront: Shell, tmp_path: Path) -> None:
    out = tmp_path / "reports" / "march"
    days = ("--start", "2026-02-24", "--end", "2026-03-01")

    assert freshfront("report", "accuracy", *days, "--horizons", "1,3", "--out", str(out), "--json") == 0

    observed = json.loads(freshfront.out)
    assert sorted(path.name for path in out.iterdir()) == [
        "accuracy.json",
        "forecasts.parquet",
        "report.html",
        "scores.parquet",
    ]
    assert observed["files"][0] == str(out / "report.html")
    assert 0 < observed["wape_low"] <= observed["wape_high"]
    scores = pd.read_parquet(out / "scores.parquet")
    overall = scores[(scores["kind"] == "overall") & (scores["method"] == "freshfront")]
    assert overall["horizon"].tolist() == [1, 3]
    assert overall["wape"].iloc[0] == pytest.approx(observed["wape"], rel=1e-5)
    assert overall["days"].tolist() == [6, 6]


def test_what_cannot_be_reported_is_refused_in_words(freshfront: Shell, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "report"))
    in_february = ("--start", "2026-02-20", "--end", "2026-02-26")
    file = tmp_path / "a file"
    file.touch()
    for options, words in (
        (("--start", "2026-02-26", "--end", "2026-02-20", *out), "lies before"),
        (("--start", "2026-02-26", "--end", "2026-03-09", *out), "known up to 2026-03-01"),
        ((*in_february, "--horizons", "1,x", *out), "write them like 1,7"),
        ((*in_february, "--horizons", "0", *out), "horizons"),
        ((*in_february, "--cities", "Atlantis", *out), "'Atlantis'"),
        ((*in_february, "--out", str(file)), "is a file"),
        (("--start", "yesterday", "--end", "2026-02-26", *out), "yesterday"),
    ):
        assert freshfront("report", "accuracy", *options) == 2, options
        assert words in freshfront.err, options
    assert not (tmp_path / "report").exists()
