"""Titles and heads of the log on paper, and what its codes are called."""

from collections.abc import Mapping
from typing import Final

from data.languages import worded

HEADS: Final[Mapping[str, str]] = {
    "log.Temperature log": "Temperature log",
    "log.Period": "Period",
    "log.Made": "Made",
    "log.Readings": "Readings",
    "log.Outside limits": "Outside limits",
    "log.Alarms": "Alarms",
    "log.Record": "Record",
    "log.Limits": "Limits",
    "log.Held from": "Held from",
    "log.until": "until",
    "log.lowest °C": "lowest °C",
    "log.highest °C": "highest °C",
    "log.Sensors": "Sensors",
    "log.Sensor": "Sensor",
    "log.Name": "Name",
    "log.Hung here": "Hung here",
    "log.lowest": "lowest",
    "log.mean": "mean",
    "log.MKT °C": "MKT °C",
    "log.MKT": "MKT",
    "log.above": "above",
    "log.below": "below",
    "log.Temperatures": "Temperatures",
    "log.Days": "Days",
    "log.Day": "Day",
    "log.seen": "seen",
    "log.at": "at",
    "log.°C·min": "°C·min",
    "log.Gaps": "Gaps",
    "log.Last reading": "Last reading",
    "log.Next reading": "Next reading",
    "log.Within the period": "Within the period",
    "log.Excursions": "Excursions",
    "log.What": "What",
    "log.Began": "Began",
    "log.Alarm": "Alarm",
    "log.Ended": "Ended",
    "log.limit": "limit",
    "log.worst": "worst",
    "log.When": "When",
    "log.By whom, and why": "By whom, and why",
    "log.Actions: fans and coolers": "Actions: fans and coolers",
    "log.Fan or cooler": "Fan or cooler",
    "log.to be": "to be",
    "log.Why": "Why",
    "log.By": "By",
    "log.Result": "Result",
    "log.Silences: alarms kept and told to nobody": "Silences: alarms kept and told to nobody",
    "log.From": "From",
    "log.Kinds": "Kinds",
    "log.The record": "The record",
    "log.Hours": "Hours",
}
CODES: Final[Mapping[str, str]] = {
    "log.code.too_warm": "too warm",
    "log.code.too_cold": "too cold",
    "log.code.changing_fast": "changing fast",
    "log.code.too_humid": "too humid",
    "log.code.too_dry": "too dry",
    "log.code.door_open": "door open",
    "log.code.silent": "silent",
    "log.code.faulty": "faulty",
    "log.code.stuck": "stuck",
    "log.code.drifting": "drifting",
    "log.code.battery_low": "battery low",
    "log.code.all_kinds": "all kinds",
    "log.code.on": "on",
    "log.code.off": "off",
    "log.code.critical": "critical",
    "log.code.warning": "warning",
    "log.code.raised": "raised",
    "log.code.worse": "worse",
    "log.code.joined": "joined",
    "log.code.acknowledged": "acknowledged",
    "log.code.reminder": "reminder",
    "log.code.ended": "ended",
    "log.code.note": "note",
    "log.code.waiting": "waiting",
    "log.code.sent": "sent",
    "log.code.confirmed": "confirmed",
    "log.code.expired": "expired",
    "log.code.superseded": "superseded",
}


def head_of(name: str) -> str:
    """A title, the head of a column or the name of a fact; nothing for nothing."""
    return worded(f"log.{name}", HEADS[f"log.{name}"]) if name else name


def kind(code: str) -> str:
    """The kind of an alarm, what happened to it, what was to be done, or how that went."""
    name = f"log.code.{code}"
    return worded(name, CODES[name]) if name in CODES else code.replace("_", " ")
