"""The sample region's reserve coolers: one a cooled zone, which starts when the zone's own cooling does not keep its
limit, and how it draws the zone down while it runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp
from typing import Any

from data.sample.floor import ZONES, Floor, ZonePlan
from data.sample.temperatures import CLIMATES
from data.tables import ActuatorKind, Band

COOLED = frozenset({Band.LEAF, Band.CHILLED, Band.TROPICAL, Band.FROZEN})
DRAWS_DOWN = 0.6  # C a minute
WARMS_AGAIN_FASTER = 10  # than without any cooling: the zone's own cooling is there, or the reserve starts again
TOPIC = "freshfront/actuators"


def cooler_rows(floor: Floor) -> Iterator[tuple[str, str, ActuatorKind, str, str, dict[str, Any]]]:
    """Rows of the table actuators: id, zone, kind, name, topic, rule."""
    plans = {plan.code: plan for plan in ZONES if plan.band in COOLED}
    for zone_id, *_ in sorted(floor.zones, key=lambda zone: str(zone[0])):
        plan = plans.get(str(zone_id).split("-")[-1])
        if plan is not None and plan.high_c is not None:
            actuator_id = f"{zone_id}-C1"
            name = f"{plan.name}, reserve cooler"
            yield (
                actuator_id,
                str(zone_id),
                ActuatorKind.COOLER,
                name,
                f"{TOPIC}/{actuator_id}",
                _rule(plan, plan.high_c),
            )


def _rule(plan: ZonePlan, high_c: float) -> dict[str, Any]:
    """It starts above the zone's limit and stops a degree below, two where it is frozen. A freezer that nobody hears of
    is cooled."""
    frozen = plan.band is Band.FROZEN
    return {
        "start_above_c": high_c,
        "stop_below_c": high_c - (2.0 if frozen else 1.0),
        "never_below_c": plan.low_c,
        "min_on_minutes": 5,
        "min_off_minutes": 5,
        "safe_state": "on" if frozen else "off",
    }


@dataclass(frozen=True)
class _Drawn:
    """By how much a zone was colder at a moment than without its reserve cooler, and whether that ran."""

    at: datetime
    by: float
    runs: bool


class ReserveCooling:
    """By how much each zone is colder for its reserve cooler: it falls while that runs, and what was gained is lost
    again as the zone warms. Deterministic: it follows from when what was switched."""

    def __init__(self, bands: Mapping[str, Band]) -> None:
        """`bands` by zone_id."""
        self._within = {zone_id: CLIMATES[band].warms_within / WARMS_AGAIN_FASTER for zone_id, band in bands.items()}
        self._drawn: dict[str, _Drawn] = {}

    def switch(self, zone_id: str, runs: bool, at: datetime) -> None:
        """Starts or stops the cooler of a zone."""
        self._drawn[zone_id] = _Drawn(at, self.colder_by(zone_id, at), runs)

    def colder_by(self, zone_id: str, at: datetime) -> float:
        """C, at a moment after the last switch."""
        last = self._drawn.get(zone_id)
        if last is None:
            return 0.0
        within = self._within[zone_id]
        ends_at = DRAWS_DOWN * within if last.runs else 0.0
        minutes = max((at - last.at).total_seconds(), 0.0) / 60
        return ends_at + (last.by - ends_at) * exp(-minutes / within)


def cooled(
    readings: Sequence[tuple[str, datetime, float]], zones: Mapping[str, str], cooling: ReserveCooling
) -> list[tuple[str, datetime, float]]:
    """What sensors show (sensor_id, moment, C) where the reserve coolers run; `zones` by sensor_id."""
    return [
        (sensor_id, at, round(value - cooling.colder_by(zones[sensor_id], at), 1) + 0.0)
        for sensor_id, at, value in readings
    ]
