"""The id under which an alarm is kept."""

from hashlib import sha256


def alarm_id_of(alarm_key: str) -> str:
    """The same for the same sensor, kind and beginning, so none is there twice."""
    return f"al_{sha256(alarm_key.encode()).hexdigest()[:20]}"


def is_storable(text: str) -> bool:
    """Whether a database can hold it: PostgreSQL refuses a NUL, UTF-8 half a surrogate pair."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
