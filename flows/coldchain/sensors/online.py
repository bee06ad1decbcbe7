"""Which sensors are online by their own word and that of their gateways: kept in the transaction that comes before the
message is acknowledged, read for the clock's look at silence and for whoever asks.

A gateway speaks for each sensor that sends through it, so its word is kept with each of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, or_, select
from sqlalchemy.orm import Session

from data.among import among
from data.bulk import write_rows
from data.tables import OnlineStateRow, SensorRow
from warehouse.coldchain.online import OnlineState

ONLINE_STATES = cast(Table, OnlineStateRow.__table__)
COLUMNS = ("sensor_id", "said_by", "online", "since", "said_at")


@dataclass(frozen=True)
class DeviceSaid:
    """What a device, a sensor or a gateway, says of itself."""

    device: str
    online: bool


def sensors_of_devices(session: Session, devices: Iterable[str]) -> dict[str, list[str]]:
    """The sensors that each device (a text that a key could be) speaks for: itself, and those that send through it. One
    that speaks for none is left out."""
    asked = set(devices)
    meant = or_(among(SensorRow.sensor_id, asked), among(SensorRow.gateway, asked))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for sensor_id, gateway in session.execute(select(SensorRow.sensor_id, SensorRow.gateway).where(meant)).tuples():
        for device in asked.intersection(filter(None, (sensor_id, gateway))):
            found[device].append(sensor_id)
    return dict(found)


def keep_online(session: Session, said: Sequence[tuple[DeviceSaid, str, datetime]], now: datetime) -> None:
    """Keeps what devices said of sensors at moments, in this order."""
    if not said:
        return
    wanted = {sensor_id for _, sensor_id, _ in said}
    in_order = select(OnlineStateRow).where(among(OnlineStateRow.sensor_id, wanted))
    in_order = in_order.order_by(OnlineStateRow.sensor_id, OnlineStateRow.said_by).with_for_update()
    before = {(row.sensor_id, row.said_by): _state(row) for row in session.scalars(in_order)}
    after = dict(before)
    for one, sensor_id, at in said:
        key = sensor_id, one.device
        after[key] = OnlineState.said(one.online, at, after.get(key), now)
    changed = sorted((key, state) for key, state in after.items() if state != before.get(key))
    rows = [(*key, state.online, state.since, state.said_at) for key, state in changed]
    write_rows(session.connection(), ONLINE_STATES, COLUMNS, rows)


def offline_states(session: Session) -> Mapping[str, Sequence[OnlineState]]:
    """What is said of the sensors that are offline by themselves, or by the gateways that they send through."""
    by_device = or_(OnlineStateRow.said_by == SensorRow.sensor_id, OnlineStateRow.said_by == SensorRow.gateway)
    query = select(OnlineStateRow).join(SensorRow, SensorRow.sensor_id == OnlineStateRow.sensor_id)
    said: defaultdict[str, list[OnlineState]] = defaultdict(list)
    for row in session.scalars(query.where(OnlineStateRow.online.is_(False), by_device)):
        said[row.sensor_id].append(_state(row))
    return said


def said_of(sensor: SensorRow) -> Sequence[OnlineState]:
    """What a sensor and the gateway that it sends through say of it."""
    return [_state(row) for row in sensor.said if row.said_by in (sensor.sensor_id, sensor.gateway)]


def _state(row: OnlineStateRow) -> OnlineState:
    return OnlineState(row.online, row.since, row.said_at)
