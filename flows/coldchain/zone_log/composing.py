"""The log of a zone, composed from one state of the database: which sensors hung there when, what they said, what
became of it, and whether the record is as it was sealed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.zone_record import ZoneRows, contradicting_readings, kept_readings, zone_rows
from data.tables import (
    AlarmChangeRow,
    AlarmRow,
    CommandRow,
    ExcursionRow,
    SensorPlaceRow,
    SensorRow,
    SilenceRow,
    WarehouseRow,
    ZoneRow,
)
from flows.coldchain.rules.kept_limits import limits_of_zones
from flows.coldchain.sensors.sensor_places import FIRST_MOMENT, SensorPlaces, places_over_time
from flows.coldchain.zone_log.asked_period import asked_period
from flows.coldchain.zone_log.record_state import Keys, judged_by, record_state
from flows.errors import Unknown
from flows.settings import Settings
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.zone_log.heard import Heard, Stay, as_moment, as_number, believed
from warehouse.coldchain.zone_log.log import (
    AlarmStep,
    LoggedAlarm,
    LoggedCommand,
    LoggedExcursion,
    LoggedSilence,
    Period,
    RecordState,
    SensorLog,
    ZoneLog,
    limits_held,
    sensor_log,
)


def zone_log(
    session: Session,
    zone_id: str,
    first: date | None,
    last: date | None,
    settings: Settings,
    now: datetime,
    made_by: str,
) -> ZoneLog:
    """The log of a zone from `first` to `last`, local days that are both included (`asked_period`).

    Raises Unknown for a zone that is not there, Invalid for days that no log is of."""
    zone = session.get(ZoneRow, zone_id)
    if zone is None:
        raise Unknown("Zone {zone_id!r} was not found.", zone_id=zone_id, field="zone_id")
    warehouse = session.get_one(WarehouseRow, zone.warehouse_id)
    period = asked_period(first, last, warehouse.timezone, now)
    limits = limits_of_zones(session, [zone_id]).get(zone_id, [])
    usual = Rules(silent_after=settings.sensor_silent_after)
    sensors = [_sensor_log(session, stay, limits, period) for stay in _stays(session, zone_id, period, usual)]
    rows = zone_rows(session, zone_id, warehouse.warehouse_id, period.begin, period.end)
    return ZoneLog(
        warehouse_id=warehouse.warehouse_id,
        warehouse_name=warehouse.name,
        address=warehouse.address,
        zone_id=zone_id,
        zone_name=zone.name,
        shop_name=settings.shop_name,
        period=period,
        limits=limits_held(limits, period),
        sensors=sensors,
        excursions=[_excursion(row) for row in rows.excursions],
        alarms=_alarms(rows),
        commands=[_command(row, name) for row, name in rows.commands],
        silences=_silences(rows, zone_id, {sensor.stay.sensor_id for sensor in sensors}),
        record=_record_state(session, Path(settings.records_folder), zone_id, period, sensors, rows),
        made_by=made_by,
        made_at=now,
    )


def _stays(session: Session, zone_id: str, period: Period, usual: Rules) -> Iterator[Stay]:
    """The stays of sensors in the zone that touch the period, by the sensors' names."""
    before = select(SensorPlaceRow.sensor_id).where(SensorPlaceRow.zone_id == zone_id)
    of_it = (SensorRow.zone_id == zone_id) | SensorRow.sensor_id.in_(before)
    names = dict(session.execute(select(SensorRow.sensor_id, SensorRow.name).where(of_it)).tuples().all())
    places = places_over_time(session, names, usual)
    for sensor_id, name in sorted(names.items(), key=lambda one: (one[1], one[0])):
        for stay in _in_zone(places[sensor_id], sensor_id, name, zone_id):
            begins = stay.since is None or stay.since < period.end
            if begins and (stay.until is None or stay.until > period.begin):
                yield stay


def _in_zone(places: SensorPlaces, sensor_id: str, name: str, zone_id: str) -> Iterator[Stay]:
    """A sensor's stays in the zone; another rule set begins no other stay."""
    since: datetime | None = None
    rules: list[tuple[datetime, Rules]] = []
    for stay in places.stays:
        if stay.place is not None and stay.place.zone_id == zone_id:
            since = since or stay.since
            rules.append((stay.since, stay.rules))
        elif since is not None:
            yield Stay(sensor_id, name, _moment(since), stay.since, rules)
            since, rules = None, []
    if since is not None:
        yield Stay(sensor_id, name, _moment(since), None, rules)


