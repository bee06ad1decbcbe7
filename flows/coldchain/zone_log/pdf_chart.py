"""The chart of a log: temperatures of each sensor over the period, the limits that held, gaps as gaps, alarms above.

Drawn in the PDF itself, in the document's font: a picture made elsewhere would have no Chinese names where the machine
has no such font, and would blur in print. Each column of half a millimetre shows the lowest and highest within it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import cycle
from typing import Any

import numpy as np
from babel.dates import format_date
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from data.languages import language_now, locale_now, say
from data.languages.reading import Language
from flows.coldchain.zone_log.words import limit_spans
from flows.printing.font import FONT, Printable
from flows.printing.paper import INK, QUIET, RULE, WIDTH
from warehouse.coldchain.zone_log.heard import as_moment, as_number
from warehouse.coldchain.zone_log.log import SensorLog, ZoneLog

HEIGHT, LEFT, BELOW, ABOVE = 70 * mm, 11 * mm, 6 * mm, 4 * mm
DAY = {Language.EN: "dd MMM", Language.ZH: "M月d日"}
LIMIT, ALARM, GAP = HexColor("#b3261e"), HexColor("#b3261e"), HexColor("#e3e7e5")
# told apart in print without colours by their dashes
LINES: Sequence[tuple[Color, Sequence[float]]] = [
    (HexColor("#1f6f50"), []),
    (HexColor("#2b5fa8"), [4, 1.5]),
    (HexColor("#8a5a00"), [1.2, 1.2]),
    (HexColor("#6a3d8f"), [6, 1.5, 1.2, 1.5]),
    (HexColor("#20707a"), [2.5, 2.5]),
]
COLUMNS = 320
MOST_LABELS = 10
LEAST_RANGE_C = 4.0


@dataclass(frozen=True)
class _Scale:
    """Where moments and temperatures lie on the chart."""

    begin: datetime
    end: datetime
    lowest: float
    highest: float

    def x(self, moment: datetime) -> float:
        within = min(max(moment, self.begin), self.end) - self.begin
        return LEFT + (WIDTH - LEFT) * (within / (self.end - self.begin))

    def y(self, celsius: float) -> float:
        return BELOW + (HEIGHT - BELOW - ABOVE) * (celsius - self.lowest) / (self.highest - self.lowest)


class Chart(Flowable):
    """The chart as a part of the document."""

    def __init__(self, log: ZoneLog, printable: Printable) -> None:
        super().__init__()
        self.width, self.height = WIDTH, HEIGHT
        self._log, self._printable = log, printable
        self._scale = _Scale(log.period.begin, log.period.end, *_range(log))

    def draw(self) -> None:
        """Paints it, what is behind first."""
        self._gaps()
        self._axes()
        lines = lines_of_sensors(self._log)
        for sensor in self._log.sensors:
            self._line(sensor, *lines[sensor.stay.sensor_id])
        self._limits()
        self._alarms()

    def _gaps(self) -> None:
        """A band where nothing was heard of any sensor; where others were, the line of the one alone is broken."""
        canvas: Any = self.canv
        canvas.setFillColor(GAP)
        for begin, end in _unheard(self._log):
            x = self._scale.x(begin)
            canvas.rect(x, BELOW, max(self._scale.x(end) - x, 0.4), HEIGHT - BELOW - ABOVE, stroke=0, fill=1)

    def _axes(self) -> None:
        canvas: Any = self.canv
        scale = self._scale
        canvas.setFont(FONT, 6.5)
        canvas.setLineWidth(0.3)
        canvas.setStrokeColor(RULE)
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if (scale.highest - scale.lowest) / s <= 8)
        for celsius in range(-200, 201, step):
            if scale.lowest <= celsius <= scale.highest:
                canvas.line(LEFT, scale.y(celsius), WIDTH, scale.y(celsius))
                canvas.setFillColor(QUIET)
                canvas.drawRightString(LEFT - 1.5 * mm, scale.y(celsius) - 2, f"{celsius} °C")
        for moment, label in _ticks(self._log):
            x = scale.x(moment)
            canvas.line(x, BELOW - 1.5, x, HEIGHT - ABOVE)
            canvas.drawString(x + 1, 1 * mm, label)

    def _line(self, sensor: SensorLog, colour: Color, dashes: Sequence[float]) -> None:
        canvas: Any = self.canv
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(0.8)
        canvas.setDash(list(dashes))
        for points in _runs(sensor, self._scale):
            path = canvas.beginPath()
            path.moveTo(*points[0])
            for point in points[1:] or [(points[0][0] + 0.8, points[0][1])]:
                path.lineTo(*point)
            canvas.drawPath(path)
        canvas.setDash([])

    def _limits(self) -> None:
        canvas: Any = self.canv
        canvas.setStrokeColor(LIMIT)
        canvas.setLineWidth(0.7)
        for limit, until in limit_spans(self._log):
            for celsius in (limit.low_c, limit.high_c):
                if celsius is not None:
                    begin, end = self._scale.x(limit.valid_from), self._scale.x(until or self._scale.end)
                    canvas.line(begin, self._scale.y(celsius), end, self._scale.y(celsius))

    def _alarms(self) -> None:
        canvas: Any = self.canv
        canvas.setFillColor(ALARM)
        for alarm in self._log.alarms:
            x = self._scale.x(alarm.began_at)
            length = self._scale.x(alarm.ended_at or self._scale.end) - x
            canvas.rect(x, HEIGHT - ABOVE + 1, max(length, 0.8), 2 * mm, stroke=0, fill=1)


class Legend(Flowable):
    """Which line is which sensor's, and what the rest means."""

    def __init__(self, log: ZoneLog, printable: Printable) -> None:
        super().__init__()
        names = {sensor.stay.sensor_id: printable(sensor.stay.name) for sensor in log.sensors}
        self._marks: list[tuple[Callable[[float, float], None], str]] = [
            *((self._stroke(*line), names[sensor_id][:40]) for sensor_id, line in lines_of_sensors(log).items()),
            (self._stroke(LIMIT, []), say("limit")),
            (self._box(ALARM, 2 * mm), say("alarm (above)")),
            (self._box(GAP, 3 * mm), say("nothing heard")),
        ]

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Its size."""
        self._places = list(self._placed(available_width))
        self.height = 4.5 * mm * (1 + max(row for _, row in self._places))
        return available_width, self.height

    def draw(self) -> None:
        """Paints it."""
        canvas: Any = self.canv
        for (mark, name), (x, row) in zip(self._marks, self._places, strict=True):
            y = self.height - 4.5 * mm * (row + 1) + 1.2 * mm
            mark(x, y)
            canvas.setFont(FONT, 7)
            canvas.setFillColor(INK)
            canvas.drawString(x + 9 * mm, y, name)

    def _placed(self, width: float) -> Iterable[tuple[float, int]]:
        x, row = LEFT, 0
        for _, name in self._marks:
            needs = 13 * mm + 7 * len(name) * (0.55 if name.isascii() else 1)
            if x > LEFT and x + needs > width:
                x, row = LEFT, row + 1
            yield x, row
            x += needs

    def _stroke(self, colour: Color, dashes: Sequence[float]) -> Callable[[float, float], None]:
        def stroke(x: float, y: float) -> None:
            canvas: Any = self.canv
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(1)
            canvas.setDash(list(dashes))
            canvas.line(x, y + 2, x + 7 * mm, y + 2)
            canvas.setDash([])

        return stroke

    def _box(self, colour: Color, height: float) -> Callable[[float, float], None]:
        def box(x: float, y: float) -> None:
            canvas: Any = self.canv
            canvas.setFillColor(colour)
            canvas.rect(x, y - 1, 7 * mm, height, stroke=0, fill=1)

        return box


def lines_of_sensors(log: ZoneLog) -> dict[str, tuple[Color, Sequence[float]]]:
    """The colour and dashes of each sensor's line: the same for all its stays."""
    sensor_ids = dict.fromkeys(sensor.stay.sensor_id for sensor in log.sensors)
    return dict(zip(sensor_ids, cycle(LINES), strict=False))


