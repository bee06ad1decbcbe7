"""All that sensors are judged by, as it is kept: where they hang and hung, which limits and rules their zones have. Not
to be read, but to be compared: as long as the words are the same, so is what was worked out from them, at a fraction of
the price of reading the rows.
"""

import json
from collections.abc import Collection
from functools import cache

from sqlalchemy import Connection, Table, TextClause, text

from data.tables import Base

OF_SENSORS, OF_ZONES, OF_ALL = ("sensors", "sensor_places"), ("zones", "limits", "zone_rules"), ("warehouses",)
AMONG = {"sqlite": "IN (SELECT value FROM json_each(:ids))", "postgresql": "= ANY (CAST(:ids AS varchar[]))"}


def judged_by_in_words(connection: Connection, sensor_ids: Collection[str]) -> tuple[str | None, ...]:
    """What each table says of the sensors; None: nothing."""
    dialect, ids = connection.dialect.name, list(sensor_ids)
    asked = {"ids": json.dumps(ids) if dialect == "sqlite" else ids}
    return tuple(connection.execute(_statement(dialect), asked).one())


@cache
def _statement(dialect: str) -> TextClause:
    """Names are our own, values are bound."""
    theirs = f"WHERE sensor_id {AMONG[dialect]}"
    zones = " UNION ".join(f"SELECT zone_id FROM {name} {theirs}" for name in OF_SENSORS)  # noqa: S608
    which = dict.fromkeys(OF_SENSORS, theirs) | dict.fromkeys(OF_ZONES, f"WHERE zone_id IN ({zones})")
    tables = [Base.metadata.tables[name] for name in (*OF_SENSORS, *OF_ZONES, *OF_ALL)]
    each = (f"(SELECT {_said(table, dialect)} FROM {table.name} {which.get(table.name, '')})" for table in tables)  # noqa: S608
    return text(f"SELECT {', '.join(each)}")


def _said(table: Table, dialect: str) -> str:
    if dialect == "sqlite":
        return f"group_concat(json_array({', '.join(table.columns.keys())}))"
    return f"string_agg(CAST({table.name} AS text), ',')"
