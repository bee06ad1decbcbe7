"""The benchmark itself, at a size that takes seconds and without the yardsticks' environment."""

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).with_name("forecast.py")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(BENCHMARK), *arguments], capture_output=True, text=True, check=False)  # noqa: S603


def test_a_quick_benchmark_tells_what_a_forecast_costs_and_how_good_it_is() -> None:
    result = run("--quick", "--alone")

    assert result.returncode == 0, result.stderr
    ours = next(line for line in result.stdout.splitlines() if line.startswith("| Freshfront"))
    floor = next(line for line in result.stdout.splitlines() if line.startswith("| the mean that sales"))
    _, _, counted, process, _, _, wape, _, pinball, crossing, _ = (cell.strip() for cell in ours.split("|"))
    assert 0 < float(counted) < float(process)
    assert float(floor.split("|")[6]) < float(wape) < 1.5 * float(floor.split("|")[6])
    assert 0 < float(pinball) < float(wape)
    assert crossing == "0%"


def test_without_the_file_its_part_says_how_to_name_it() -> None:
    result = run("--only", "freshretailnet")

    assert result.returncode == 0
    assert "FRESHRETAILNET=train.parquet" in result.stdout


def test_a_file_that_does_not_exist_is_named() -> None:
    result = run("--only", "growth", "--freshretailnet", "nowhere.parquet")

    assert result.returncode != 0
    assert "File nowhere.parquet was not found" in result.stderr
