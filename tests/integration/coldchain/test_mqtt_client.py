"""How the broker is reached: what ends a connection is raised, begun again until told to stop; refusals are told."""

import asyncio
import logging

import pytest
from aiomqtt import Client, MqttError
from sqlalchemy import Engine, create_engine

from flows.processes import mqtt_client
from flows.processes.mqtt_client import AcknowledgingClient, keep_connected, until_one_ends


@pytest.fixture
def nowhere() -> Engine:
    return create_engine("sqlite://")


async def goes_on() -> None:
    await asyncio.sleep(60)


async def fails() -> None:
    raise MqttError("gone")


async def test_whichever_fails_ends_the_others_and_is_raised() -> None:
    other = asyncio.ensure_future(goes_on())
    with pytest.raises(MqttError, match="gone"):
        await until_one_ends(other, fails())
    assert other.cancelled()


async def test_the_first_to_end_ends_the_others() -> None:
    other = asyncio.ensure_future(goes_on())
    await until_one_ends(asyncio.sleep(0), other)
    assert other.cancelled()


async def test_it_connects_again_until_it_is_told_to_stop(
    nowhere: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mqtt_client, "FIRST_PAUSE", 0.01)
    stop = asyncio.Event()
    tried: list[int] = []

    async def connected() -> None:
        tried.append(1)
        if len(tried) < 4:
            raise OSError("refused")
        stop.set()

    await keep_connected(connected, nowhere, stop, "nothing is heard")
    assert len(tried) == 4
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"nothing is heard, connecting again in 0.{n} s: OSError: refused" for n in (0, 0, 0)]


async def test_an_error_of_ours_is_not_taken_for_one_of_the_connection(nowhere: Engine) -> None:
    async def connected() -> None:
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        await keep_connected(connected, nowhere, asyncio.Event(), "nothing is heard")


async def test_a_topic_that_the_broker_does_not_give_out_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(_: Client, topic: str, **__: object) -> tuple[int, ...]:
        return (128,) if topic == "private" else (1,)

    monkeypatch.setattr(Client, "subscribe", answer)
    client = AcknowledgingClient(hostname="127.0.0.1")
    with caplog.at_level(logging.ERROR):
        await client.hear("open")
        await client.hear("private")
    assert [record.getMessage() for record in caplog.records] == [
        "the broker does not allow us to listen to private: nothing comes from there"
    ]
