"""The charts of the pages, defined in Altair: the page gets them as Vega-Lite, a report can get them as PNG.

A definition is made once and kept; a request only adds its figures as named data sets. Times are given as the
warehouse's wall clock written as if it were UTC, so every browser draws the warehouse's hours.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import altair as alt

from api.pages.texts import names_of_dates, say
from data.languages import kept_by_language, language_now
from data.tables import Language
from flows.reports.chart_theme import FORECAST, INK, themed

Spec = dict[str, Any]
Rows = list[dict[str, Any]]

SOLD, RAN_OUT, BAND = "#9fb0a8", "#e0b183", "#8ccbb1"
RAN_OUT_MARK, MISSED = "#b34a00", "#f7e3cf"
GUESSED, GUESSED_EDGE = "#efebf6", "#54398c"  # as the pages colour what nobody knows
BULK = "#6f7f78"
COLOURS = {"sold": SOLD, "bulk": BULK, "ran_out": RAN_OUT, "missed": MISSED, "guessed": GUESSED}
STOCK, ON_ORDER, THIS_ORDER = "#8fa39b", "#c9d2ce", FORECAST
FONT = "system-ui, sans-serif"
LEGEND_OFFSET = 8  # pixels between a legend and the plot
LEGEND_ABOVE_WORDS = 24  # the same, where the words over a frame stand between them


def wall_clock(moment: datetime, zone: str) -> int:
    """Milliseconds that show the warehouse's wall clock when they are drawn as UTC."""
    local = moment.astimezone(ZoneInfo(zone))
    return int((local + (local.utcoffset() or local - local)).timestamp() * 1000)


def midnight(day: date) -> int:
    """Milliseconds of a local day's start, drawn as UTC."""
    return (day - date(1970, 1, 1)).days * 86_400_000


def sales_and_forecast(unit: str, sales: Rows, forecast: Rows, covered: Rows) -> Spec:
    """Sales of past days, and what stock-outs hid on top of them, against the forecast of coming ones, with the days
    that a delivery covers framed.

    sales     day, until, middle, zero, sold, what (sold, ran_out, bulk), top, missed (missed, guessed, nothing), tip
    forecast  day, until, q10, q50, q90, tip
    covered   day, until, words: one row, or none

    The one or the other may be empty, not all of them."""
    figures = {"sales": sales, "forecast": forecast, "covered": covered}
    filled = {name: rows for name, rows in figures.items() if rows}
    marks = {row["what"] for row in sales} | {row["missed"] for row in sales}
    kinds = tuple(key for key in COLOURS if say(f"chart.{key}") in marks)
    return {**_sales_and_forecast(unit, frozenset(filled), kinds), "datasets": filled}


def have_and_want(unit: str, have: Rows, want: Rows) -> Spec:
    """What will be there over the covered days against the demand of those days.

    have  row, what, from, until, middle, label, tip: the parts end to end
    want  row, q10, q50, q90, label, tip: one row
    """
    filled = {"have": have, "want": want} if have else {"want": want}
    return {**_have_and_want(unit, bool(have)), "datasets": filled}


def shares(unit: str, parts: Rows) -> Spec:
    """What adds up to a day's forecast, one step below the other.

    parts  what, kind (a word of the legend), from, until, label, label_at, tip; in order, the sum last
    """
    return {**_shares(unit, len(parts)), "datasets": {"parts": parts}}


def named(name: str) -> alt.NamedData:
    """The rows that a request adds under a name."""
    return alt.NamedData(name=name)


def finished(
    chart: alt.LayerChart | alt.FacetChart,
    height: int,
    description: str,
    symbol: str = "square",
    offset: int = LEGEND_OFFSET,
) -> Spec:
    """A chart as wide as its place, in the look of the house."""
    sized = chart.properties(width="container", height=height, description=description)
    spec: Spec = themed(
        sized,
        FONT,
        orient="top",
        title=None,
        labelLimit=0,
        columns={"expr": "width < 460 ? 2 : 5"},
        symbolType=symbol,
        symbolSize=110,
        rowPadding=3,
        offset=offset,
    ).to_dict()
    if language_now() != Language.EN:  # the names of days and months that Vega has itself
        spec["usermeta"] = {"embedOptions": {"timeFormatLocale": names_of_dates()}}
    return spec


def utc(field: str, **axis: Any) -> alt.X:
    """The axis of moments that are the warehouse's wall clock written as UTC."""
    return alt.X(f"{field}:T", scale=alt.Scale(type="utc"), axis=alt.Axis(title=None, grid=False, **axis))


@kept_by_language
def _sales_and_forecast(unit: str, filled: frozenset[str], kinds: tuple[str, ...]) -> Spec:
    """The chart with the layers whose data sets have rows: of an empty one Vega cannot tell how far it reaches."""
    drawn = {key: colour for key, colour in COLOURS.items() if key in kinds}  # what is not there has no legend either
    if "forecast" in filled:
        drawn |= {"median": FORECAST, "range": BAND}
    colour = alt.Scale(domain=[say(f"chart.{key}") for key in drawn], range=list(drawn.values()))
    y = partial(_per_day, unit)
    band, median = _forecast_layers(y, colour)
    with_covered = "covered" in filled
    layers = [
        *([band] if "forecast" in filled else []),
        *(_sales_layers(y, colour, kinds) if "sales" in filled else []),
        *([median] if "forecast" in filled else []),
        *(_covered_layers() if with_covered else []),
    ]
    offset = LEGEND_ABOVE_WORDS if with_covered else LEGEND_OFFSET
    return finished(alt.layer(*layers), 260, say("chart.sales_description"), offset=offset)


def _days() -> alt.X:
    return utc("day", format=say("chart.day_format"), labelOverlap=True, tickCount="week")


