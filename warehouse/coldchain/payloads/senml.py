"""SenML (RFC 8428) in JSON: a list of records, of which base fields hold for those that follow.

The quantity is the last part of a record's name, or follows from its unit; the device is the rest of the name. Times
below 2^28 are relative to the arrival. Records of quantities that are not kept are passed over.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final

from warehouse.coldchain.payloads.told import NotAReading, Told, moment_in, value_in
from warehouse.coldchain.quantities import YES_OR_NO, Quantity

VERSION: Final = 10
RELATIVE_BELOW: Final = 2**28  # seconds
VALUES: Final = ("v", "vb", "vs", "vd")
SEPARATORS: Final = "/:._-"
BY_NAME: Final = {
    **dict.fromkeys(("temperature", "temp"), Quantity.TEMPERATURE),
    **dict.fromkeys(("humidity", "hum", "rh"), Quantity.HUMIDITY),
    **dict.fromkeys(("battery", "batt", "bat"), Quantity.BATTERY),
    "door": Quantity.DOOR,
    **dict.fromkeys(("power", "mains"), Quantity.POWER),
    "defrost": Quantity.DEFROST,
}
BY_UNIT: Final = {
    **dict.fromkeys(("Cel", "K", "F", "degF"), Quantity.TEMPERATURE),
    "%RH": Quantity.HUMIDITY,
    "%EL": Quantity.BATTERY,
}
_LAST_PART: Final = re.compile(r"[^/:._-]*$")


@dataclass(frozen=True)
class _Base:
    """What holds for the records that follow."""

    name: str = ""
    time: float = 0.0
    unit: str | None = None
    value: float = 0.0


def is_senml(found: Any) -> bool:
    """Whether a payload is a list of SenML records."""
    return isinstance(found, list) and any(
        isinstance(record, dict) and ("bn" in record or ("n" in record and any(name in record for name in VALUES)))
        for record in found
    )


def told_in_senml(found: Sequence[Any], arrived_at: datetime) -> Sequence[Told]:
    """What SenML records tell, those of one device and moment together. Raises NotAReading."""
    base = _Base()
    told: dict[tuple[str | None, datetime], dict[Quantity, float]] = {}
    for number, record in enumerate(found):
        if not isinstance(record, dict):
            raise NotAReading(f"record {number} is an object in SenML, not {str(record)[:50]!r}")
        base = _with_base(base, record, number)
        if not any(name in record for name in VALUES):
            continue
        name, unit = base.name + _text(record, "n", "", number), _text(record, "u", base.unit, number)
        quantity, device = _meant(name, unit, base.name)
        if quantity is None:
            continue
        moment = _moment(base.time + _number(record, "t", number), arrived_at, number)
        told.setdefault((device, moment), {})[quantity] = _value(record, quantity, unit, base, number)
    if not told:
        raise NotAReading(f"no record of the SenML tells any of {', '.join(Quantity)}")
    return [Told(moment, values, device) for (device, moment), values in told.items()]


def _with_base(base: _Base, record: dict[str, Any], number: int) -> _Base:
    version = record.get("bver", VERSION)
    if not isinstance(version, int) or isinstance(version, bool) or version > VERSION:
        raise NotAReading(f"bver of record {number} is {str(version)[:20]!r}, SenML is known up to version {VERSION}")
    if unknown := sorted(name for name in record if name.endswith("_")):
        raise NotAReading(f"record {number} has {unknown[0][:50]!r}, which has to be understood and is not")
    return _Base(
        _text(record, "bn", base.name, number) or "",
        _number(record, "bt", number, base.time),
        _text(record, "bu", base.unit, number),
        _number(record, "bv", number, base.value),
    )


def _meant(name: str, unit: str | None, base_name: str) -> tuple[Quantity | None, str | None]:
    """Which quantity a record is of, and whose: None, where no device is named."""
    last = _LAST_PART.search(name)
    quantity = BY_NAME.get(last[0].lower()) if last else None
    if quantity is not None and last is not None:
        return quantity, name[: last.start()].rstrip(SEPARATORS) or None
    device = base_name if base_name and base_name != name else name
    return BY_UNIT.get(unit or ""), device.rstrip(SEPARATORS) or None


def _moment(seconds: float, arrived_at: datetime, number: int) -> datetime:
    if seconds < RELATIVE_BELOW:
        try:
            return arrived_at + timedelta(seconds=seconds)
        except OverflowError:
            raise NotAReading(f"t of record {number} is no time: {seconds:g}") from None
    return moment_in(seconds, f"t of record {number}")


def _value(record: dict[str, Any], quantity: Quantity, unit: str | None, base: _Base, number: int) -> float:
    field = next(name for name in VALUES if name in record)
    where, found = f"{field} of record {number} ({quantity})", record[field]
    if quantity in YES_OR_NO:
        return value_in(quantity, found, where)
    if field != "v" or isinstance(found, bool) or not isinstance(found, int | float):
        raise NotAReading(f"{where} is not a number: {str(found)[:50]!r}")
    return value_in(quantity, found + base.value, where, unit)


def _number(record: dict[str, Any], name: str, number: int, default: float = 0.0) -> float:
    found = record.get(name, default)
    if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found):
        raise NotAReading(f"{name} of record {number} is not a number: {str(found)[:50]!r}")
    return float(found)


def _text(record: dict[str, Any], name: str, default: Any, number: int) -> Any:
    found = record.get(name, default)
    if found is not None and not isinstance(found, str):
        raise NotAReading(f"{name} of record {number} is not a text: {str(found)[:50]!r}")
    return found
