"""What a log says in words, in the language read now, whatever the names in it are written in."""

import re
from datetime import datetime, timedelta
from itertools import zip_longest

from data.languages import Sentence, listed, reworded, say
from warehouse.coldchain.alarms import AlarmKind
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.zone_alarms import IN_PERCENT
from warehouse.coldchain.zone_log.log import Period, RecordState, ZoneLog

MINUTE = timedelta(minutes=1)
SIGNED = {
    True: Sentence("The end of the chain is signed by this service's key."),
    False: Sentence("The end of the chain is NOT signed by this service's key."),
    None: Sentence("The key that signs the chain is not here: its signature was not checked."),
}


def about_log(log: ZoneLog) -> str:
    """Of which zone the log is, who made it and when."""
    return say(
        "{zone}, {warehouse} ({warehouse_id}), {timezone}. Made {at}.",
        zone=log.zone_name,
        warehouse=log.warehouse_name,
        warehouse_id=log.warehouse_id,
        timezone=log.period.timezone,
        at=moment(log.period, log.made_at),
    )


def why_switched(said: str) -> str:
    """Why a fan or cooler was switched, as its command says it: in words, or a value of each quantity."""
    return listed(reworded(one) for one in re.split(r"(?<=\)), ", said))


def state_of_record(record: RecordState) -> str:
    """The state of the record in one word."""
    if record.head is None:
        return "not_sealed"
    return "altered" if record.found or record.signed is False else "as_sealed"


def about_record(record: RecordState) -> list[str]:
    """Whether what the log shows is as it was sealed, what was looked at, and what that does not tell."""
    if record.head is None:
        return [say("Nothing is sealed yet: whether what is shown was changed since it was written cannot be told.")]
    number, _, hash_ = record.head.partition(":")
    as_sealed = say("All that is shown is as it was sealed.")
    sentences = [
        say("{found:,} NOT as sealed.", found=record.found) if record.found else as_sealed,
        say(
            "Checked were {hours:,} hours of readings, {summaries:,} hourly summaries of readings that were pruned by "
            "age, and {rows:,} rows of alarms, excursions, actions, silences, limits, rules and places.",
            hours=record.hours,
            summaries=record.summaries,
            rows=record.rows,
        ),
        say("Readings of {waiting:,} hours are not sealed yet.", waiting=record.waiting) if record.waiting else "",
        str(SIGNED[record.signed]),
        say("The chain of seals ended at number {number}, hash {hash}.", number=number, hash=hash_),
        say(
            "Whether a seal up to it was changed or removed since shows: freshfront coldchain verify --head {head}",
            head=record.head,
        ),
    ]
    return [sentence for sentence in sentences if sentence]


def about_limit(limit: Limit) -> str:
    """For how long a zone may be outside a limit."""
    high, low = (delay // MINUTE for delay in (limit.high_delay, limit.low_delay))
    return say(
        "alarm after {high} min above, {low} min below; back by {margin:g} C",
        high=high,
        low=low,
        margin=limit.recovery_margin_c,
    )


def limit_spans(log: ZoneLog) -> list[tuple[Limit, datetime | None]]:
    """Each limit with the moment from which on another held; None: it still did."""
    return list(zip_longest(log.limits, (limit.valid_from for limit in log.limits[1:])))


def moment(period: Period, at: datetime | None) -> str:
    """`2026-11-27 14:05+08:00`; nothing for none."""
    return "" if at is None else period.there(at).isoformat(sep=" ", timespec="minutes")


def celsius(value: float | None) -> str:
    """A temperature in C, `3.25`; a dash for none."""
    return "–" if value is None else f"{value:.2f}"


def measured(kind_of: str, value: float | None) -> str:
    """The worst or the limit of an alarm of a kind: `5.20 °C`, `97 %`; a dash for none, and for a door."""
    if value is None or kind_of == AlarmKind.DOOR_OPEN:
        return "–"
    return f"{value:g} %" if kind_of in IN_PERCENT else f"{celsius(value)} °C"


def duration(length: timedelta) -> str:
    """`26 h 05 min`; seconds where it is less than a minute."""
    minutes = round(length / MINUTE)
    if not minutes:
        return say("{n:.0f} s", n=length.total_seconds()) if length else "0"
    if minutes < 60:
        return say("{n} min", n=minutes)
    return say("{hours} h {minutes:02} min", hours=minutes // 60, minutes=minutes % 60)
