"""How each zone is now: its state, what its sensors said last, since when they are silent, and the limit in force."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from data.tables import ReadingRow, SensorRow, SensorStateRow, WarehouseRow, ZoneRow
from flows.coldchain.rules.kept_limits import limits_in_force
from flows.coldchain.rules.kept_rules import rules_of_zones
from flows.coldchain.sensors.online import said_of
from flows.coldchain.sensors.sensor_places import rules_of_sensor
from warehouse.coldchain.alarms import SensorState, Stay
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.online import OnlineState, gone_since, together
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.zones import LastHeard, ZoneState, silent_since, state_of_sensor, state_of_zone, urgency


@dataclass(frozen=True)
class SensorNow:
    """A sensor, what it said last, since when it is silent (None: it is not, or was never heard), those of its stays
    outside that are remembered, whether it is online by its word and that of its gateway (None: neither says so), and
    since when it is gone: offline, and not heard since (None: it is not)."""

    sensor: SensorRow
    heard: LastHeard
    state: ZoneState
    silent_since: datetime | None
    stays: Sequence[Stay] = ()
    online: OnlineState | None = None
    gone_since: datetime | None = None

    @property
    def is_heard(self) -> bool:
        """Whether it said something, and not too long ago."""
        return self.heard.taken_at is not None and self.silent_since is None


@dataclass(frozen=True)
class ZoneNow:
    """A zone with the limit in force and its sensors, by name."""

    zone: ZoneRow
    warehouse: WarehouseRow
    limit: Limit | None
    sensors: Sequence[SensorNow]

    @property
    def state(self) -> ZoneState:
        return state_of_zone(sensor.state for sensor in self.sensors)

    @property
    def silent_since(self) -> datetime | None:
        """When the sensor that is silent for longest was heard last."""
        return min((sensor.silent_since for sensor in self.sensors if sensor.silent_since), default=None)

    @property
    def last_heard(self) -> SensorNow | None:
        """The sensor with the latest reading."""
        heard = [(sensor.heard.taken_at, sensor) for sensor in self.sensors if sensor.heard.taken_at is not None]
        return max(heard, key=lambda one: one[0])[1] if heard else None


def zones_now(session: Session, warehouse_id: str | None, now: datetime, silent_after: timedelta) -> list[ZoneNow]:
    """The zones of a warehouse, or of all, the most urgent first. `silent_after`: how long a sensor may say nothing of
    which nobody knows how often it sends."""
    query = select(ZoneRow, WarehouseRow).join(WarehouseRow, WarehouseRow.warehouse_id == ZoneRow.warehouse_id)
    if warehouse_id is not None:
        query = query.where(ZoneRow.warehouse_id == warehouse_id)
    places = session.execute(query.order_by(WarehouseRow.name, ZoneRow.name, ZoneRow.zone_id)).tuples().all()
    limits = limits_in_force(session, (zone.zone_id for zone, _ in places), now)
    sensors = _sensors_by_zone(session, warehouse_id, now, silent_after, limits)
    zones = [ZoneNow(zone, place, limits.get(zone.zone_id), sensors[zone.zone_id]) for zone, place in places]
    return sorted(zones, key=lambda zone: urgency(zone.state))


def zones_not_heard(
    session: Session, warehouse_id: str | None, now: datetime, silent_after: timedelta
) -> list[ZoneNow]:
    """The zones that must keep a limit and of which nobody knows how warm they are: none of their sensors was heard
    within `silent_after`, also where one had raised an alarm before, or they have none."""
    return [
        zone
        for zone in zones_now(session, warehouse_id, now, silent_after)
        if zone.limit is not None and not any(sensor.is_heard for sensor in zone.sensors)
    ]


def _sensors_by_zone(
    session: Session, warehouse_id: str | None, now: datetime, silent_after: timedelta, limits: Mapping[str, Limit]
) -> defaultdict[str, list[SensorNow]]:
    # one look at the end of each sensor's readings, whatever their number
    its = aliased(ReadingRow)
    latest = (
        select(func.max(its.taken_at))
        .where(its.sensor_id == SensorRow.sensor_id)
        .correlate(SensorRow)
        .scalar_subquery()
    )
    query = (
        select(SensorRow, ReadingRow.taken_at, ReadingRow.temperature_c, SensorStateRow.state, SensorStateRow.heard_at)
        .join(ZoneRow, ZoneRow.zone_id == SensorRow.zone_id)
        .outerjoin(ReadingRow, (ReadingRow.sensor_id == SensorRow.sensor_id) & (ReadingRow.taken_at == latest))
        .outerjoin(SensorStateRow, SensorStateRow.sensor_id == SensorRow.sensor_id)
        .where(SensorRow.retired_at.is_(None))
        .order_by(SensorRow.name, SensorRow.sensor_id)
    )
    if warehouse_id is not None:
        query = query.where(ZoneRow.warehouse_id == warehouse_id)
    rules, usual = rules_of_zones(session, limits), Rules(silent_after=silent_after)
    by_zone: defaultdict[str, list[SensorNow]] = defaultdict(list)
    for sensor, taken_at, temperature_c, state, heard_at in session.execute(query):
        heard, stays = LastHeard(taken_at, temperature_c), tuple[Stay, ...]()
        if state is not None and (last := SensorState.from_dict(state)).last_taken_at is not None:
            # not the reading with the latest time: a clock that was ahead may have been set right since
            heard, stays = LastHeard.of(last), last.stays
        zone_s_own = [one.rules for one in rules.get(sensor.zone_id, ()) if one.valid_from <= now]
        may_be_silent = rules_of_sensor(zone_s_own[-1] if zone_s_own else usual, sensor.interval_minutes).silent_for
        how = state_of_sensor(heard, limits.get(sensor.zone_id), now, may_be_silent)
        silent, devices = silent_since(heard, now, may_be_silent), said_of(sensor)
        online, gone = together(devices), gone_since(devices, heard_at)
        by_zone[sensor.zone_id].append(SensorNow(sensor, heard, how, silent, stays, online, gone))
    return by_zone
