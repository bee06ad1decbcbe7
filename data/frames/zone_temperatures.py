"""How warm zones were, hour by hour: the mean of the hourly means of the sensors that hung there then, of readings as
they are kept and of hours whose readings were pruned.

A read costs the readings of the sensors asked for since a moment, each once.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.hours_of_readings import hourly_means
from data.tables import SensorPlaceRow, SensorRow
from data.whole_hours import HOUR, begin_of_hour

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HourlyTemperatures:
    """Temperatures (C) of hours one after the other, the first beginning at `first` (UTC); NaN: nothing was heard."""

    first: datetime
    temperatures: Floats


def zone_temperatures(
    session: Session, zone_ids: Collection[str], since: datetime, moment: datetime
) -> dict[str, HourlyTemperatures]:
    """By zone, the hours from that of `since` up to that of `moment`, as known at the moment; zones without sensors
    too."""
    first, last = begin_of_hour(since), begin_of_hour(moment)
    hours = int((last - first) / HOUR) + 1
    places = _places(session, zone_ids)
    told: dict[str, dict[str, Floats]] = {zone_id: {} for zone_id in zone_ids}
    for sensor_id, hour, mean_c in hourly_means(session, places.keys(), first, moment):
        zone_id = next(zone for until, zone in places[sensor_id] if until is None or hour < until)
        if zone_id in told:
            of_sensor = told[zone_id].setdefault(sensor_id, np.full(hours, np.nan))
            of_sensor[int((hour - first) / HOUR)] = mean_c
    return {zone_id: HourlyTemperatures(first, mean_of(of_it.values(), hours)) for zone_id, of_it in told.items()}


def mean_of(temperatures: Collection[Floats], hours: int) -> Floats:
    """Hour by hour the mean of those that are known; NaN where none is."""
    known = np.array(list(temperatures)).reshape(-1, hours)
    seen = (~np.isnan(known)).sum(axis=0)
    mean: Floats = np.divide(np.nansum(known, axis=0), seen, out=np.full(hours, np.nan), where=seen > 0)
    return mean


def _places(session: Session, zone_ids: Collection[str]) -> dict[str, list[tuple[datetime | None, str]]]:
    """By sensor that hangs, or hung, in one of the zones: up to when it hung in which, None last: it hangs there."""
    before = select(SensorPlaceRow.sensor_id).where(SensorPlaceRow.zone_id.in_(zone_ids))
    sensors = select(SensorRow.sensor_id, SensorRow.zone_id).where(
        SensorRow.zone_id.in_(zone_ids) | SensorRow.sensor_id.in_(before)
    )
    now = dict(session.execute(sensors).tuples().all())
    places: defaultdict[str, list[tuple[datetime | None, str]]] = defaultdict(list)
    for place in session.scalars(
        select(SensorPlaceRow).where(SensorPlaceRow.sensor_id.in_(now)).order_by(SensorPlaceRow.until)
    ):
        places[place.sensor_id].append((place.until, place.zone_id))
    return {sensor_id: [*places[sensor_id], (None, zone_id)] for sensor_id, zone_id in now.items()}
