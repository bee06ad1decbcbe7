"""The log of a zone as CSV: one table of which `record` says what a row is, every reading in it.

Times are the zone's own with their offset from UTC. It begins with a byte-order mark, without which spreadsheets show
Chinese names as noise. Rows are made one by one: a log is as long as its readings.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import IO

from data.languages import in_one_paragraph, say
from flows.coldchain.zone_log.words import about_limit, about_log, about_record, limit_spans, state_of_record
from flows.spreadsheet_cells import Value, in_csv
from warehouse.coldchain.alarms import AlarmKind
from warehouse.coldchain.zone_alarms import COLD_ONES, IN_PERCENT
from warehouse.coldchain.zone_log.figures import Extreme, Figures
from warehouse.coldchain.zone_log.heard import as_moment
from warehouse.coldchain.zone_log.log import Period, SensorLog, ZoneLog

COLUMNS = (
    *("record", "id", "from", "until", "kind", "temperature_c", "lowest_c", "mean_c", "highest_c", "mean_kinetic_c"),
    *("low_limit_c", "high_limit_c", "readings", "minutes_seen", "minutes_above", "minutes_below"),
    *("degree_minutes_above", "degree_minutes_below", "by", "said", "reached_at", "percent", "limit_percent"),
)
Row = Mapping[str, Value]
MINUTE = timedelta(minutes=1)


def write_csv(log: ZoneLog, file: IO[bytes]) -> None:
    """Writes the log as CSV in UTF-8."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([in_csv(row.get(name)) for name in COLUMNS] for row in _rows(log))
    text.flush()
    text.detach()


def _rows(log: ZoneLog) -> Iterator[Row]:
    yield from _head(log)
    for sensor in log.sensors:
        yield from _figures(sensor, log.period)
    yield from _what_happened(log)
    for sensor in log.sensors:
        yield from _readings(sensor, log.period)


def _head(log: ZoneLog) -> Iterator[Row]:
    period = log.period
    yield {"record": "log", "id": log.zone_id, **_span(period, period.begin, period.end), "by": log.made_by,
           "said": about_log(log)}  # fmt: skip
    yield {
        "record": "seals",
        "id": log.record.head,
        "kind": state_of_record(log.record),
        "said": in_one_paragraph(about_record(log.record)),
    }
    yield from ({"record": "altered", "said": one} for one in log.record.altered)
    for limit, until in limit_spans(log):
        yield {"record": "limit", "id": limit.zone_id, "low_limit_c": limit.low_c, "high_limit_c": limit.high_c,
               **_span(period, limit.valid_from, until), "said": about_limit(limit)}  # fmt: skip
    for sensor in log.sensors:
        stay = sensor.stay
        yield {"record": "sensor", "id": stay.sensor_id, **_span(period, stay.since, stay.until), "said": stay.name}


def _figures(sensor: SensorLog, period: Period) -> Iterator[Row]:
    for record, figures in (("period", [sensor.whole]), ("day", sensor.days), ("hour", sensor.hours)):
        for one in figures:
            yield {"record": record, "id": sensor.stay.sensor_id, **_span(period, one.begin, one.end), **_told(one)}


def _told(figures: Figures) -> Row:
    return {
        "lowest_c": _celsius(figures.lowest),
        "mean_c": _rounded(figures.mean_c),
        "highest_c": _celsius(figures.highest),
        "mean_kinetic_c": _rounded(figures.kinetic_c),
        "readings": figures.readings,
        "minutes_seen": _minutes(figures.seen),
        "minutes_above": _minutes(figures.above),
        "minutes_below": _minutes(figures.below),
        "degree_minutes_above": _rounded(figures.degree_minutes_above),
        "degree_minutes_below": _rounded(figures.degree_minutes_below),
        "said": say("{n} readings that are no temperature", n=figures.faults) if figures.faults else None,
    }