def _range(log: ZoneLog) -> tuple[float, float]:
    wholes = [sensor.whole for sensor in log.sensors]
    seen = [one.celsius for whole in wholes for one in (whole.lowest, whole.highest) if one is not None]
    seen += [c for limit in log.limits for c in (limit.low_c, limit.high_c) if c is not None]
    lowest, highest = min(seen, default=0.0), max(seen, default=0.0)
    more = max((LEAST_RANGE_C - (highest - lowest)) / 2, (highest - lowest) * 0.06)
    return lowest - more, highest + more


def _unheard(log: ZoneLog) -> list[tuple[datetime, datetime]]:
    """When nothing was heard of any sensor: what no stretch of any of them covers."""
    heard = sorted(one for sensor in log.sensors for one in _heard(sensor))
    unheard, known = [], log.period.begin
    for begin, end in heard:
        if begin > known:
            unheard.append((known, begin))
        known = max(known, end)
    return [*unheard, (known, log.period.end)] if known < log.period.end else unheard


def _heard(sensor: SensorLog) -> Iterable[tuple[datetime, datetime]]:
    begin = sensor.whole.begin
    for gap in sorted(sensor.gaps, key=lambda gap: gap.since):
        if gap.since > begin:
            yield begin, gap.since
        begin = max(begin, gap.until or sensor.whole.end)
    if begin < sensor.whole.end:
        yield begin, sensor.whole.end


def _runs(sensor: SensorLog, scale: _Scale) -> Iterable[list[tuple[float, float]]]:
    """The points of a sensor's line, a list for each run without a gap: of each column its lowest and its highest."""
    for begin, end in _heard(sensor):
        which = sensor.heard.between(begin, end)
        which = slice(which.start, which.stop + int(as_number(end) in sensor.heard.begin[which.stop : which.stop + 1]))
        taken = sensor.heard.begin[which]
        low, high = sensor.heard.lowest[which], sensor.heard.highest[which]
        known = ~np.isnan(low)
        taken, low, high = taken[known], low[known], high[known]
        if not len(taken):
            continue
        width = max((as_number(scale.end) - as_number(scale.begin)) // COLUMNS, 1)
        starts = np.flatnonzero(np.diff(taken // width, prepend=-1))
        lows, highs = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
        points = []
        for at, lowest, highest in zip(taken[starts].tolist(), lows.tolist(), highs.tolist(), strict=True):
            x = scale.x(as_moment(at))
            points += [(x, scale.y(lowest)), (x, scale.y(highest))] if highest > lowest else [(x, scale.y(lowest))]
        yield points


def _ticks(log: ZoneLog) -> Iterable[tuple[datetime, str]]:
    """Midnights with their days; of three days and fewer every sixth hour."""
    period = log.period
    if len(period.days) <= 3:
        hours = [(edge, period.there(edge)) for edge in period.hour_edges[:-1]]
        yield from (
            (edge, f"{_day(there.date())} {there:%H:%M}")
            for edge, there in hours
            if there.hour % 6 == 0 and not there.minute
        )
        return
    every = -(-len(period.days) // MOST_LABELS)
    for day, edge in list(zip(period.days, period.midnights, strict=False))[::every]:
        yield edge, _day(day)


def _day(day: date) -> str:
    """`26 Nov`, `11月26日`."""
    return format_date(day, DAY[language_now()], locale=locale_now())
