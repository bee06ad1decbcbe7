"""The sample region's reserve coolers as the devices that they would be: each does what it is told for as long as that
holds, says what it is, and takes its safe state when nobody looks after it any more."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from data.database import reading
from data.sample.coolers import ReserveCooling
from data.tables import ActuatorRow, TrueDemandRow, ZoneRow

log = logging.getLogger(__name__)


@dataclass
class SimulatedCooler:
    """A cooler in a zone, off until it is told something; `valid_until` is how long that holds."""

    topic: str
    zone_id: str
    state: str = "off"
    command_id: str | None = None
    valid_until: datetime | None = None
    safe_state: str = "off"


@dataclass(frozen=True)
class Says:
    """What a device publishes."""

    topic: str
    payload: str


class SimulatedCoolers:
    """The devices, by the messages that they get and the time that passes."""

    def __init__(self, coolers: Iterable[SimulatedCooler], cooling: ReserveCooling, service_topic: str) -> None:
        self._coolers = {f"{cooler.topic}/set": cooler for cooler in coolers}
        self._cooling, self._service_topic = cooling, service_topic

    @property
    def listens_to(self) -> list[str]:
        """Their topics, and where it is said whether they are looked after."""
        return [*self._coolers, self._service_topic] if self._coolers else []

    def hear(self, topic: str, payload: bytes, now: datetime) -> list[Says]:
        """What they answer to a message."""
        if topic == self._service_topic:
            return [self._take_safe_state(one, now) for one in self._coolers.values()] if payload == b"offline" else []
        cooler = self._coolers.get(topic)
        if cooler is None:
            return []
        try:
            told = json.loads(payload)
            state, command_id = told["state"], told["command_id"]
            valid_until, safe_state = datetime.fromisoformat(told["valid_until"]), told["safe_state"]
        except (ValueError, TypeError, KeyError) as error:
            log.warning("a cooler cannot understand what it is told on %s: %s", topic, error)
            return []
        if valid_until <= now:
            return []
        cooler.command_id, cooler.valid_until, cooler.safe_state = command_id, valid_until, safe_state
        return [self._switch(cooler, state, now)]

    def look(self, now: datetime) -> list[Says]:
        """What they say since what they were told holds no more."""
        over = [one for one in self._coolers.values() if one.valid_until is not None and one.valid_until <= now]
        return [self._take_safe_state(one, now) for one in over]

    def _take_safe_state(self, cooler: SimulatedCooler, now: datetime) -> Says:
        cooler.command_id = cooler.valid_until = None
        return self._switch(cooler, cooler.safe_state, now)

    def _switch(self, cooler: SimulatedCooler, state: str, now: datetime) -> Says:
        if state != cooler.state:
            cooler.state = state
            self._cooling.switch(cooler.zone_id, state == "on", now)
        told = {"state": cooler.state, "command_id": cooler.command_id}
        return Says(f"{cooler.topic}/state", json.dumps(told))


def coolers_of_the_sample_region(engine: Engine) -> list[SimulatedCooler]:
    """Those of the warehouses whose true demand is known, never real ones that share the database."""
    with reading(engine) as session:
        simulated = select(TrueDemandRow.warehouse_id).distinct()
        found = (
            select(ActuatorRow)
            .join(ZoneRow, ZoneRow.zone_id == ActuatorRow.zone_id)
            .where(ZoneRow.warehouse_id.in_(simulated), ActuatorRow.retired_at.is_(None))
            .order_by(ActuatorRow.actuator_id)
        )
        return [
            SimulatedCooler(row.topic, row.zone_id, safe_state=row.rule.get("safe_state", "off"))
            for row in session.scalars(found)
        ]
