"""How payloads of devices are read that are neither in our form nor SenML: by mappings that are kept as data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.languages import Reworded, Sentence
from data.tables import PayloadMappingRow
from flows.coldchain.alarms.alarms import is_storable
from flows.errors import Invalid, Unknown
from warehouse.coldchain.payloads.mappings import BadMapping, PayloadMapping
from warehouse.coldchain.payloads.mappings_as_json import mapping_as_json, mapping_from_json
from warehouse.coldchain.payloads.our_form import told_in_our_form
from warehouse.coldchain.payloads.senml import is_senml, told_in_senml
from warehouse.coldchain.payloads.status import device_of_status, told_in_status
from warehouse.coldchain.payloads.told import Told

LONGEST_NAME = 64
LARGEST_MAPPING = 10_000  # characters


@dataclass(frozen=True)
class ToldBySensor:
    """What a message tells, and by which form: a mapping's name, `SenML` or `ours`. `sensor_id` is whom the topic
    names, a gateway too, for what names no device that is a sensor; None: the payload has to name it."""

    form: str
    sensor_id: str | None
    told: Sequence[Told]


def mapping_of(said: Mapping[str, Any]) -> PayloadMapping:
    """The mapping that somebody wrote. Raises Invalid."""
    try:
        mapping = mapping_from_json(said)
    except BadMapping as error:
        why = Sentence("{field}: {reason}", field=error.field, reason=Reworded(error.reason))
        raise Invalid("The mapping cannot be used: {why}.", why=why, field=error.field) from error
    text = json.dumps(mapping_as_json(mapping), ensure_ascii=False)
    if not 0 < len(mapping.name) <= LONGEST_NAME or "/" in mapping.name or not mapping.name.isprintable():
        raise Invalid(
            "A mapping has a name of at most {longest_name} characters without '/'.",
            longest_name=LONGEST_NAME,
            field="name",
        )
    if len(text) > LARGEST_MAPPING or not is_storable(text):
        raise Invalid(
            "A mapping has at most {largest_mapping} characters, all of them printable.",
            largest_mapping=LARGEST_MAPPING,
            field="values",
        )
    return mapping


def kept_mappings(session: Session) -> list[PayloadMapping]:
    """All of them, by name."""
    rows = session.scalars(select(PayloadMappingRow.mapping).order_by(PayloadMappingRow.name))
    return [mapping_from_json(mapping) for mapping in rows]


def kept_mapping(session: Session, name: str) -> PayloadMapping:
    """The mapping of this name. Raises Unknown."""
    return mapping_from_json(_row(session, name).mapping)


def keep_mapping(session: Session, mapping: PayloadMapping, now: datetime, by: str) -> None:
    """Keeps a mapping in place of the one of its name; the same once more changes nothing."""
    kept = session.get(PayloadMappingRow, mapping.name, with_for_update=True)
    if kept is None:
        session.add(PayloadMappingRow(name=mapping.name, mapping=mapping_as_json(mapping), kept_at=now, kept_by=by))
    elif kept.mapping != mapping_as_json(mapping):
        kept.mapping, kept.kept_at, kept.kept_by = mapping_as_json(mapping), now, by


def remove_mapping(session: Session, name: str) -> None:
    """Forgets a mapping: messages on its topics are read as any others. Raises Unknown."""
    session.delete(_row(session, name))


def told_in(topic: str, found: Any, arrived_at: datetime, mappings: Sequence[PayloadMapping]) -> ToldBySensor:
    """What a message tells: by the first mapping whose topic matches, else on our status topics, as SenML or in our
    form. Raises NotAReading."""
    if mapping := next((one for one in mappings if one.matches(topic)), None):
        sensor_id = mapping.sensor_in(topic) if mapping.sensor_path is None else None
        return ToldBySensor(mapping.name, sensor_id, mapping.told(found, arrived_at))
    if (device := device_of_status(topic)) is not None:
        return ToldBySensor("ours", device, told_in_status(found, arrived_at))
    sensor_id = topic.rpartition("/")[2]
    if is_senml(found):
        return ToldBySensor("SenML", sensor_id, told_in_senml(found, arrived_at))
    return ToldBySensor("ours", sensor_id, told_in_our_form(found, arrived_at))


def _row(session: Session, name: str) -> PayloadMappingRow:
    row = session.get(PayloadMappingRow, name) if is_storable(name) else None
    if row is None:
        raise Unknown("Mapping {name!r} was not found.", name=name, field="name")
    return row