def _per_day(unit: str, field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=alt.Axis(title=say("chart.per_day", unit=unit), tickCount=5))


def _forecast_layers(y: Callable[[str], alt.Y], colour: alt.Scale) -> tuple[alt.Chart, alt.Chart]:
    """The band, which lies below the sales, and the median, which lies above them."""

    def of(what: str) -> alt.Chart:
        chart: alt.Chart = alt.Chart(named("forecast")).transform_calculate(what=json.dumps(say(f"chart.{what}")))
        return chart

    what = alt.Color("what:N", scale=colour)
    band = of("range").mark_rect().encode(x=_days(), x2="until:T", y=y("q10"), y2="q90", color=what, tooltip="tip:N")
    median = of("median").mark_rule(strokeWidth=3)
    return band, median.encode(x=_days(), x2="until:T", y=y("q50"), color=what, tooltip="tip:N")


def _sales_layers(y: Callable[[str], alt.Y], colour: alt.Scale, kinds: Sequence[str]) -> list[alt.Chart]:
    """What sold, what stock-outs hid on top of it, and a mark where it ran out."""
    sales = alt.Chart(named("sales"))
    layers = [
        sales.mark_rect(stroke="white", strokeWidth=1).encode(
            x=_days(),
            x2="until:T",
            y=y("zero"),
            y2="sold",
            color=alt.Color("what:N", scale=colour),
            tooltip="tip:N",
        )
    ]
    layers += [
        sales.transform_filter(alt.datum.missed == say(f"chart.{key}"))
        .mark_rect(strokeWidth=1, **edge)
        .encode(
            x=_days(), x2="until:T", y=y("sold"), y2="top", color=alt.ColorDatum(say(f"chart.{key}")), tooltip="tip:N"
        )
        for key, edge in (
            ("missed", {"stroke": RAN_OUT}),
            ("guessed", {"stroke": GUESSED_EDGE, "strokeDash": [3, 2]}),
        )
        if key in kinds
    ]
    if "ran_out" in kinds:
        layers.append(
            sales.transform_filter(alt.datum.what == say("chart.ran_out"))
            .mark_point(shape="triangle-down", filled=True, size=45, color=RAN_OUT_MARK, yOffset=-6, opacity=1)
            .encode(x="middle:T", y=y("top"), tooltip="tip:N")
        )
    return layers


def _covered_layers() -> list[alt.Chart]:
    """The frame around the days that a delivery covers, with words above it."""
    covered = alt.Chart(named("covered"))
    return [
        covered.mark_rect(fill=None, stroke=INK, strokeDash=[4, 3], strokeWidth=1.3).encode(x=_days(), x2="until:T"),
        covered.mark_text(align="center", baseline="bottom", dy=-3, color=INK, fontSize=12).encode(
            x="middle:T", y=alt.value(0), text="words:N"
        ),
    ]


@kept_by_language
def _have_and_want(unit: str, with_have: bool) -> Spec:
    parts = [say(f"chart.{key}") for key in ("stock", "on_order", "this_order")]

    def along(field: str) -> alt.X:
        return alt.X(f"{field}:Q", axis=alt.Axis(title=unit, tickCount=6), scale=alt.Scale(nice=True))

    y = alt.Y("row:N", sort=None, axis=alt.Axis(title=None, labelColor=INK, domain=False, ticks=False, labelLimit=0))
    have = (
        alt.Chart(named("have"))
        .mark_bar(size=22)
        .encode(
            x=along("from"),
            x2="until:Q",
            y=y,
            tooltip="tip:N",
            color=alt.Color("what:N", scale=alt.Scale(domain=parts, range=[STOCK, ON_ORDER, THIS_ORDER])),
        )
    )
    labels = (
        alt.Chart(named("have"))
        .mark_text(fontSize=12, fontWeight="bold")
        .encode(
            x="middle:Q",
            y=y,
            text="label:N",
            color=alt.condition(alt.datum.what == parts[2], alt.value("white"), alt.value(INK)),
        )
    )
    spread = (
        alt.Chart(named("want")).mark_bar(size=12, color=BAND).encode(x=along("q10"), x2="q90:Q", y=y, tooltip="tip:N")
    )
    middle = (
        alt.Chart(named("want"))
        .mark_tick(size=20, thickness=3, color=FORECAST)
        .encode(x=along("q50"), y=y, tooltip="tip:N")
    )
    says = (
        alt.Chart(named("want"))
        .mark_text(align="center", baseline="top", dy=14, fontSize=12, color=INK)
        .encode(x="label_at:Q", y=y, text="label:N")
    )
    layers = [*([have, labels] if with_have else []), spread, middle, says]
    return finished(alt.layer(*layers), 120, say("chart.have_description"))


@kept_by_language
def _shares(unit: str, rows: int) -> Spec:
    kinds = [say(f"chart.{key}") for key in ("level", "more", "less", "sum")]
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[SOLD, BAND, RAN_OUT, FORECAST]), legend=None)
    axis = alt.Axis(title=None, labelColor=INK, domain=False, ticks=False, labelLimit=150)
    x = alt.X("from:Q", axis=alt.Axis(title=unit, tickCount=6), scale=alt.Scale(nice=False, padding=34))
    y = alt.Y("what:N", sort=None, axis=axis)
    parts = alt.Chart(named("parts"))
    bars = parts.mark_bar(size=20).encode(x=x, x2="until:Q", y=y, color=colour, tooltip="tip:N")
    labels = parts.mark_text(align="left", dx=5, fontSize=12, color=INK).encode(x="label_at:Q", y=y, text="label:N")
    return finished(alt.layer(bars, labels), 34 * rows, say("chart.shares_description"))
