"""What is drawn above a zone's temperatures: its alarms, and when it was silenced, a door was open, a cooler defrosted,
or a fan or cooler was on; each with the words that stand beside it when it is pointed at."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.pages.charts import Rows, wall_clock
from api.pages.temperatures.temperature_chart import TRACKS
from api.pages.texts import celsius, duration, moment, say
from data.frames.zone_history import Hung, Span, silences_over, switched_on, told_spans
from data.tables import AlarmRow
from flows.coldchain.alarms.zones_now import ZoneNow
from warehouse.coldchain.alarms import AlarmKind
from warehouse.coldchain.quantities import Quantity

OF_TEMPERATURE = (AlarmKind.TOO_WARM, AlarmKind.TOO_COLD)


def zone_spans(session: Session, zone: ZoneNow, hung: Sequence[Hung], start: datetime, end: datetime) -> Rows:
    """What went on between two moments, by track: alarms first, the longest known kinds above."""
    doors = told_spans(session, hung, Quantity.DOOR, start, end)
    defrosts = told_spans(session, hung, Quantity.DEFROST, start, end)
    switched = switched_on(session, zone.zone, start, end)
    silences = (
        Span(max(one.starts_at, start), min(one.ends_at, end), one.reason)
        for one in silences_over(session, zone.zone, start, end)
    )
    by_track: dict[str, Iterable[Span]] = {
        "silenced": silences,
        "door": doors,
        "defrost": [*defrosts, *_excused(zone, start, end)],
        **{kind.value: spans for kind, spans in switched.items()},
    }
    return [
        *_alarms(session, zone, start, end),
        *(_row(track, span, zone.warehouse.timezone) for track in TRACKS for span in by_track.get(track, ())),
    ]


def _alarms(session: Session, zone: ZoneNow, start: datetime, end: datetime) -> Rows:
    alarms = session.scalars(
        select(AlarmRow)
        .where(AlarmRow.warehouse_id == zone.warehouse.warehouse_id, AlarmRow.zone_id == zone.zone.zone_id)
        .where(AlarmRow.began_at < end, or_(AlarmRow.ended_at.is_(None), AlarmRow.ended_at >= start))
        .order_by(AlarmRow.began_at)
    )
    return [
        {
            "track": alarm.kind,
            "t": wall_clock(max(alarm.began_at, start), zone.warehouse.timezone),
            "until": wall_clock(min(alarm.ended_at or end, end), zone.warehouse.timezone),
            "outside": alarm.kind in OF_TEMPERATURE,
            "tip": say(
                "chart.alarm_tip" if alarm.kind in OF_TEMPERATURE else "chart.span_tip",
                kind=say(f"alarm.{alarm.kind}"),
                began=moment(alarm.began_at, zone.warehouse.timezone),
                lasted=duration((alarm.ended_at or end) - alarm.began_at),
                worst=celsius(alarm.worst_c),
            ),
        }
        for alarm in alarms
    ]


def _excused(zone: ZoneNow, start: datetime, end: datetime) -> Iterator[Span]:
    """Stays outside that were taken for defrosts, as far back as they are remembered: a few days."""
    for sensor in zone.sensors:
        for stay in sensor.stays:
            if stay.excused and stay.ended_at > start and stay.began_at < end:
                yield Span(max(stay.began_at, start), stay.ended_at, say("chart.excused", c=celsius(stay.worst_c)))


def _row(track: str, span: Span, timezone: str) -> dict[str, object]:
    tip = say(
        "chart.span_tip",
        kind=say(f"chart.track_{track}"),
        began=moment(span.begins, timezone),
        lasted=duration(span.ends - span.begins),
    )
    return {
        "track": track,
        "t": wall_clock(span.begins, timezone),
        "until": wall_clock(span.ends, timezone),
        "outside": False,
        "tip": f"{tip}: {span.told}" if span.told else tip,
    }
