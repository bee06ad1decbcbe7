"""`make bench-forecast`: what forecasting costs and how good it is, each figure beside yardsticks run in the same run.

python tests/bench/forecast.py [--freshretailnet FILE.parquet] [--only synthetic|freshretailnet|growth] [--quick]

Parts: `synthetic` (10 warehouses x 300 products x 400 days, a week ahead, beside mlforecast), `freshretailnet` (the
whole file trained to 28 May, 14 days one day ahead, beside seven pooled LightGBM quantile models) and `growth` (the
same file: 1, 10, 100 and all warehouses). Every run is a process of its own on one thread; CPU seconds and peak memory
are the operating system's accounting of it. Results are kept in var/bench, one JSON a part, and the marked section of
docs/measured.md is written from them; a quick run, sized for a test, writes neither.
This process stays small: a child's peak memory cannot read below that of the process that started it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tables import render

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
KEPT = ROOT / "var" / "bench"
PAGE = ROOT / "docs" / "measured.md"
YARDSTICKS = ROOT / ".bench-venv" / "bin" / "python"
BEGIN, END = "<!-- bench-forecast: written by make bench-forecast -->", "<!-- /bench-forecast -->"
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "ARROW")}
SIZES = {"full": (10, 300, 400), "quick": (3, 40, 110)}  # warehouses, products, days
GROWTH = (1, 10, 100, None)
Result = dict[str, Any]


def measured(script: str, *arguments: object, python: Path = Path(sys.executable)) -> Result:
    """Runs a script of this folder: its CPU seconds, wall seconds and peak memory.

    Raises SystemExit with its last words where it fails."""
    command = [str(python), str(HERE / script), *map(str, arguments)]
    print("  " + " ".join([script, *(str(a) for a in arguments if not isinstance(a, Path))]), flush=True)
    with tempfile.TemporaryFile("w+") as said:
        began = time.perf_counter()
        environment = os.environ | ONE_THREAD | {"PYTHONWARNINGS": "ignore"}
        child = subprocess.Popen(command, env=environment, stdout=said, stderr=said)  # noqa: S603 - our own scripts
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            raise SystemExit(f"{script} failed with status {child.returncode}:\n{said.read()[-3000:]}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "peak_mb": usage.ru_maxrss / 1024}


def in_turn(repeat: int, runs: dict[str, tuple[Any, ...]], folder: Path) -> dict[str, Result]:
    """Each run so many times, all of them in turn; by name the one with the median CPU seconds, with its phases.

    A run is a script, its arguments and the Python that runs it; it writes into the folder of its name."""
    found: dict[str, list[Result]] = {name: [] for name in runs}
    for _ in range(repeat):
        for name, (script, *arguments, python) in runs.items():
            own = folder / name
            own.mkdir(exist_ok=True)
            result = measured(script, arguments[0], own, *arguments[1:], python=python)
            phases = json.loads((own / "phases.json").read_text(encoding="utf-8"))
            found[name].append(result | {"phases": phases})
    for results in found.values():
        results.sort(key=lambda result: result["cpu"])
    return {
        name: results[len(results) // 2] | {"cpu_runs": [result["cpu"] for result in results]}
        for name, results in found.items()
    }


def synthetic(folder: Path, repeat: int, size: tuple[int, int, int], alone: bool) -> Result:
    """Freshfront, mlforecast and the classics on the synthetic region."""
    file = folder / "synthetic.parquet"
    measured("synthetic.py", file, *size)
    own = Path(sys.executable)
    runs: dict[str, tuple[Any, ...]] = {"ours": ("ours.py", file, "synthetic", own)}
    if alone:
        print("  without yardsticks, as asked")
    elif YARDSTICKS.exists():
        runs["mlforecast"] = ("yardstick_mlforecast.py", file, "--rounds", 300, YARDSTICKS)
        runs["mlforecast_100"] = ("yardstick_mlforecast.py", file, "--rounds", 100, YARDSTICKS)
        runs["statsforecast"] = ("yardstick_statsforecast.py", file, YARDSTICKS)
    else:
        print("  without yardsticks: their environment is missing (make .bench-venv/.installed)")
    results = in_turn(repeat, runs, folder)
    measured("score.py", "synthetic", file, folder)
    return {"size": size, "runs": results, "scores": json.loads((folder / "scores.json").read_text(encoding="utf-8"))}


def freshretailnet(folder: Path, repeat: int, file: Path) -> Result:
    """Freshfront and the pooled quantile models on the whole file."""
    own = Path(sys.executable)
    runs = {
        "ours": ("ours.py", file, "freshretailnet", own),
        "pooled": ("yardstick_pooled.py", file, own),
    }
    results = in_turn(repeat, runs, folder)
    measured("score.py", "freshretailnet", file, folder)
    return {"runs": results, "scores": json.loads((folder / "scores.json").read_text(encoding="utf-8"))}


def growth(folder: Path, repeat: int, file: Path) -> Result:
    """A night's training and the next day's forecast of more and more warehouses."""
    results = []
    for count in GROWTH:
        some = () if count is None else ("--warehouses", count)
        run = ("ours.py", file, "growth", *some, Path(sys.executable))
        results.append(in_turn(repeat, {"ours": run}, folder)["ours"])
    return {"runs": results}


def about_this_run() -> Result:
    """When, on what commit and on what machine."""
    git = shutil.which("git")
    command = [str(git), "describe", "--always", "--dirty", "--exclude=*"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout if git else ""  # noqa: S603
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "day": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        "commit": said.strip() or "unknown",
        "machine": f"{os.cpu_count()} cores, {memory:.0f} GB, Python {sys.version.split()[0]}",
        "load": round(os.getloadavg()[0], 1),
    }


def write_page() -> None:
    """The marked section of the page, from all parts that were kept."""
    parts = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in KEPT.glob("*.json")}
    text = PAGE.read_text(encoding="utf-8")
    if BEGIN not in text:
        text = f"{text.rstrip()}\n\n{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{render(parts)}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Run the parts asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument(
        "--freshretailnet", type=Path, metavar="FILE", help="its Parquet file; without it, no such parts"
    )
    asked.add_argument("--only", choices=("synthetic", "freshretailnet", "growth"))
    asked.add_argument("--repeat", type=int, default=1, help="runs of each, in turn; the median counts")
    asked.add_argument("--quick", action="store_true", help="a small synthetic region; nothing is kept")
    asked.add_argument("--alone", action="store_true", help="the synthetic part without its yardsticks")
    args = asked.parse_args()
    parts = [args.only] if args.only else ["synthetic"] if args.quick else ["synthetic", "freshretailnet", "growth"]
    for part in parts:
        file = args.freshretailnet
        if part != "synthetic" and file is None:
            print(f"{part}: left out. Name FreshRetailNet's file: make bench-forecast FRESHRETAILNET=train.parquet")
            continue
        if part != "synthetic" and not file.is_file():
            raise SystemExit(f"File {file} was not found.")
        print(part, flush=True)
        about = about_this_run()
        with tempfile.TemporaryDirectory(prefix="bench-") as made:
            folder = Path(made)
            if part == "synthetic":
                result = synthetic(folder, args.repeat, SIZES["quick" if args.quick else "full"], args.alone)
            elif part == "freshretailnet":
                result = freshretailnet(folder, args.repeat, file)
            else:
                result = growth(folder, args.repeat, file)
        result |= {"about": about}
        print(render({part: result}), flush=True)
        if not args.quick:
            KEPT.mkdir(parents=True, exist_ok=True)
            (KEPT / f"{part}.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
            write_page()


if __name__ == "__main__":
    main()
