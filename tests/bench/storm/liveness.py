"""Asks `/livez` every 100 ms, in a process of its own, and says from the answers how long the service was away after
each kill and how late it answered while it lived.

`python -m tests.bench.storm.liveness PORT FILE` writes a line for each question: when it was asked (seconds of the
monotonic clock, which all processes share) and after how many it was answered, or, below zero, given up."""

import http.client
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

EVERY: Final = 0.1
AT_MOST: Final = 5.0  # seconds that an answer is waited for
A_MOMENT: Final = 0.5  # after a kill in which nobody has refused a connection yet


@dataclass(frozen=True)
class Liveness:
    """What came of the questions. `back_after` are seconds by kill, infinite where it did not come back; the others
    are of the time outside of these."""

    back_after: Sequence[float]
    asked: int
    late: int  # later than a second, or never
    median: float
    worst: float


def judge(questions: Sequence[tuple[float, float]], kills: Iterable[float], until: float) -> Liveness:
    """From questions and the moments of kills; of the time before `until`."""
    away = [_away(questions, kill) for kill in kills]
    alive = [
        (abs(took), took > 0)
        for when, took in questions
        if when < until and not any(when < back and when + abs(took) > kill for kill, back in away)
    ]
    times = sorted(took for took, answered in alive if answered)
    return Liveness(
        back_after=[back - kill for kill, back in away],
        asked=len(alive),
        late=sum(took > 1 or not answered for took, answered in alive),
        median=times[len(times) // 2] if times else float("nan"),
        worst=max((took for took, _ in alive), default=float("nan")),
    )


def _away(questions: Sequence[tuple[float, float]], kill: float) -> tuple[float, float]:
    """From a kill to the first answer after one that did not come."""
    none = next((when for when, took in questions if when + abs(took) >= kill and took < 0), float("inf"))
    if none > kill + AT_MOST + A_MOMENT:
        return kill, kill
    return kill, next((when + took for when, took in questions if when > none and took > 0), float("inf"))


def read(file: Path) -> list[tuple[float, float]]:
    """The questions of a file."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [(float(when), float(took)) for when, took in (line.split() for line in lines if line.count(" ") == 1)]


def ask_for_ever(port: int, file: Path) -> None:
    """Asks until it is ended."""
    with file.open("a", buffering=1) as answers:
        while True:
            asked = time.monotonic()
            answered = False
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=AT_MOST)
            try:
                connection.request("GET", "/livez")
                answered = connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            took = max(time.monotonic() - asked, 1e-6)
            answers.write(f"{asked:.6f} {took if answered else -took:.6f}\n")
            time.sleep(max(0.0, EVERY - (time.monotonic() - asked)))


if __name__ == "__main__":
    ask_for_ever(int(sys.argv[1]), Path(sys.argv[2]))
