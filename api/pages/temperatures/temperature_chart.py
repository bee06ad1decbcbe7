"""The chart of a zone's temperatures, defined in Altair: readings between the limits of their time, and above them, a
track each, what else went on: alarms, silences, doors, defrosts, fans and coolers.

Up to a week each reading is a point of a line, beyond it each hour an area from its lowest to its highest. A track has
its word at its beginning, so nothing has to be looked up in a legend; only several sensors have one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import altair as alt

from api.pages.charts import Rows, Spec, finished, named, utc
from api.pages.texts import say
from data.languages import kept_by_language
from flows.reports.chart_theme import GRID, INK

LIMIT, OUTSIDE = "#b3261e", "#f6d5d2"
SENSORS = ["#0b5c8a", "#7a4fa3", "#2f7d32", "#946200", "#00707a", "#8a3a5c"]
DASHES = [[1, 0], [5, 2], [2, 2], [8, 3], [1, 3], [8, 2, 2, 2]]  # sensors differ not by colour alone
ALARM_TRACK = LIMIT
TRACKS: Mapping[str, str] = MappingProxyType(  # in their order, below the alarms
    {"silenced": "#6f7f78", "door": "#946200", "defrost": "#0b5c8a", "cooler": "#2f7d32", "fan": "#00707a"}
)
PLOT, TRACK, BAR = 180, 21, 5  # pixels: of the temperatures, of a track with its word, of its bar


@dataclass(frozen=True)
class TemperatureFigures:
    """What a chart of a zone shows, as rows.

    drawn    t (of the first and the last moment of the chart)
    readings t, c (none where a gap begins), sensor, tip
    hours    t, low, high (none where a gap begins), sensor; readings or hours, not both
    limits   t, until, c, words
    spans    track, t, until, outside (whether the zone was outside its limits then), tip
    """

    drawn: Rows
    readings: Rows
    hours: Rows
    limits: Rows
    spans: Rows
    days: int

    def chart(self) -> Spec:
        """The chart with these figures; `usermeta.shown` is how much of the past it shows, in milliseconds."""
        tracks = tuple(dict.fromkeys(row["track"] for row in self.spans))
        sensors = len({row["sensor"] for row in self.hours or self.readings})
        outside = any(
            row["outside"] for row in self.spans
        )  # of a layer without rows Vega cannot tell how far it reaches
        spec = _temperatures(self.days, bool(self.hours), tracks, outside, bool(self.limits), sensors > 1)
        rows = {"drawn": self.drawn, "limits": self.limits, "spans": self.spans}
        rows |= {"hours": self.hours} if self.hours else {"readings": self.readings}
        shown = self.drawn[-1]["t"] - self.drawn[0]["t"]
        return {**spec, "datasets": rows, "usermeta": {**spec.get("usermeta", {}), "shown": shown}}


@kept_by_language
def _temperatures(days: int, by_hour: bool, tracks: Sequence[str], outside: bool, limited: bool, several: bool) -> Spec:
    top = TRACK * len(tracks)
    x = _time(days)
    scale = alt.Scale(zero=False, padding=8, range=[top + PLOT, top + 6])
    y = alt.Y("c:Q", scale=scale, axis=alt.Axis(title="°C", tickCount=5))
    layers = [
        alt.Chart(named("drawn")).mark_rule(opacity=0).encode(x=x),
        *(_outside(x, top) if outside else []),
        *(_hours(x, y, several) if by_hour else _readings(x, y, several)),
        *(_limits(x, y) if limited else []),
        *(layer for number, track in enumerate(tracks) for layer in _track(x, track, number * TRACK)),
    ]
    description = say(f"chart.temperature_description_{'hours' if by_hour else 'readings'}")
    return finished(alt.layer(*layers), top + PLOT, description, "square" if by_hour else "stroke")


def _time(days: int) -> alt.X:
    """The axis of time, on which every moment has its day."""
    if days == 1:
        return utc("t", format=say("chart.hour_format"), labelOverlap=True, labelSeparation=10, tickCount=8)
    count: Any = "day" if days <= 7 else {"interval": "day", "step": 3}
    return utc("t", format=say("chart.weekday_format"), labelOverlap=True, labelSeparation=10, tickCount=count)


def _by_sensor(several: bool) -> dict[str, Any]:
    legend: Any = alt.Undefined if several else None
    return {"scale": alt.Scale(range=SENSORS), "legend": legend}


def _readings(x: alt.X, y: alt.Y, several: bool) -> list[alt.Chart]:
    readings = alt.Chart(named("readings"))
    dashes = {**_by_sensor(several), "scale": alt.Scale(range=DASHES)}
    lines = readings.mark_line(strokeWidth=1.6, interpolate="linear", invalid="break-paths-show-path-domains").encode(
        x=x, y=y, color=alt.Color("sensor:N", **_by_sensor(several)), strokeDash=alt.StrokeDash("sensor:N", **dashes)
    )
    return [lines, readings.mark_point(size=60, opacity=0).encode(x=x, y=y, tooltip="tip:N")]


def _hours(x: alt.X, y: alt.Y, several: bool) -> list[alt.Chart]:
    """Areas from the lowest to the highest of each hour; what they say is put together by the browser, since it would
    be most of what is sent."""
    said = {
        "sensor": "datum.sensor",
        "low": "format(datum.low, '.1f')",
        "high": "format(datum.high, '.1f')",
        "hour": f"utcFormat(datum.t, '{say('chart.moment_format')}')",
    }
    words = say("chart.hour_tip", **{name: f"' + {value} + '" for name, value in said.items()})
    tip = f"'{words}'"
    hours = alt.Chart(named("hours")).transform_calculate(tip=tip)
    low = y.copy()
    low.shorthand = "low:Q"
    colour, edge = alt.Color("sensor:N", **_by_sensor(several)), alt.Stroke("sensor:N", **_by_sensor(several))
    area = hours.mark_area(
        fillOpacity=0.35, strokeWidth=1, strokeOpacity=0.8, invalid="break-paths-show-path-domains"
    ).encode(x=x, y=low, y2="high", color=colour, stroke=edge)
    return [area, hours.mark_rule(strokeWidth=4, opacity=0).encode(x=x, y=low, y2="high", tooltip="tip:N")]


def _outside(x: alt.X, top: int) -> list[alt.Chart]:
    """The time in which an alarm of the temperature went on, shaded behind the readings."""
    spans = alt.Chart(named("spans")).transform_filter(alt.datum.outside)
    return [
        spans.mark_rect(color=OUTSIDE).encode(
            x=x, x2="until:T", y=alt.value(top), y2=alt.value(top + PLOT), tooltip="tip:N"
        )
    ]


def _limits(x: alt.X, y: alt.Y) -> list[alt.Chart]:
    limits = alt.Chart(named("limits"))
    rules = limits.mark_rule(color=LIMIT, strokeDash=[5, 4], strokeWidth=1.2).encode(x=x, x2="until:T", y=y)
    words = limits.mark_text(align="right", baseline="bottom", dx=-3, dy=-2, color=LIMIT, fontSize=12)
    return [rules, words.encode(x="until:T", y=y, text="words:N")]


def _track(x: alt.X, track: str, top: int) -> list[alt.Chart]:
    """A line of its own above the temperatures: its word, and a bar for each time in which it was so."""
    spans = alt.Chart(named("spans")).transform_filter(alt.datum.track == track)
    of_it = alt.Chart(named("drawn")).transform_window(number="row_number()").transform_filter("datum.number == 1")
    bar, word = (
        top + TRACK - BAR,
        say(f"chart.track_{track}") if track in TRACKS else say("chart.track_alarm", kind=say(f"alarm.{track}")),
    )
    ground = alt.Chart(named("drawn")).mark_line(color=GRID, strokeWidth=1)
    return [
        ground.encode(x=x, y=alt.value(bar + BAR / 2)),
        of_it.mark_text(align="left", baseline="bottom", dy=-1, color=INK, fontSize=11, text=word).encode(
            x=alt.value(0), y=alt.value(bar - 2)
        ),
        spans.mark_rect(
            color=TRACKS.get(track, ALARM_TRACK), minBandSize=2, stroke=TRACKS.get(track, ALARM_TRACK), strokeWidth=1
        ).encode(x=x, x2="until:T", y=alt.value(bar), y2=alt.value(bar + BAR), tooltip="tip:N"),
    ]