def _what_happened(log: ZoneLog) -> Iterator[Row]:
    period = log.period
    for gap in log.gaps:
        yield {"record": "gap", "id": gap.sensor_id, **_span(period, gap.since, gap.until),
               "kind": "never_heard_before" if gap.unheard else "nothing_heard"}  # fmt: skip
    for one in log.excursions:
        yield {"record": "excursion", "id": one.sensor_id, **_span(period, one.began_at, one.ended_at),
               "kind": one.kind, **_worst(one.kind, one.worst_c), **_limit(one.kind, one.limit_c),
               "said": one.alarm_id}  # fmt: skip
    for alarm in log.alarms:
        yield {"record": "alarm", "id": alarm.alarm_id, **_span(period, alarm.began_at, alarm.ended_at),
               "kind": alarm.kind, **_worst(alarm.kind, alarm.worst_c), **_limit(alarm.kind, alarm.limit_c),
               "by": alarm.acknowledged_by,
               "said": ", ".join(filter(None, (alarm.severity, alarm.raised_because))) or None}  # fmt: skip
        for step in alarm.steps:
            yield {"record": "alarm_change", "id": alarm.alarm_id, **_span(period, step.at, None), "kind": step.what,
                   **_worst(alarm.kind, step.worst_c), "by": step.by, "said": step.note}  # fmt: skip
    for command in log.commands:
        yield {"record": "command", "id": command.actuator_id, **_span(period, command.decided_at, command.ended_at),
               "kind": f"{command.desired}, {command.status}", "by": command.decided_by or say("the rule"),
               "said": command.said}  # fmt: skip
    for silence in log.silences:
        yield {"record": "silence", "id": silence.sensor_id, **_span(period, silence.starts_at, silence.ends_at),
               "kind": ", ".join(silence.kinds or ()), "by": silence.created_by, "said": silence.reason}  # fmt: skip


def _readings(sensor: SensorLog, period: Period) -> Iterator[Row]:
    """The readings, and the summaries of hours that have none any more."""
    heard, sensor_id = sensor.heard, sensor.stay.sensor_id
    which = heard.between(sensor.whole.begin, sensor.whole.end)
    columns: Sequence[Sequence[float]] = [
        column[which].tolist()
        for column in (heard.begin, heard.end, heard.lowest, heard.said, heard.mean, heard.highest, heard.readings,
                       heard.known)
    ]  # fmt: skip
    for begin, end, lowest, said, mean, highest, readings, known in zip(*columns, strict=True):
        at = _at(period, as_moment(int(begin)))
        if end > begin:
            yield {"record": "summary", "id": sensor_id, "from": at, "until": _at(period, as_moment(int(end))),
                   "lowest_c": lowest, "mean_c": _rounded(said), "highest_c": highest,
                   "readings": readings}  # fmt: skip
        else:
            yield {"record": "reading", "id": sensor_id, "from": at, "temperature_c": said,
                   "kind": "fault" if mean != mean else None,
                   "reached_at": _at(period, as_moment(int(known)))}  # fmt: skip


def _span(period: Period, begin: datetime | None, end: datetime | None) -> Row:
    return {"from": begin and _at(period, begin), "until": end and _at(period, end)}


def _at(period: Period, moment: datetime) -> str:
    return period.there(moment).isoformat(sep=" ")


def _worst(kind: str, worst: float | None) -> Row:
    if kind == AlarmKind.DOOR_OPEN:
        return {}
    return {"percent" if kind in IN_PERCENT else "temperature_c": worst}


def _limit(kind: str, limit_c: float | None) -> Row:
    if kind in IN_PERCENT:
        return {"limit_percent": limit_c}
    return {"low_limit_c" if kind in COLD_ONES else "high_limit_c": limit_c}


def _celsius(extreme: Extreme | None) -> float | None:
    return None if extreme is None else extreme.celsius


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _minutes(length: timedelta) -> float:
    return round(length / MINUTE, 2)
