"""`freshfront mappings`: how payloads of devices are read that are neither in our form nor SenML."""

import json as json_texts
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from data.database import reading, require_current_schema, writing
from data.languages import reworded, say
from flows.coldchain.messages.payload_mappings import (
    keep_mapping,
    kept_mapping,
    kept_mappings,
    mapping_of,
    remove_mapping,
)
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import told_by
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer
from flows.database import database
from flows.errors import Invalid
from warehouse.coldchain.payloads.mappings import PayloadMapping
from warehouse.coldchain.payloads.mappings_as_json import mapping_as_json
from warehouse.coldchain.payloads.status import bare_word
from warehouse.coldchain.payloads.told import NotAReading
from warehouse.coldchain.quantities import Quantity

Name = Annotated[str, typer.Argument(metavar="NAME")]
MappingFile = Annotated[Path, typer.Argument(metavar="FILE", help="a mapping as JSON")]


def listing(json: Json = False) -> None:
    """List the mappings: on which topics, and where each value stands."""
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            found = kept_mappings(session)
    lines = "\n".join(map(_line, found))
    answer(
        [mapping_as_json(one) for one in found],
        lines or say("There are no mappings: payloads are ours or SenML."),
        json,
    )


def show(name: Name) -> None:
    """Print a mapping as JSON, as `keep` takes it."""
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            answer(mapping_as_json(kept_mapping(session, name)), "", as_json=True)


def keep(file: MappingFile) -> None:
    """Keep the mapping of a file in place of the one of its name; the watcher listens to its topic. Safe to repeat."""
    mapping = _mapping_in(file)
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            keep_mapping(session, mapping, datetime.now(UTC), "freshfront")
    answer(None, say("Kept: {mapping}", mapping=_line(mapping)), as_json=False)


def remove(name: Name) -> None:
    """Forget a mapping: messages on its topics are read as any others."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            remove_mapping(session, name)
    answer(None, say("Removed: {name}.", name=name), as_json=False)


def attempt(
    samples: Annotated[
        list[str], typer.Argument(metavar="SAMPLE", help="files of one message each, or JSON or a word itself")
    ],
    topic: Annotated[str, typer.Option(help="the topic that they come on")],
    mapping: Annotated[
        Path | None, typer.Option(help="a mapping as JSON to try; those that are kept if not given")
    ] = None,
    json: Json = False,
) -> None:
    """Try a mapping on samples: which sensor, time and values are read from each. Keeps nothing, and needs no database
    where a mapping is given. Ends with 1 where a sample cannot be read."""
    mappings = [_mapping_in(mapping)] if mapping is not None else _kept()
    tried = [_tried(sample, topic, mappings) for sample in samples]
    answer(tried, "\n".join(map(_as_line, tried)), json)
    if any("problem" in one for one in tried):
        raise typer.Exit(1)


def _kept() -> list[PayloadMapping]:
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            return kept_mappings(session)


def _mapping_in(file: Path) -> PayloadMapping:
    try:
        said = json_texts.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid("{file} cannot be read as JSON: {why}.", file=file, why=error, field="mapping") from error
    if not isinstance(said, dict):
        raise Invalid(
            "{file} holds no mapping: it is an object with name, topic and values.", file=file, field="mapping"
        )
    return mapping_of(said)


def _tried(sample: str, topic: str, mappings: list[PayloadMapping]) -> dict[str, Any]:
    try:
        said = sample.lstrip()[:1] in ("{", "[") or (bare_word(sample.encode()) and not Path(sample).exists())
        payload = sample.encode() if said else Path(sample).read_bytes()
    except OSError as error:
        raise Invalid(
            "The sample {sample!r} cannot be read: {why}.", sample=sample, why=error.strerror, field="sample"
        ) from error
    try:
        by = told_by(SensorMessage(topic, payload), datetime.now(UTC), mappings)
    except NotAReading as why:
        return {"sample": sample, "problem": str(why)}
    told = [
        {
            "sensor_id": one.device or by.sensor_id,
            "taken_at": one.taken_at,
            "values": dict(one.values),
            "online": one.online,
        }
        for one in by.told
    ]
    return {"sample": sample, "form": by.form, "told": told}


def _as_line(tried: dict[str, Any]) -> str:
    if "problem" in tried:
        return say("{sample}: cannot be read: {why}", sample=tried["sample"][:60], why=reworded(tried["problem"]))
    return "\n".join(
        f"{one['sensor_id']}  {one['taken_at'].isoformat()}  "
        f"{', '.join(_told(one['values'], one['online']))}  ({tried['form']})"
        for one in tried["told"]
    )


def _told(values: dict[Quantity, float], online: bool | None) -> list[str]:
    said = [] if online is None else [say("online") if online else say("offline")]
    return [*(f"{quantity} {value:g}" for quantity, value in values.items()), *said]


def _line(mapping: PayloadMapping) -> str:
    places = [say("{what} at {place}", what=what, place=place.path) for what, place in mapping.values.items()]
    places += [] if mapping.online_path is None else [say("online at {place}", place=mapping.online_path)]
    return f"{mapping.name}  {mapping.topic}  {', '.join(places)}"
