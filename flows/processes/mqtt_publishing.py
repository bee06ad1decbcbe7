"""Publishes what is to be told to a topic of the broker; done when the broker has it (QoS 1)."""

from aiomqtt import Client, MqttError

from flows.processes.mqtt_client import broker_address
from flows.settings import Settings


async def publish_once(settings: Settings, topic: str, payload: bytes) -> None:
    """Connects, publishes and waits for the broker's acknowledgement. Raises OSError where it does not come."""
    try:
        async with Client(**broker_address(settings)) as client:
            await client.publish(topic, payload, qos=1)
    except MqttError as error:
        raise OSError(f"the broker did not take it: {error}") from error
