"""The sample region's sensors, live: publishes what each would show now, every few seconds, to the broker.

Only sensors of the sample region are simulated (the warehouses whose true demand is known), never real ones that
share its database.
"""

import asyncio
import json
import logging
import signal
from datetime import UTC, datetime

from aiomqtt import Client, MqttError
from sqlalchemy import Engine, select

from data.database import open_database, reading, require_current_schema
from data.sample.live import LiveSensors, live_sensors
from data.tables import SensorRow, TrueDemandRow, ZoneRow
from flows.processes.mqtt import broker_address
from flows.settings import Settings

PUBLISH_EVERY = 10.0  # seconds
PAUSE_AFTER_FAILURE = 2.0
SEED = 1

log = logging.getLogger(__name__)


def simulate(settings: Settings) -> None:
    """Publishes until SIGINT or SIGTERM. Raises SchemaIsNotCurrent."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    engine = open_database(settings.database_url.get_secret_value())
    require_current_schema(engine)
    sensors = live_sensors(engine, seed=SEED, started_at=datetime.now(UTC))
    simulated = simulated_sensors(engine)
    engine.dispose()
    log.info("simulating %d sensors", len(simulated))
    asyncio.run(_publish_until_told_to_stop(settings, sensors, simulated))


def simulated_sensors(engine: Engine) -> set[str]:
    """The sensors of the sample region's warehouses."""
    with reading(engine) as session:
        known_to_the_simulator = select(TrueDemandRow.warehouse_id).distinct()
        return set(
            session.scalars(
                select(SensorRow.sensor_id)
                .join(ZoneRow, ZoneRow.zone_id == SensorRow.zone_id)
                .where(ZoneRow.warehouse_id.in_(known_to_the_simulator))
            )
        )


async def _publish_until_told_to_stop(settings: Settings, sensors: LiveSensors, simulated: set[str]) -> None:
    publishing = asyncio.ensure_future(_publish(settings, sensors, simulated))
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, publishing.cancel)
    await asyncio.wait({publishing})
    if not publishing.cancelled():
        publishing.result()


async def _publish(settings: Settings, sensors: LiveSensors, simulated: set[str]) -> None:
    topic = settings.mqtt_topic.rpartition("/")[0]
    while True:
        try:
            async with Client(identifier="freshfront-simulator", **broker_address(settings)) as client:
                while True:
                    for sensor_id, taken_at, temperature_c in sensors.at(datetime.now(UTC)):
                        if sensor_id in simulated:
                            told = {"taken_at": taken_at.isoformat(), "temperature_c": temperature_c}
                            await client.publish(f"{topic}/{sensor_id}", json.dumps(told), qos=1)
                    await asyncio.sleep(PUBLISH_EVERY)
        except MqttError as error:  # what could not be published is left out: the next readings come soon
            log.warning("the broker cannot be reached: %s", error)
            await asyncio.sleep(PAUSE_AFTER_FAILURE)
