"""The sample region's sensors and reserve coolers, live: publishes what each sensor would show now, every few seconds,
to the broker; the coolers do what they are told, and the sensors show it.

Only sensors of the sample region are simulated (the warehouses whose true demand is known), never real ones that
share its database.
"""

import asyncio
import json
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from aiomqtt import Client, MqttError
from sqlalchemy import Engine, select

from data.database import open_database, reading, require_current_schema
from data.sample.coolers import ReserveCooling, cooled
from data.sample.live import LiveSensors, live_sensors
from data.tables import SensorRow, TrueDemandRow, ZoneRow
from flows.processes.mqtt_client import broker_address
from flows.processes.simulated_coolers import Says, SimulatedCoolers, coolers_of_the_sample_region
from flows.settings import Settings

PUBLISH_EVERY = 10.0  # seconds
PAUSE_AFTER_FAILURE = 2.0
SEED = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SimulatedRegion:
    """The sensors with the zones that they hang in, and the coolers of these zones."""

    sensors: LiveSensors
    zones: dict[str, str]
    cooling: ReserveCooling
    coolers: SimulatedCoolers

    def shown(self, moment: datetime) -> list[tuple[str, datetime, float]]:
        """What every sensor shows: (sensor_id, taken_at, C)."""
        theirs = [one for one in self.sensors.at(moment) if one[0] in self.zones]
        return cooled(theirs, self.zones, self.cooling)


def simulate(settings: Settings) -> None:
    """Publishes until SIGINT or SIGTERM. Raises SchemaIsNotCurrent."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    engine = open_database(settings.database_url.get_secret_value())
    require_current_schema(engine)
    region = simulated_region(engine, settings, datetime.now(UTC))
    engine.dispose()
    log.info("simulating %d sensors", len(region.zones))
    asyncio.run(_publish_until_told_to_stop(settings, region))


def simulated_region(engine: Engine, settings: Settings, started_at: datetime) -> SimulatedRegion:
    """The sample region's sensors and coolers, going on from their last kept readings."""
    with reading(engine) as session:
        known_to_the_simulator = select(TrueDemandRow.warehouse_id).distinct()
        placed = session.execute(
            select(SensorRow.sensor_id, ZoneRow.zone_id, ZoneRow.band)
            .join(ZoneRow, ZoneRow.zone_id == SensorRow.zone_id)
            .where(ZoneRow.warehouse_id.in_(known_to_the_simulator))
        ).all()
    cooling = ReserveCooling({zone_id: band for _, zone_id, band in placed})
    return SimulatedRegion(
        sensors=live_sensors(engine, seed=SEED, started_at=started_at),
        zones={sensor_id: zone_id for sensor_id, zone_id, _ in placed},
        cooling=cooling,
        coolers=SimulatedCoolers(coolers_of_the_sample_region(engine), cooling, settings.mqtt_service_topic),
    )


async def _publish_until_told_to_stop(settings: Settings, region: SimulatedRegion) -> None:
    publishing = asyncio.ensure_future(publish(settings, region))
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, publishing.cancel)
    await asyncio.wait({publishing})
    if not publishing.cancelled():
        publishing.result()


def _now() -> datetime:
    return datetime.now(UTC)


async def publish(
    settings: Settings, region: SimulatedRegion, clock: Callable[[], datetime] = _now, every: float = PUBLISH_EVERY
) -> None:
    """Publishes what the sensors show every so many seconds, and lets the coolers listen, until it is cancelled."""
    while True:
        try:
            async with Client(identifier="freshfront-simulator", **broker_address(settings)) as client:
                for topic in region.coolers.listens_to:
                    await client.subscribe(topic, qos=1)
                listening = asyncio.ensure_future(_listen(client, region, clock))
                try:
                    while not listening.done():
                        await _publish_readings(client, settings, region, clock())
                        await _say(client, region.coolers.look(clock()))
                        await asyncio.sleep(every)
                    listening.result()  # raises what ended it
                finally:
                    listening.cancel()
                    await asyncio.wait({listening})
        except MqttError as error:  # what could not be published is left out: the next readings come soon
            log.warning("the broker cannot be reached: %s", error)
            await asyncio.sleep(PAUSE_AFTER_FAILURE)


async def _publish_readings(client: Client, settings: Settings, region: SimulatedRegion, moment: datetime) -> None:
    topic = settings.mqtt_topic.rpartition("/")[0]
    for sensor_id, taken_at, temperature_c in region.shown(moment):
        told = {"taken_at": taken_at.isoformat(), "temperature_c": temperature_c}
        await client.publish(f"{topic}/{sensor_id}", json.dumps(told), qos=1)


async def _listen(client: Client, region: SimulatedRegion, clock: Callable[[], datetime]) -> None:
    async for message in client.messages:
        await _say(client, region.coolers.hear(message.topic.value, bytes(message.payload), clock()))


async def _say(client: Client, said: list[Says]) -> None:
    for one in said:
        await client.publish(one.topic, one.payload, qos=1, retain=True)
