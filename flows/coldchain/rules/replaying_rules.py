"""A rule set tried on history before it goes live: readings and rules from files, what it would have raised out.

The database has no part in it, so that any history and any rules can be tried anywhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from data.languages import Sentence
from flows.errors import Invalid
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.many_readings import BESIDES
from warehouse.coldchain.replaying import PastAlarm, Replayed, WatchedSensor, replay_rules
from warehouse.coldchain.rules import MINUTE, Rules

TIME_NAMES = ("taken_at", "time")
PARTS = {"rules": dict, "zones": dict, "sensors": dict, "limits": list}
USUAL_DELAY_MINUTES = 30
LIMIT_FIELDS = (
    "zone_id",
    "valid_from",
    "low_c",
    "high_c",
    "low_delay_minutes",
    "high_delay_minutes",
    "recovery_margin_c",
)


@dataclass(frozen=True)
class RulesFile:
    """What a rules file says: the rules of all zones, what single zones have otherwise, where sensors hang and how
    often they send (a sensor that is not named hangs in a zone of its own name), and the zones' limits over time."""

    usual: Rules
    zones: Mapping[str, Rules]
    places: Mapping[str, str]
    intervals: Mapping[str, float]
    limits: Mapping[str, list[Limit]]

    def sensor(self, sensor_id: str) -> WatchedSensor:
        """How a sensor is watched."""
        zone_id = self.places.get(sensor_id, sensor_id)
        rules = self.zones.get(zone_id, self.usual)
        if sensor_id in self.intervals:
            rules = replace(rules, interval=self.intervals[sensor_id] * MINUTE)
        return WatchedSensor(zone_id, self.limits.get(zone_id, []), rules)


def replay_files(readings: Path, rules: Path, limits: Path | None, timezone: str) -> Replayed:
    """What the rules would have raised over the readings. Times without an offset are of `timezone`. Raises Invalid,
    naming file, row and field."""
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            "--timezone {timezone!r} is not known; write one as Europe/Berlin.", timezone=timezone, field="timezone"
        ) from None
    frame = readings_of(readings, zone)
    watched = rules_of(rules, limits, zone)
    return replay_rules(frame, {str(name): watched.sensor(str(name)) for name in frame["sensor_id"].unique()})


def readings_of(path: Path, zone: ZoneInfo) -> pd.DataFrame:
    """The readings of a CSV file: sensor_id, taken_at (or time), temperature_c and what else sensors told."""
    table = _table(path)
    time = next((name for name in TIME_NAMES if name in table), None)
    missing = [name for name in ("sensor_id", "temperature_c") if name not in table]
    if time is None or missing:
        raise Invalid(
            "{path}: the column {columns} is missing.",
            path=path,
            columns=[*missing, *([] if time else ["taken_at"])],
        )
    frame = pd.DataFrame(
        {
            "sensor_id": table["sensor_id"].astype("str"),
            "taken_at": _moments(path, table[time], zone),
            "temperature_c": _numbers(path, table["temperature_c"]),
        }
    )
    for name in BESIDES:
        if name in table:
            told = table[name].replace("", None)
            frame[name] = (
                told.map({"true": True, "false": False, "1": True, "0": False})
                if name == "door_open"
                else (pd.to_numeric(told, errors="coerce"))
            )
    return frame


def rules_of(path: Path, limits: Path | None, zone: ZoneInfo) -> RulesFile:
    """A rules file, JSON; `limits` is a file of limits as they are imported, in place of those in the rules file."""
    try:
        said = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Invalid("{path} cannot be read: {why}.", path=path, why=error.strerror) from error
    except ValueError as error:
        raise Invalid("{path} is not JSON: {why}.", path=path, why=error) from error
    if not isinstance(said, dict):
        raise Invalid("{path}: an object is needed, with {parts}.", path=path, parts=PARTS)
    if not set(said) & set(PARTS):
        said = {"rules": said}
    if unknown := sorted(set(said) - set(PARTS)):
        raise Invalid(
            "{path}: unknown {unknown}; there are {parts}.",
            path=path,
            unknown=unknown,
            parts=PARTS,
        )
    for name, part in said.items():
        if not isinstance(part, PARTS[name]):
            kind = Sentence("list") if PARTS[name] is list else Sentence("object")
            raise Invalid("{path}: {name} is no {kind}.", path=path, name=name, kind=kind, field=name)
    rows = said.get("limits", []) if limits is None else _table(limits).to_dict("records")
    try:
        usual = Rules.from_dict(said.get("rules", {}), zone.key)
        zones = {name: Rules.from_dict(usual.as_dict() | own, zone.key) for name, own in said.get("zones", {}).items()}
    except (TypeError, ValueError) as error:
        raise Invalid("{path}: {why}.", path=path, why=error) from error
    places, intervals = _places(path, said.get("sensors", {}))
    kept: dict[str, list[Limit]] = {}
    for number, row in enumerate(rows, start=1):
        limit = _limit(limits or path, number, row, zone)
        kept.setdefault(limit.zone_id, []).append(limit)
    return RulesFile(usual, zones, places, intervals, kept)


