"""How payloads of devices are read that are neither in our form nor SenML: mappings, tried on samples, kept."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from api.pagination import Page, PageQuery, page_of
from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import PRINTABLE
from data.tables import PayloadMappingRow
from flows.coldchain.messages.payload_mappings import (
    keep_mapping,
    kept_mapping,
    kept_mappings,
    mapping_of,
    remove_mapping,
)
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import told_by
from flows.errors import Invalid
from warehouse.coldchain.payloads.told import NotAReading
from warehouse.coldchain.quantities import Quantity

router = Router(prefix="/payload-mappings", tags=["readings"])
Mends = Annotated[Principal, requires(Scope.QUARANTINE_WRITE)]
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=PRINTABLE)]
MappingName = Annotated[str, Path(min_length=1, max_length=64, pattern=PRINTABLE)]
TTN: dict[str, Any] = {
    "topic": "v3/+/devices/{sensor_id}/up",
    "values": {
        "temperature": {
            "path": "uplink_message.decoded_payload.TempC_SHT", "unit": "C", "unit_path": None, "scale": 1.0,
        }
    },
    "time_path": "received_at",
    "timezone": None,
    "sensor_path": None,
    "online_path": None,
}  # fmt: skip


MESSAGE: dict[str, Any] = {
    "topic": "v3/shop/devices/W01-L-T1/up",
    "payload": {"received_at": "2026-11-26T05:00:00Z", "uplink_message": {"decoded_payload": {"TempC_SHT": 3.5}}},
}
TOLD: dict[str, Any] = {
    "sensor_id": "W01-L-T1", "taken_at": "2026-11-26T05:00:00Z", "values": {"temperature": 3.5},
    "online": None,
}  # fmt: skip


class PlaceBody(BaseModel):
    """Where a value stands, its unit or where that stands, and what it is multiplied by (0.1 for tenths)."""

    path: Text
    unit: Text | None = None
    unit_path: Text | None = None
    scale: Annotated[float, Field(strict=True, allow_inf_nan=False)] = 1.0

    model_config = ConfigDict(extra="forbid")


class MappingBody(BaseModel):
    """On which topics, an MQTT filter with `{sensor_id}` for the level that names the sensor, and where in the JSON
    each value stands. `time_path` null: the time of arrival; `timezone`: in which times without an offset are told;
    `sensor_path` null: the topic names the sensor. At `online_path` a device says whether it is online (`$`: the
    payload is the word), null: it does not; a mapping has values or says that."""

    topic: Text
    values: dict[Quantity, PlaceBody] = {}
    time_path: Text | None = None
    timezone: Text | None = None
    sensor_path: Text | None = None
    online_path: Text | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [TTN]})


class MappingOut(MappingBody):
    """A mapping that is kept: since when, and by whom."""

    name: str
    kept_at: datetime
    kept_by: str

    model_config = ConfigDict(
        json_schema_extra={"examples": [TTN | {"name": "ttn", "kept_at": "2026-11-26T09:00:00Z", "kept_by": "Wang"}]}
    )


class SampleBody(BaseModel):
    """A message to try: its topic and the JSON that it says. `mapping` is tried in place of those that are kept."""

    topic: Annotated[str, Field(min_length=1, max_length=1000, pattern=PRINTABLE)]
    payload: Any
    mapping: MappingBody | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [MESSAGE | {"mapping": TTN}]})


class ToldOut(BaseModel):
    """What was told at a moment, in our units: C, percent, 1 for an open door and power that is there; and whether the
    device says that it is online (null: it does not say)."""

    sensor_id: str
    taken_at: datetime
    values: dict[Quantity, float]
    online: bool | None = None


class TriedOut(BaseModel):
    """What the message says, and the form by which it was read: a mapping's name, `SenML` or `ours`."""

    form: str
    told: list[ToldOut]

    model_config = ConfigDict(json_schema_extra={"examples": [{"form": "tried", "told": [TOLD]}]})


@router.get("", responses=responses())
def list_mappings(session: ReadSession, who: Mends, asked: Annotated[PageQuery, Query()]) -> Page[MappingOut]:
    """The mappings that are kept, by name."""
    return page_of(
        session, select(PayloadMappingRow), [PayloadMappingRow.name], asked, lambda row: _out(row.PayloadMappingRow)
    )


@router.post("/try", responses=responses())
def try_mapping(session: ReadSession, who: Mends, now: Now, sample: SampleBody) -> TriedOut:
    """Reads a message as if it came now, and keeps nothing. 422 says why it cannot be read."""
    tried = None if sample.mapping is None else mapping_of({"name": "tried"} | sample.mapping.model_dump(mode="json"))
    try:
        by = told_by(SensorMessage.of(sample.topic, sample.payload), now, [tried] if tried else kept_mappings(session))
    except NotAReading as why:
        raise Invalid("The message cannot be read: {why}.", why=why, field="payload") from why
    told = [
        ToldOut(
            sensor_id=one.device or by.sensor_id or "",
            taken_at=one.taken_at,
            values=dict(one.values),
            online=one.online,
        )
        for one in by.told
    ]
    return TriedOut(form=by.form, told=told)


@router.get("/{name}", responses=responses(NotFound))
def read_mapping(session: ReadSession, who: Mends, name: MappingName) -> MappingOut:
    """One mapping."""
    kept_mapping(session, name)
    return _out(session.get_one(PayloadMappingRow, name))


@router.put("/{name}", responses=responses())
def put_mapping(session: WriteSession, who: Mends, now: Now, name: MappingName, mapping: MappingBody) -> MappingOut:
    """Keeps a mapping in place of the one of its name. The watcher listens to its topic within ten seconds, and
    messages in the quarantine are read by it when they are replayed. Safe to repeat."""
    keep_mapping(session, mapping_of({"name": name} | mapping.model_dump(mode="json")), now, who.name)
    session.flush()
    return _out(session.get_one(PayloadMappingRow, name))


@router.delete("/{name}", status_code=204, responses=responses(NotFound))
def delete_mapping(session: WriteSession, who: Mends, name: MappingName) -> Response:
    """Forgets a mapping: messages on its topics are read as any others."""
    remove_mapping(session, name)
    return Response(status_code=204)


def _out(row: PayloadMappingRow) -> MappingOut:
    return MappingOut.model_validate(row.mapping | {"kept_at": row.kept_at, "kept_by": row.kept_by})
