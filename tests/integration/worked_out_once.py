"""What a pure function has worked out for one test is there for the next one that gives it the same: on the second
kind of database nearly all is as it was on the first, down to the last bit, and only reading and writing are not.
Results are frozen, so tests may share them."""

import sys
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from pickle import dumps
from typing import Any

import pytest

# slow ones, by the names by which they are called
PURE = (
    "flows.couriers.looking_ahead:share_ahead",
    "flows.couriers.planning:plan_staffing",
    "flows.couriers.planning:promise_held",
    "flows.couriers.supposing:kept",
    "flows.demand.models.training:train_region",
)

Results = dict[tuple[str, bytes], Any]


def work_out_once(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the end of the test, what these functions of modules imported so far return comes from `results` where it
    is there."""
    for name in PURE:
        module, _, function = name.partition(":")
        if module in sys.modules:
            real = getattr(sys.modules[module], function)
            monkeypatch.setattr(sys.modules[module], function, _once(name, real, results))


def _once(name: str, work: Callable[..., Any], results: Results) -> Callable[..., Any]:
    @wraps(work)
    def once(*given: Any, **named: Any) -> Any:
        key = name, sha256(dumps((given, named))).digest()
        if key not in results:
            results[key] = work(*given, **named)
        return results[key]

    return once
