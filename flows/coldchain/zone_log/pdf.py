"""The log of a zone on A4: whose it is and what it comes to, the chart, a table of each thing, the hours at the end.

Readings themselves are in the CSV. Tables of more rows than anyone turns over end with how many more the CSV has.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import IO, Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, SimpleDocTemplate, Spacer, Table, TableStyle

from data.languages import language_now, listed, say
from data.languages.reading import Language
from flows.coldchain.zone_log.log_words import head_of, kind
from flows.coldchain.zone_log.pdf_chart import Chart, Legend
from flows.coldchain.zone_log.words import (
    about_limit,
    about_record,
    celsius,
    duration,
    limit_spans,
    measured,
    moment,
    why_switched,
)
from flows.printing.font import FONT, GETA, Printable, shapes
from flows.printing.paper import INK, MARGIN, QUIET, RULE, TINT, UNPADDED, WIDTH, NumberedPages, paragraph
from warehouse.coldchain.alarms import RaisedBecause
from warehouse.coldchain.zone_log.figures import Extreme, Figures
from warehouse.coldchain.zone_log.heard import Gap
from warehouse.coldchain.zone_log.log import AlarmStep, LoggedAlarm, SensorLog, ZoneLog

MOST_ROWS = 400  # of a table; a quarter has more hours, and they are what it is about
SENSORS_A_TABLE = 5
LANGUAGES = {Language.EN: "en", Language.ZH: "zh-CN"}
SMALL = 7.0
FRAME = 6  # points that reportlab leaves free around what is on a page
Cell = str | Flowable
Part = Sequence[Flowable]


def write_pdf(log: ZoneLog, file: IO[bytes]) -> None:
    """Writes the log as PDF. The same log gives the same bytes."""
    shapes()
    document = _Document(log)
    name = document.printable(f"{log.zone_name}, {log.warehouse_name}, {log.period.days[0]} – {log.period.days[-1]}")
    SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN - FRAME,
        rightMargin=MARGIN - FRAME,
        topMargin=15 * mm,
        bottomMargin=18 * mm,
        title=say("Temperature log {name}", name=name),
        author=log.shop_name,
        lang=LANGUAGES[language_now()],
        invariant=1,
    ).build(document.story(), canvasmaker=partial(NumberedPages, name=name, page_of=_page_of))


def _page_of(page: int, count: int) -> str:
    return say("Page {page} of {count}", page=page, count=count)


class _Document:
    """The parts of the document, in their order."""

    def __init__(self, log: ZoneLog) -> None:
        self.log, self.period, self.printable = log, log.period, Printable()
        self.names = {sensor.stay.sensor_id: sensor.stay.name for sensor in log.sensors}

    def story(self) -> list[Flowable]:
        """All of it."""
        parts: Sequence[Callable[[], Part]] = (
            *(self._title, self._limits, self._sensors, self._chart, self._days, self._gaps, self._excursions),
            *(self._alarms, self._commands, self._silences, self._record, self._hours, self._footnote),
        )
        return [flowable for part in parts for flowable in part()]

    def _title(self) -> Part:
        log, text = self.log, self._text
        name = [text(head_of("Temperature log"), 11, QUIET), text(log.zone_name, 22, leading=1.3)]
        where = [
            text(log.warehouse_name, 11, right=True),
            *(text(line, 8, QUIET, right=True) for line in self._where()),
        ]
        head = Table([[name, where]], [WIDTH * 0.5, WIDTH * 0.5])
        head.setStyle(TableStyle([*UNPADDED, ("VALIGN", (0, 0), (-1, -1), "BOTTOM")]))
        began, ended = moment(self.period, self.period.begin), moment(self.period, self.period.end)
        facts = [
            ("Period", say("{began} to {ended} ({zone})", began=began, ended=ended, zone=self.period.timezone)),
            (
                "Made",
                say(
                    "{at} by {who}, for {shop}",
                    at=moment(self.period, log.made_at),
                    who=log.made_by,
                    shop=log.shop_name,
                ),
            ),
            *self._in_short(),
        ]
        table = Table(
            [[text(head_of(label), 8, QUIET), text(value)] for label, value in facts], [WIDTH * 0.17, WIDTH * 0.83]
        )
        table.setStyle(TableStyle([("BACKGROUND", (0, 0), (-1, -1), TINT), ("VALIGN", (0, 0), (-1, -1), "TOP"),
                                   ("TOPPADDING", (0, 0), (-1, -1), 1 * mm),
                                   ("BOTTOMPADDING", (0, 0), (-1, -1), 1 * mm)]))  # fmt: skip
        return [head, Spacer(0, 4 * mm), table]

    def _where(self) -> list[str]:
        log = self.log
        return [
            *filter(None, [log.address]),
            say("warehouse {warehouse_id}, zone {zone_id}", warehouse_id=log.warehouse_id, zone_id=log.zone_id),
        ]

    def _in_short(self) -> list[tuple[str, str]]:
        log = self.log
        wholes = [sensor.whole for sensor in log.sensors]
        unseen = sum((gap_length(gap, log) for gap in log.gaps), timedelta())
        nobody = sum(1 for alarm in log.alarms if not any(step.what == "acknowledged" for step in alarm.steps))
        record = log.record
        if record.head is None:
            state = say("not sealed yet")
        elif record.found or record.signed is False:
            state = say("NOT as it was sealed: {found:,} found, see The record", found=record.found)
        else:
            state = say("what is shown is as it was sealed, see The record")
        return [
            ("Readings", say(
                "{readings:,} of {sensors} sensors, {gaps:,} gaps of {unseen} in all",
                readings=sum(one.readings for one in wholes),
                sensors=len(self.names),
                gaps=len(log.gaps),
                unseen=duration(unseen),
            )),
            ("Outside limits", say(
                "above {above}, below {below}, of all sensors together",
                above=duration(sum((one.above for one in wholes), timedelta())),
                below=duration(sum((one.below for one in wholes), timedelta())),
            )),
            ("Alarms", say(
                "{alarms:,}, of which {nobody:,} were not acknowledged", alarms=len(log.alarms), nobody=nobody)),
            ("Record", state),
        ]  # fmt: skip

    def _limits(self) -> Part:
        rows = [
            (moment(self.period, limit.valid_from), moment(self.period, until), _limit(limit.low_c),
             _limit(limit.high_c), about_limit(limit))
            for limit, until in limit_spans(self.log)
        ]  # fmt: skip
        head = ("Held from", "until", "lowest °C", "highest °C", "")
        return self._table("Limits", head, rows, (0.2, 0.2, 0.11, 0.11, 0.38))

    def _sensors(self) -> Part:
        rows: list[Sequence[Cell]] = [
            (sensor.stay.sensor_id, self._text(sensor.stay.name, 8), self._since(sensor), *_summary(sensor.whole))
            for sensor in self.log.sensors
        ]
        head = ("Sensor", "Name", "Hung here", "Readings", "lowest", "mean", "highest °C", "MKT °C", "above", "below")
        return self._table("Sensors", head, rows, (0.11, 0.13, 0.19, 0.08, 0.065, 0.065, 0.08, 0.07, 0.115, 0.095))

    def _since(self, sensor: SensorLog) -> Flowable:
        stay = sensor.stay
        if stay.since is None and stay.until is None:
            return self._text(say("all the time"), SMALL)
        return self._text(f"{moment(self.period, stay.since) or '…'} – {moment(self.period, stay.until) or '…'}", SMALL)

    def _chart(self) -> Part:
        if not self.log.sensors or self.period.begin >= self.period.end:
            return [Spacer(0, 4 * mm), self._text(say("No sensor hung in the zone in this period."))]
        chart = [Chart(self.log, self.printable), Legend(self.log, self.printable)]
        return [Spacer(0, 4 * mm), KeepTogether([self._heading(head_of("Temperatures")), Spacer(0, 2 * mm), *chart])]

    def _days(self) -> Part:
        head = ("Day", "Sensor", "Readings", "seen", "lowest °C", "at", "mean", "highest °C", "at", "MKT", "above",
                "below", "°C·min")  # fmt: skip
        days = sorted(
            ((day, sensor) for sensor in self.log.sensors for day in sensor.days), key=lambda one: one[0].begin
        )
        rows = [
            (f"{self.period.there(day.begin):%Y-%m-%d}", sensor.stay.sensor_id,
             f"{day.readings:,}{'*' * bool(day.summaries)}", duration(day.seen),
             *self._extreme(day.lowest), celsius(day.mean_c), *self._extreme(day.highest),
             celsius(day.kinetic_c), duration(day.above), duration(day.below), f"{day.degree_minutes_above:,.0f}")
            for day, sensor in days
        ]  # fmt: skip
        widths = (0.095, 0.11, 0.085, 0.095, 0.065, 0.055, 0.055, 0.07, 0.055, 0.055, 0.09, 0.085, 0.085)
        notes = [
            say(
                "MKT: mean kinetic temperature (USP <1079>, 83.144 kJ/mol). Mean and MKT are by time over what was "
                "seen."
            )
        ]
        if any(day.summaries for day, _ in days):
            notes.append(
                say("* Of some hours only a sealed summary is left, since their readings were pruned; its mean counts.")
            )
        return self._table("Days", head, rows, widths, notes, most=len(rows))

    def _extreme(self, extreme: Extreme | None) -> tuple[str, str]:
        return ("–", "") if extreme is None else (celsius(extreme.celsius), f"{self.period.there(extreme.at):%H:%M}")

    def _gaps(self) -> Part:
        rows = [
            (gap.sensor_id, say("before its first reading") if gap.unheard else moment(self.period, gap.since),
             moment(self.period, gap.until) or say("not heard since"), duration(gap_length(gap, self.log)))
            for gap in self.log.gaps
        ]  # fmt: skip
        head = ("Sensor", "Last reading", "Next reading", "Within the period")
        note = say("A pause is a gap when it is longer than the sensor may be silent by the rules of the zone.")
        return self._table("Gaps", head, rows, (0.25, 0.27, 0.27, 0.21), [note])

    def _excursions(self) -> Part:
        rows = [
            (one.sensor_id, kind(one.kind), moment(self.period, one.began_at), moment(self.period, one.raised_at),
             moment(self.period, one.ended_at) or say("goes on"),
             *(measured(one.kind, value) for value in (one.limit_c, one.worst_c)))
            for one in self.log.excursions
        ]  # fmt: skip
        head = ("Sensor", "What", "Began", "Alarm", "Ended", "limit", "worst")
        return self._table("Excursions", head, rows, (0.14, 0.13, 0.19, 0.19, 0.19, 0.08, 0.08))

    def _alarms(self) -> Part:
        rows: list[Sequence[Cell]] = []
        for alarm in self.log.alarms:
            rows.append((moment(self.period, alarm.began_at), kind(alarm.kind), self._about(alarm)))
            rows += [self._step(step, alarm.kind) for step in alarm.steps]
        return self._table("Alarms", ("When", "What", "By whom, and why"), rows, (0.21, 0.15, 0.64))

    def _about(self, alarm: LoggedAlarm) -> Flowable:
        told = [say("alarm {alarm_id} of {sensor_id}", alarm_id=alarm.alarm_id, sensor_id=alarm.sensor_id)]
        if alarm.severity:
            told.append(kind(alarm.severity))
        if alarm.raised_because == RaisedBecause.OFFLINE:
            told.append(say("sensor or gateway offline"))
        if alarm.worst_c is not None:
            told.append(say("worst {worst}", worst=measured(alarm.kind, alarm.worst_c)))
        if not alarm.ended_at:
            told.append(say("goes on"))
        if alarm.ended_because == "revised":
            told.append(say("taken back after late readings"))
        return self._text(listed(told), 8)

    def _step(self, step: AlarmStep, kind_of: str) -> Sequence[Cell]:
        said = ": ".join(filter(None, (step.by, step.note)))
        worst = f"{measured(kind_of, step.worst_c)}. " if step.what == "worse" and step.worst_c is not None else ""
        what = say("closed by hand") if step.what == "ended" and step.by else kind(step.what)
        return f"   {moment(self.period, step.at)}", f"   {what}", self._text(worst + said, 8)

    def _commands(self) -> Part:
        rows = [
            (moment(self.period, one.decided_at), self._text(one.actuator_name, SMALL), kind(one.desired),
             self._text(why_switched(one.said), SMALL), self._text(one.decided_by or say("the rule"), SMALL),
             kind(one.status))
            for one in self.log.commands[:MOST_ROWS]
        ]  # fmt: skip
        head = ("When", "Fan or cooler", "to be", "Why", "By", "Result")
        widths = (0.2, 0.2, 0.07, 0.3, 0.12, 0.11)
        return self._table("Actions: fans and coolers", head, rows, widths, more=len(self.log.commands) - len(rows))

    def _silences(self) -> Part:
        rows = [
            (moment(self.period, one.starts_at), moment(self.period, one.ends_at), one.sensor_id or say("all"),
             self._text(listed(map(kind, one.kinds or ["all_kinds"])), SMALL),
             self._text(f"{one.created_by}: {one.reason}", SMALL))
            for one in self.log.silences
        ]  # fmt: skip
        return self._table(
            "Silences: alarms kept and told to nobody",
            ("From", "until", "Sensor", "Kinds", "By whom, and why"),
            rows,
            (0.2, 0.2, 0.12, 0.16, 0.32),
        )

    def _record(self) -> Part:
        altered = [self._text(one, SMALL) for one in self.log.record.altered]
        more = self.log.record.found - len(altered)
        rest = [self._text(say("... and {more:,} more", more=more), SMALL)] if more else []
        about = [self._text(sentence, 8) for sentence in about_record(self.log.record)]
        return [*self._headed(head_of("The record")), *about, *altered, *rest]

    def _hours(self) -> Part:
        parts: list[Flowable] = []
        of_day: dict[date, list[tuple[SensorLog, list[Figures]]]] = {}
        for sensor in self.log.sensors:
            for day, hours in groupby(sensor.hours, key=lambda one: self.period.there(one.begin).date()):
                of_day.setdefault(day, []).append((sensor, list(hours)))
        for day in sorted(of_day):
            for start in range(0, len(of_day[day]), SENSORS_A_TABLE):
                table = self._hours_of_a_day(str(day), of_day[day][start : start + SENSORS_A_TABLE])
                parts.append(KeepTogether([table, Spacer(0, 3 * mm)]))
        note = self._text(say("Lowest, mean and highest in °C; readings are in the CSV of this log."), SMALL, QUIET)
        return [*self._headed(head_of("Hours")), note, Spacer(0, 2 * mm), *parts] if parts else []

    def _hours_of_a_day(self, day: str, sensors: Sequence[tuple[SensorLog, Sequence[Figures]]]) -> Flowable:
        begins = sorted({hour.begin for _, hours in sensors for hour in hours})
        columns = [{hour.begin: hour for hour in hours} for _, hours in sensors]
        rows = [[day, *(self.printable(sensor.stay.sensor_id) for sensor, _ in sensors)]]
        rows += [
            [f"{self.period.there(begin):%H:%M}{_offset(self.period.there(begin))}",
             *(_three(column.get(begin)) for column in columns)]
            for begin in begins
        ]  # fmt: skip
        return _plain(rows, [0.16, *([0.84 / SENSORS_A_TABLE] * len(sensors))], padding=0.25 * mm)

    def _footnote(self) -> Part:
        if not self.printable.lacking:
            return []
        codes = ", ".join(f"U+{ord(character):04X}" for character in sorted(self.printable.lacking))
        return [
            Spacer(0, 4 * mm),
            self._text(
                say("{geta} stands for a character that cannot be printed here: {codes}", geta=GETA, codes=codes), 8
            ),
        ]

    def _table(
        self,
        title: str,
        head: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        widths: Sequence[float],
        notes: Iterable[str] = (),
        most: int = MOST_ROWS,
        more: int = 0,
    ) -> Part:
        """A table under its heading; what is beyond `most`, and `more` that was left out, is counted."""
        heading = self._headed(head_of(title))
        if not rows:
            return [*heading, self._text(say("None."), 8, QUIET)]
        shown = [[self.printable(cell) if isinstance(cell, str) else cell for cell in row] for row in rows[:most]]
        more += len(rows) - len(shown)
        told = [*notes, *([say("{more:,} more are in the CSV of this log.", more=more)] if more else [])]
        return [
            *heading,
            _plain([list(map(head_of, head)), *shown], widths),
            *(self._text(note, SMALL, QUIET) for note in told),
        ]

    def _headed(self, title: str) -> list[Flowable]:
        return [CondPageBreak(30 * mm), Spacer(0, 5 * mm), self._heading(title), Spacer(0, 1.5 * mm)]

    def _heading(self, title: str) -> Flowable:
        return self._text(title, 12, leading=1.2)

    def _text(self, text: str, size: float = 9, *args: Any, **options: Any) -> Flowable:
        return paragraph(text, self.printable, size, *args, **options)


def gap_length(gap: Gap, log: ZoneLog) -> timedelta:
    """How much of a gap lies within the period."""
    begin, end = max(gap.since, log.period.begin), min(gap.until or log.period.end, log.period.end)
    return max(end - begin, timedelta())


def _plain(rows: Sequence[Sequence[Any]], widths: Sequence[float], padding: float = 0.7 * mm) -> Table:
    """A table whose head every page repeats."""
    table = Table([list(row) for row in rows], [WIDTH * width for width in widths], repeatRows=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), FONT, SMALL),
                ("LEADING", (0, 0), (-1, -1), SMALL * 1.25),
                ("TEXTCOLOR", (0, 0), (-1, 0), QUIET),
                ("TEXTCOLOR", (0, 1), (-1, -1), INK),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0.6 * mm),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0.6 * mm),
                ("TOPPADDING", (0, 0), (-1, -1), padding),
                ("BOTTOMPADDING", (0, 0), (-1, -1), padding),
                ("LINEBELOW", (0, 0), (-1, 0), 0.7, INK),
                ("LINEBELOW", (0, 1), (-1, -1), 0.25, RULE),
            ]
        )
    )
    return table


def _summary(figures: Figures) -> Sequence[str]:
    lowest, highest = (None if one is None else one.celsius for one in (figures.lowest, figures.highest))
    temperatures = (celsius(one) for one in (lowest, figures.mean_c, highest, figures.kinetic_c))
    return f"{figures.readings:,}", *temperatures, duration(figures.above), duration(figures.below)


def _three(hour: Figures | None) -> str:
    if hour is None or hour.lowest is None or hour.highest is None:
        return "–"
    return f"{celsius(hour.lowest.celsius)}  {celsius(hour.mean_c)}  {celsius(hour.highest.celsius)}"


def _offset(there: datetime) -> str:
    """Its offset from UTC, as +08:00."""
    return there.isoformat(timespec="seconds")[19:]


def _limit(value: float | None) -> str:
    return say("none") if value is None else f"{value:g}"
