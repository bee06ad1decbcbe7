"""The last three days of readings, with the faults that a newcomer should find: two that ended, one that goes on."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np

from data.sample.extent import Extent
from data.sample.floor import ZONES, Floor
from data.sample.temperatures import CoolingFailure, Thermometer, minute_of, temperatures

TOLD_DAYS = 3
EVERY = 5  # minutes
REACHES_US_AFTER = timedelta(seconds=2)


def faults(extent: Extent) -> Sequence[CoolingFailure]:
    """A cooler that stood still for an afternoon, a frozen zone for a night, and one that still stands still."""
    first, second, last = (extent.warehouse_ids[number % extent.warehouses] for number in (1, 3, 6))
    two_before, day_before = (extent.day(extent.simulated_days - 1 - back) for back in (2, 1))
    return (
        CoolingFailure(f"{first}-MEAT", extent.moment(two_before, 14, 20), extent.moment(two_before, 17, 5)),
        CoolingFailure(f"{second}-FROZEN", extent.moment(day_before, 1, 40), extent.moment(day_before, 6, 30)),
        CoolingFailure(f"{last}-LEAF", extent.moment(extent.until, 21, 50), None),
    )


def reading_rows(extent: Extent, floor: Floor) -> Iterator[tuple[str, datetime, float, datetime]]:
    """Rows of the table readings: every five minutes up to the end of `until`."""
    bands = {plan.code: plan.band for plan in ZONES}
    thermometers = [
        Thermometer(sensor_id, zone_id, bands[zone_id.split("-")[-1]])
        for sensor_id, zone_id, _ in sorted(floor.sensors)
    ]
    end = extent.end_of(extent.until)
    start = end - timedelta(days=TOLD_DAYS)
    moments = [start + timedelta(minutes=at) for at in range(0, TOLD_DAYS * 1440, EVERY)]
    known_at = [moment + REACHES_US_AFTER for moment in moments]
    minutes = minute_of(start) + np.arange(0, TOLD_DAYS * 1440, EVERY)
    shown = temperatures(thermometers, minutes, extent.seed, faults(extent))
    for thermometer, row in zip(thermometers, shown.tolist(), strict=True):
        for taken_at, temperature_c, known in zip(moments, row, known_at, strict=True):
            yield thermometer.sensor_id, taken_at, temperature_c, known
