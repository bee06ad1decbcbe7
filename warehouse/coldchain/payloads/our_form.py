"""Our own form: an object a reading, or a list of them, with fields that many devices have anyway.

`{"taken_at": "2026-03-01T06:15:00+08:00", "temperature_c": 3.4, "humidity": 85, "battery": 97}`; a time is `taken_at`,
`time` or `timestamp`, without any it is the time of arrival. Fields that mean nothing to us are passed over.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from warehouse.coldchain.payloads.told import NotAReading, Told, moment_in, value_in
from warehouse.coldchain.quantities import Quantity

TIMES: Final = ("taken_at", "time", "timestamp")
VALUES: Final = {
    "temperature_c": Quantity.TEMPERATURE,
    "temperature": Quantity.TEMPERATURE,
    "humidity": Quantity.HUMIDITY,
    "door": Quantity.DOOR,
    "power": Quantity.POWER,
    "defrost": Quantity.DEFROST,
    "battery": Quantity.BATTERY,
}


def told_in_our_form(found: Any, arrived_at: datetime) -> Sequence[Told]:
    """What a payload in our form tells. Raises NotAReading."""
    return [_told(one, arrived_at) for one in (found if isinstance(found, list) else [found])]


def _told(found: Any, arrived_at: datetime) -> Told:
    if not isinstance(found, dict):
        raise NotAReading(f"a reading is an object, not {str(found)[:50]!r}")
    said = {name: value for name in VALUES if (value := found.get(name)) is not None}
    if not said:
        names = ", ".join(VALUES)
        raise NotAReading(f"none of {names} is said; a mapping can tell where they stand: {str(found)[:50]!r}")
    values = {VALUES[name]: value_in(VALUES[name], value, name) for name, value in reversed(said.items())}
    time = next((name for name in TIMES if name in found), None)
    return Told(arrived_at if time is None else moment_in(found[time], time), values)
