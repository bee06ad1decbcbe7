"""What is refused of a batch whose sender was told that it is taken: kept in the quarantine as a message of its sensor,
where it is shown, counted and kept after all once what was wrong is mended."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from data.tables import QuarantineCause
from flows.coldchain.messages.quarantine import SensorMessage, Unkept, put_in_quarantine
from flows.coldchain.readings.accepting import RefusedValue

READINGS_IN_A_MESSAGE = 1_000  # so that it is small enough to be replayed


def quarantine_refused(
    session: Session, refused: Sequence[RefusedValue], said: Mapping[int, Mapping[str, Any]], now: datetime
) -> None:
    """Keeps the readings of refused values; `said` is what each of them tells in our own form, by its number."""
    of_sensors: defaultdict[str, dict[int, RefusedValue]] = defaultdict(dict)
    for one in refused:
        of_sensors[one.sensor_id].setdefault(one.number, one)
    unkept: list[Unkept] = []
    for sensor_id, by_number in of_sensors.items():
        numbers = list(by_number)
        for first in range(0, len(numbers), READINGS_IN_A_MESSAGE):
            some = numbers[first : first + READINGS_IN_A_MESSAGE]
            message = SensorMessage.of(f"POST /v1/readings/{sensor_id}", [said[number] for number in some])
            unkept.append(Unkept(message, QuarantineCause.REFUSED, str(by_number[some[0]])))
    put_in_quarantine(session, unkept, now)
