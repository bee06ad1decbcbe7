"""Which share of single-line mistakes the tests notice: a seeded sample of mutmut's mutants of the pure rules.

`make bench-mutants` mutates a copy of the checkout in `.mutants/`: `warehouse/` and `api/security.py`, function by
function (an operator, a constant, an argument, a returned value). A mutant is killed when one of the tests that run its
function fails or hangs; that no test runs its function counts as survived. Mutants that survive are listed with their
change, so that a test can be written for each, or a reason.

    python tests/bench/mutants.py --sample 400 --seed 1
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
COPY = CHECKOUT / ".mutants"
MUTMUT = Path(sys.executable).parent / "mutmut"
TESTS = ("tests/unit/warehouse", "tests/integration/api/test_security.py", "tests/integration/api/test_rights.py")
CONFIGURATION = f"""
[tool.mutmut]
source_paths = ["warehouse", "api"]
only_mutate = ["warehouse/*", "api/security.py"]
also_copy = ["forecasting", "flows", "data", "docs", "README.md"]
pytest_add_cli_args = ["-p", "no:xdist", "-p", "no:cacheprovider", "-k", "not postgresql"]
pytest_add_cli_args_test_selection = {json.dumps(TESTS)}
"""
ANY_MUTANT = "warehouse.reasons.*"  # naming one makes mutmut write them all
OUTCOMES: Mapping[int | None, str] = {  # of the tests' exit code, as mutmut names them
    0: "survived",
    1: "killed",
    3: "killed",
    5: "no test",
    33: "no test",
    36: "hung",
    24: "hung",
    -24: "hung",
    152: "hung",
    255: "hung",
    -9: "crashed",
    -11: "crashed",
    None: "not run",
}
KILLED = frozenset({"killed", "hung", "crashed"})


def main() -> int:
    """Draws, runs, reports; 1 where fewer than the wanted share were killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=400, help="how many mutants are drawn")
    parser.add_argument("--seed", type=int, default=1, help="another number draws others")
    parser.add_argument("--wanted", type=float, default=0.85, help="the share that is to be killed")
    asked = parser.parse_args()
    copy_checkout()
    mutmut("run", ANY_MUTANT)
    names = sorted(outcomes())
    drawn = random.Random(asked.seed).sample(names, min(asked.sample, len(names)))  # noqa: S311 - no secret
    mutmut("run", *drawn)
    found = outcomes()
    return report({name: found[name] for name in drawn}, len(names), asked.seed, asked.wanted)


def copy_checkout() -> None:
    """The files that git knows, and the configuration, in a folder of their own; recorded data stays beside it."""
    shutil.rmtree(COPY, ignore_errors=True)
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True)  # noqa: S607
    for name in tracked.stdout.decode().split("\0"):
        if name and (source := CHECKOUT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, COPY / name)
    if (
        recorded := CHECKOUT.parent / "shared"
    ).is_dir():  # mutmut runs in a folder below, beside which tests look for it
        (COPY / "shared").symlink_to(recorded)
    project = COPY / "pyproject.toml"
    project.write_text(project.read_text(encoding="utf-8") + CONFIGURATION, encoding="utf-8")


def mutmut(*arguments: str) -> None:
    """Runs mutmut in the copy. Its progress line is for terminals; here its last words are shown where it fails."""
    done = subprocess.run([MUTMUT, *arguments], cwd=COPY, capture_output=True, text=True)  # noqa: S603 - our own words
    if done.returncode:
        sys.exit(f"mutmut {arguments[0]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def outcomes() -> dict[str, str]:
    """What became of each mutant, by its name."""
    found: dict[str, str] = {}
    for path in (COPY / "mutants").rglob("*.meta"):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        found |= {name: OUTCOMES.get(code, f"exit code {code}") for name, code in codes.items()}
    return found


def report(found: Mapping[str, str], of_all: int, seed: int, wanted: float) -> int:
    """Prints what was killed by file, and every mutant that was not with its change."""
    for name in sorted(name for name, outcome in found.items() if outcome not in KILLED):
        change = subprocess.run([MUTMUT, "show", name], cwd=COPY, capture_output=True, text=True, check=True)  # noqa: S603
        lines = [line for line in change.stdout.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        print(f"{found[name]}: {name}", *(f"    {line}" for line in lines), sep="\n")
    by_file: dict[str, Counter[bool]] = {}
    for name, outcome in found.items():
        by_file.setdefault(name.rpartition(".")[0], Counter())[outcome in KILLED] += 1
    for file, counts in sorted(by_file.items()):
        print(f"{file:45} {counts[True]:4} of {counts.total():4} killed")
    killed = sum(outcome in KILLED for outcome in found.values())
    share = killed / len(found)
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(found.values()).most_common())
    print(f"{killed} of {len(found)} mutants killed ({share:.1%}), drawn from {of_all} with seed {seed}: {kinds}")
    return 0 if share >= wanted else 1


if __name__ == "__main__":
    sys.exit(main())