def _moment(since: datetime) -> datetime | None:
    return None if since == FIRST_MOMENT else since


def _sensor_log(session: Session, stay: Stay, limits: Sequence[Limit], period: Period) -> SensorLog:
    begin = period.begin if stay.since is None else max(period.begin, stay.since)
    end = period.end if stay.until is None else min(period.end, stay.until)
    kept = kept_readings(session, stay.sensor_id, begin, end, period.now)
    if stay.since is not None:  # what it said where it hung before is no word of this zone
        kept = kept[kept["begin"] >= as_number(stay.since)]
    if stay.until is not None:
        kept = kept[kept["begin"] < as_number(stay.until)]
    heard = Heard(
        begin=kept["begin"],
        end=kept["end"],
        lowest=believed(kept["lowest"]),
        mean=believed(kept["mean"]),
        highest=believed(kept["highest"]),
        said=kept["mean"],
        readings=kept["readings"],
        known=kept["known"],
    )
    contradicting = contradicting_readings(session, stay.sensor_id, begin, end)
    return sensor_log(heard, stay, limits, period, contradicting)


def _excursion(row: ExcursionRow) -> LoggedExcursion:
    return LoggedExcursion(
        sensor_id=row.sensor_id,
        kind=row.kind,
        began_at=row.began_at,
        raised_at=row.raised_at,
        ended_at=row.ended_at,
        limit_c=row.limit_c,
        worst_c=row.worst_c,
        alarm_id=row.alarm_id,
    )


def _alarms(rows: ZoneRows) -> list[LoggedAlarm]:
    steps: Mapping[str, list[AlarmStep]] = defaultdict(list)
    for change in rows.changes:
        steps[change.alarm_id].append(AlarmStep(change.what, change.at, change.by, change.note, change.worst_c))
    return [
        LoggedAlarm(
            alarm_id=row.alarm_id,
            sensor_id=row.sensor_id,
            kind=row.kind,
            severity=row.severity,
            began_at=row.began_at,
            raised_at=row.raised_at,
            raised_because=row.raised_because,
            ended_at=row.ended_at,
            ended_because=row.ended_because,
            limit_c=row.limit_c,
            worst_c=row.worst_c,
            acknowledged_by=row.acknowledged_by,
            steps=steps[row.alarm_id],
        )
        for row in rows.alarms
    ]


def _command(row: CommandRow, name: str) -> LoggedCommand:
    return LoggedCommand(
        actuator_id=row.actuator_id,
        actuator_name=name,
        desired=row.desired,
        said=row.said,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        status=row.status,
        ended_at=row.ended_at,
    )


def _silences(rows: ZoneRows, zone_id: str, sensor_ids: set[str]) -> list[LoggedSilence]:
    """The silences that concern the zone: of it, of one of its sensors, or of the whole warehouse."""
    return [
        LoggedSilence(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            sensor_id=row.sensor_id,
            kinds=row.kinds,
            reason=row.reason,
            created_by=row.created_by,
            created_at=row.created_at,
        )
        for row in rows.silences
        if row.zone_id in (None, zone_id) and (row.sensor_id is None or row.sensor_id in sensor_ids)
    ]


def _record_state(
    session: Session, folder: Path, zone_id: str, period: Period, sensors: Sequence[SensorLog], rows: ZoneRows
) -> RecordState:
    summaries: dict[str, list[datetime]] = defaultdict(list)
    for sensor in sensors:
        heard = sensor.heard
        summed = heard.begin[heard.end > heard.begin]
        summaries[sensor.stay.sensor_id] += [as_moment(hour) for hour in summed]
    shown: dict[str, Keys] = {
        ExcursionRow.__tablename__: [(row.sensor_id, row.kind, row.began_at) for row in rows.excursions],
        AlarmRow.__tablename__: [(row.alarm_id,) for row in rows.alarms],
        AlarmChangeRow.__tablename__: [(row.alarm_id, row.change_no) for row in rows.changes],
        CommandRow.__tablename__: [(row.command_id,) for row, _ in rows.commands],
        SilenceRow.__tablename__: [(row.silence_id,) for row in rows.silences],
        **judged_by(session, zone_id, summaries),
    }
    return record_state(session.connection(), folder, zone_id, (period.begin, period.end), summaries, shown)
