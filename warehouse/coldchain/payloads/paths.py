"""Where in a payload something stands: a path names members and places in lists, `uplink_message.decoded_payload.t`,
`object.values[0]` or `["a.b"]`."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

_STEP: Final = re.compile(r"\.?([^.\[\]\"]+)|\[(\d+)\]|\[\"([^\"]+)\"\]")


@lru_cache(1_000)
def steps_of(path: str) -> Sequence[str | int]:
    """The members and places in lists that a path goes through. Raises ValueError."""
    rest, steps = path.removeprefix("$"), list[str | int]()
    at = 0
    while at < len(rest) and (step := _STEP.match(rest, at)):
        steps.append(step[1] or step[3] if step[2] is None else int(step[2]))
        at = step.end()
    if not steps or at < len(rest):
        raise ValueError(f"{path!r} is no path; write it like object.temperature or values[0]")
    return steps


def found_at(path: str, payload: Any) -> Any:
    """What stands at a path; None: nothing."""
    for step in steps_of(path):
        if isinstance(step, str):
            payload = payload.get(step) if isinstance(payload, dict) else None
        else:
            payload = payload[step] if isinstance(payload, list) and step < len(payload) else None
    return payload
