"""What a thermometer says that no room can be: its codes for a broken probe, another unit, a jump that air cannot make.

Such a reading is the sensor's fault, never a warm room. A code or another unit (Fahrenheit, tenths of a degree) is
seen at once. A jump alone is doubted until the next reading: where that one agrees with it, the sensor was carried or
the room really changed, and it is believed; where it does not, the probe is broken.

A room that is warm after a fire or a power cut may look like another unit (30 C like 3.0 in tenths). So another unit is
doubted for some hours at most, and beyond the ceiling or floor no longer than a jump.

Codes: a DS18B20 says 85 C after a reset and -127 C without a probe; 327.67 is the largest number of a 16-bit probe.
"""

from datetime import timedelta
from enum import StrEnum

from warehouse.coldchain.alarms import Excursion, SensorState
from warehouse.coldchain.readings import COLDEST_C, WARMEST_C, Reading
from warehouse.coldchain.rules import Rules

RESET_CODE_C = 85.0
# Air in a room changes by less from one reading to the next: so much at once, and so much more a minute.
JUMP_C, JUMP_C_A_MINUTE = 15.0, 1.0
AGREES_WITHIN_C = 10.0
OTHER_UNIT_AWAY_C = 8.0  # nearer than this another unit cannot be told from a change of the room
OTHER_UNIT_WITHIN_C, OTHER_UNIT_STILL_WITHIN_C = 1.0, 2.5  # at first, and where it was doubted already
LONGEST_COMPARED = timedelta(minutes=30)  # after a longer pause any temperature is possible
LONGEST_OTHER_UNIT = timedelta(hours=6)  # by then somebody was told of the fault and has had time to look


class Doubt(StrEnum):
    """Why a reading is not believed."""

    CODE = "code"
    OTHER_UNIT = "other_unit"
    JUMP = "jump"


def doubt_about(reading: Reading, state: SensorState, faulty: Excursion | None, rules: Rules) -> Doubt | None:
    """Why a reading is not believed of a sensor whose last believed temperature stands in `state`; None: it is.
    `faulty` is its fault so far, the last doubted value in `told_c`."""
    celsius = reading.temperature_c
    if is_code(celsius):
        return Doubt.CODE
    if state.last_c is None or state.last_taken_at is None:
        return None
    since = state.last_taken_at if faulty is None else faulty.began_at
    minutes = min(reading.taken_at - since, LONGEST_COMPARED).total_seconds() / 60
    may_be_other_unit = not rules.is_beyond(celsius) and (
        faulty is None or reading.taken_at - faulty.began_at <= LONGEST_OTHER_UNIT
    )
    doubted = None if faulty is None or faulty.told_c is None or is_code(faulty.told_c) else faulty.told_c
    in_another_unit = faulty is not None and faulty.raised_at is not None and doubted is not None
    before = [state.last_c, *(_in_celsius(doubted) if in_another_unit and doubted is not None else ())]
    within_c = OTHER_UNIT_WITHIN_C if doubted is None else OTHER_UNIT_STILL_WITHIN_C
    if may_be_other_unit and any(_is_other_unit(celsius, last_c, minutes, within_c) for last_c in before):
        return Doubt.OTHER_UNIT
    if reading.taken_at - since > LONGEST_COMPARED or abs(celsius - state.last_c) <= JUMP_C + JUMP_C_A_MINUTE * minutes:
        return None
    agrees = doubted is not None and abs(celsius - doubted) <= AGREES_WITHIN_C
    return None if agrees else Doubt.JUMP


def is_code(celsius: float) -> bool:
    """Whether a temperature is one that a broken probe says and no room has."""
    return celsius == RESET_CODE_C or not COLDEST_C <= celsius <= WARMEST_C


def _is_other_unit(celsius: float, last_c: float, minutes: float, within_c: float) -> bool:
    """Whether a value is far from the last temperature and near it once it is read as Fahrenheit or tenths."""
    far = abs(celsius - last_c) >= max(OTHER_UNIT_AWAY_C, JUMP_C_A_MINUTE * minutes)
    return far and any(abs(read - last_c) <= within_c for read in _in_celsius(celsius))


def _in_celsius(value: float) -> tuple[float, float]:
    """A value read as Fahrenheit, and as tenths of a degree."""
    return (value - 32) / 1.8, value / 10
