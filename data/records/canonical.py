"""Which tables are the record, and the bytes that stand for one of their rows whichever database keeps it.

A digest names its columns: a column that a later version adds does not change what was sealed before.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any

from sqlalchemy import Double, Table

from data.tables import (
    AlarmChangeRow,
    AlarmRow,
    AuditEntryRow,
    Base,
    CommandRow,
    ContradictingReadingRow,
    ExcursionRow,
    LimitRow,
    ReadingHourRow,
    SensorPlaceRow,
    SilenceRow,
    ZoneRulesRow,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
READING_HOURS = ReadingHourRow.__tablename__
# rows that are sealed one by one, by the column that holds their moment
MOMENTS: Mapping[str, str] = {
    AlarmRow.__tablename__: "began_at",
    AlarmChangeRow.__tablename__: "at",
    ExcursionRow.__tablename__: "began_at",
    ContradictingReadingRow.__tablename__: "taken_at",
    AuditEntryRow.__tablename__: "at",
    CommandRow.__tablename__: "decided_at",
    READING_HOURS: "hour",
    LimitRow.__tablename__: "valid_from",
    ZoneRulesRow.__tablename__: "valid_from",
    SensorPlaceRow.__tablename__: "until",
    SilenceRow.__tablename__: "created_at",
}


def table_of(kind: str) -> Table:
    """The table whose rows are the records of a kind."""
    return Base.metadata.tables[kind]


def subject_of(table: Table, values: Mapping[str, Any]) -> str:
    """The key of a row as one text."""
    return "|".join(_as_text(values[column.name]) for column in table.primary_key)


def summary_of(sensor_id: str, hour: datetime) -> str:
    """The subject of the row that is left of an hour of a sensor's readings."""
    return subject_of(table_of(READING_HOURS), {"sensor_id": sensor_id, "hour": hour})


def digest_of(table: Table, columns: Sequence[str], values: Mapping[str, Any]) -> str:
    """The SHA-256 of a row's values in some columns."""
    plain = [_plain(values[name], isinstance(table.c[name].type, Double)) for name in columns]
    return sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def bytes_of_values(values: Sequence[Any]) -> bytes:
    """The bytes that stand for a row in its place: its values, those of columns that a later version added and that are
    empty left out at the end. What cannot be read as a moment stands for itself, and so for no moment."""
    return "|".join("" if value is None else repr(value) for value in values).rstrip("|").encode()


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - EPOCH) // MICROSECOND


def _as_text(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _plain(value: Any, is_double: bool) -> Any:
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if is_double and isinstance(value, int):  # as the database gives it back
        return float(value)
    return value if isinstance(value, dict | list | str | int | float | bool | None) else str(value)