def _places(path: Path, sensors: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, float]]:
    """In which zones sensors hang, and how many minutes apart they send where that is told: `"S1": "dairy"`, or
    `"S1": {"zone": "dairy", "interval": 20}`."""
    places, intervals = dict[str, str](), dict[str, float]()
    for name, told in sensors.items():
        one = {"zone": told} if isinstance(told, str) else told
        interval = one.get("interval", 1) if isinstance(one, dict) else 1
        told_well = isinstance(interval, int | float) and interval > 0
        if not isinstance(one, dict) or set(one) - {"zone", "interval"} or not told_well:
            raise Invalid(
                "{path}: sensor {name}: a zone's name, or zone and interval in minutes, is needed.",
                path=path,
                name=name,
                field="sensors",
            )
        places[name] = str(one.get("zone", name))
        if "interval" in one:
            intervals[name] = one["interval"]
    return places, intervals


def as_told(replayed: Replayed) -> dict[str, Any]:
    """What is printed as JSON."""
    cost = replayed.cost
    return {
        "alarms": [_as_told(alarm) for alarm in replayed.alarms],
        "missed": [_as_told(alarm) for alarm in replayed.missed],
        "cost": {
            "alarms": cost.alarms,
            "temperature_alarms": cost.temperature_alarms,
            "alarms_by_limits_alone": cost.by_limits_alone,
            "hours_open": round(cost.hours_open, 2),
            "hours_outside": round(cost.hours_outside, 2),
        },
    }


def _as_told(alarm: PastAlarm) -> dict[str, Any]:
    return {
        "sensor": alarm.sensor_id,
        "zone": alarm.zone_id,
        "kind": alarm.kind.value,
        "began_at": alarm.began_at.isoformat(),
        "raised_at": alarm.raised_at.isoformat(),
        "ended_at": None if alarm.ended_at is None else alarm.ended_at.isoformat(),
        "worst": alarm.worst,
    }


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype="str", keep_default_na=False, skipinitialspace=True)
    except OSError as error:
        raise Invalid("{path} cannot be read: {why}.", path=path, why=error.strerror) from error
    except ValueError as error:
        raise Invalid("{path} is no CSV file with a header: {why}.", path=path, why=error) from error


def _moments(path: Path, stamps: pd.Series, zone: ZoneInfo) -> pd.Series:
    """Moments in UTC; without an offset they are of the zone, and of an hour that its clock shows twice the second."""
    has_offset = stamps.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True)
    parsed = pd.to_datetime(stamps.where(has_offset), format="ISO8601", utc=True, errors="coerce")
    if not has_offset.all():
        local = pd.to_datetime(stamps.where(~has_offset), format="ISO8601", errors="coerce")
        repeated = stamps.groupby(stamps).cumcount().to_numpy() > 0
        there = local.dt.tz_localize(zone, ambiguous=~repeated, nonexistent="shift_forward")
        parsed = parsed.fillna(there.dt.tz_convert(UTC))
    _refuse_first(path, parsed.isna().to_numpy(), stamps, Sentence("is no time; write one as 2026-11-27T08:15:00Z"))
    return parsed.dt.as_unit("us")


def _numbers(path: Path, values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    _refuse_first(path, ~np.isfinite(numbers.to_numpy(float)), values, Sentence("is no number of degrees C"))
    return numbers.astype(float)


def _refuse_first(path: Path, bad: np.ndarray, values: pd.Series, why: Sentence) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise Invalid(
            "{path}, line {line}: {name} {value!r} {why}.",
            path=path,
            line=row + 2,
            name=values.name,
            value=values.iloc[row],
            why=why,
            field=str(values.name),
        )


def _limit(path: Path, number: int, row: Mapping[str, Any], zone: ZoneInfo) -> Limit:
    """A limit as it is imported. Raises Invalid, which names its row."""
    try:
        if unknown := sorted(set(row) - set(LIMIT_FIELDS)):
            raise ValueError(f"unknown {', '.join(unknown)}; there are {', '.join(LIMIT_FIELDS)}")
        valid_from = datetime.fromisoformat(row["valid_from"])
        return Limit(
            str(row["zone_id"]),
            _number_or_none(row.get("low_c")),
            _number_or_none(row.get("high_c")),
            _delay(row.get("high_delay_minutes")),
            _delay(row.get("low_delay_minutes")),
            valid_from if valid_from.tzinfo else valid_from.replace(tzinfo=zone),
            _number_or_none(row.get("recovery_margin_c")) or 0.0,
        )
    except (KeyError, TypeError, ValueError) as error:
        missing = isinstance(error, KeyError)
        what = Sentence("{name} is missing", name=error) if missing else str(error)
        raise Invalid("{path}, limit {number}: {what}.", path=path, number=number, what=what, field="limits") from error


def _delay(minutes: Any) -> timedelta:
    told = _number_or_none(minutes)
    return timedelta(minutes=USUAL_DELAY_MINUTES if told is None else told)


def _number_or_none(value: Any) -> float | None:
    return None if value is None or value == "" else float(value)
