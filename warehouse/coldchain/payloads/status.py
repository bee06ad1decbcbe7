"""What a device says of itself on its status topic: `online`, and as its last will `offline`, alone or in JSON.

Our own layout is the topic of its readings and `/status`; others come by a mapping that says where the word stands.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from warehouse.coldchain.payloads.paths import found_at
from warehouse.coldchain.payloads.told import NotAReading, Told

STATUS: Final = "/status"
MEMBER: Final = "state"  # where the word stands in an object of our layout
WHOLE: Final = "$"  # the path of a payload that is the word itself
WORDS: Final = {
    **dict.fromkeys(("online", "on", "true", "1", "connected", "ready"), True),
    **dict.fromkeys(("offline", "off", "false", "0", "disconnected", "lost"), False),
}
A_WORD: Final = re.compile(rb"\s*([A-Za-z]{2,20})\s*")


def topics_of_devices(topic: str) -> list[str]:
    """The filters under which devices are heard whose readings come on `topic`: those, and what they say of
    themselves."""
    return [topic] if topic.endswith("#") else [topic, topic + STATUS]


def device_of_status(topic: str) -> str | None:
    """The device whose status topic in our layout this is; None: it is none."""
    if not topic.endswith(STATUS):
        return None
    above, _, device = topic.removesuffix(STATUS).rpartition("/")
    return device if above and device else None


def told_in_status(found: Any, arrived_at: datetime) -> Sequence[Told]:
    """What a payload on a status topic in our layout tells: `online`, or `{"state": "online"}`. A will is written when
    the device connects, so it is the time of arrival that counts. Raises NotAReading."""
    online = online_in(found, MEMBER if isinstance(found, dict) else WHOLE)
    if online is None:
        raise NotAReading(f"no {MEMBER} stands in it: {str(found)[:50]!r}")
    return [Told(arrived_at, {}, online=online)]


def bare_word(payload: bytes) -> str | None:
    """The word that a payload is, as `Online`, which is no JSON; None: it is none."""
    word = A_WORD.fullmatch(payload)
    return None if word is None else word[1].decode()


def online_in(found: Any, path: str) -> bool | None:
    """Whether a device says at a path of its payload that it is online; None: nothing stands there. Raises
    NotAReading for a word that is not known."""
    said = found if path == WHOLE else found_at(path, found)
    if said is None:
        return None
    online = WORDS.get(str(said).lower()) if isinstance(said, str | bool | int) else None
    if online is None:
        raise NotAReading(f"{str(said)[:50]!r} is neither online nor offline; {', '.join(WORDS)} are known")
    return online
