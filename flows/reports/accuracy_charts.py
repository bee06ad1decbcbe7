"""The charts of the accuracy report as SVG, defined in Altair and drawn here: the page needs no script.

Each is drawn twice, for a desk and for a phone, where a shrunken drawing could not be read.
"""

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from flows.reports.accuracy_texts import say
from flows.reports.chart_theme import FORECAST, INK, MUTED, themed

OURS, THEIRS = FORECAST, "#b3701a"
FONT = "Noto Sans, DejaVu Sans, Arial, sans-serif"
WIDTHS = {"desk": 540, "phone": 318}  # pixels, the card's inside
Chart = alt.LayerChart | alt.FacetChart


def drawn(make: Callable[[int], Chart], description: str) -> dict[str, str]:
    """A chart as SVG by the name of the screen; `make` is given the width to fill."""
    return {name: _svg(make(width), width, description) for name, width in WIDTHS.items()}


def errors(rows: pd.DataFrame, width: int, *, side_by_side: bool) -> Chart:
    """WAPE by name with its interval, ours and theirs in their colours.

    rows  name, who (two at most: ours first), wape, wape_low, wape_high; in the order to be drawn
    side_by_side  whether a name has a mark of each of them
    """
    names, who = list(dict.fromkeys(rows["name"])), list(dict.fromkeys(rows["who"]))
    y = alt.Y(
        "name:N",
        sort=names,
        scale=alt.Scale(paddingInner=0.25),
        axis=alt.Axis(title=None, labelColor=INK, labelLimit=width // 2, domain=False, ticks=False, grid=False),
    )
    shared: dict[str, Any] = {"y": y, "color": _who(who, legend=side_by_side)}
    if side_by_side:
        shared["yOffset"] = alt.YOffset("who:N", sort=who, scale=alt.Scale(paddingOuter=0.2))
    chart = alt.Chart(rows)
    axis = alt.Axis(title=say("error"), format="%", tickCount=4 if width < 400 else 6)
    low = alt.X("wape_low:Q", axis=axis, scale=alt.Scale(zero=False, nice=True))
    spans = chart.mark_rule(strokeWidth=6, opacity=0.3, strokeCap="round").encode(x=low, x2="wape_high:Q", **shared)
    points = chart.mark_point(filled=True, size=75, opacity=1).encode(
        x="wape:Q", shape=alt.Shape("who:N", sort=who, scale=_shapes(who)), **shared
    )
    return alt.layer(spans, points).properties(height=len(names) * (36 if side_by_side else 30))


def errors_along(rows: pd.DataFrame, width: int) -> Chart:
    """WAPE along the days ahead, with its interval.

    rows  horizon, who, wape, wape_low, wape_high
    """
    who = list(dict.fromkeys(rows["who"]))
    chart = alt.Chart(rows)
    x = alt.X("horizon:O", axis=alt.Axis(title=say("horizon.x"), labelAngle=0, grid=False))
    axis, scale = alt.Axis(title=say("error"), format="%", tickCount=5), alt.Scale(zero=False)
    y, low = (alt.Y(f"{field}:Q", axis=axis, scale=scale) for field in ("wape", "wape_low"))
    spans = chart.mark_rule(strokeWidth=6, opacity=0.3, strokeCap="round").encode(
        x=x, y=low, y2="wape_high:Q", color=_who(who)
    )
    lines = chart.mark_line(strokeWidth=1.5).encode(x=x, y=y, color=_who(who))
    points = chart.mark_point(filled=True, size=65, opacity=1).encode(
        x=x, y=y, color=_who(who), shape=alt.Shape("who:N", sort=who, scale=_shapes(who))
    )
    return alt.layer(spans, lines, points).properties(height=230)


def calibration(rows: pd.DataFrame, width: int) -> Chart:
    """Observed coverage against nominal, with its interval, and the line on which both are equal.

    rows  nominal, covered, low, high
    """
    at = [0, 0.25, 0.5, 0.75, 1]
    share = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("nominal:Q", scale=share, axis=alt.Axis(title=say("calibration.x"), format="%", values=at))
    axis = alt.Axis(title=say("calibration.y"), format="%", values=at)
    y, low = (alt.Y(f"{field}:Q", scale=share, axis=axis) for field in ("covered", "low"))
    line = alt.Chart(pd.DataFrame({"nominal": [0, 1], "covered": [0, 1]}))
    equal = line.mark_line(color=MUTED, strokeDash=[5, 4], strokeWidth=1.2).encode(x=x, y=y)
    chart = alt.Chart(rows)
    spans = chart.mark_rule(strokeWidth=7, opacity=0.35, color=OURS).encode(x=x, y=low, y2="high:Q")
    points = chart.mark_point(filled=True, size=60, opacity=1, color=OURS).encode(x=x, y=y)
    return alt.layer(equal, spans, points).properties(height=min(width - 90, 250))


def daily_bias(rows: pd.DataFrame, width: int) -> Chart:
    """WPE by day as bars from zero.

    rows  date, wpe
    """
    x = alt.X(
        "date:T",
        axis=alt.Axis(
            title=None,
            format=say("daily.x"),
            grid=False,
            tickCount=4 if width < 400 else 7,
            labelOverlap=True,
            offset=6,
        ),
        scale=alt.Scale(padding=12),
    )
    y = alt.Y("wpe:Q", axis=alt.Axis(title=say("daily.y"), format="+%", tickCount=5))
    chart = alt.Chart(rows)
    size = max(2, min(24, int((width - 90) / max(len(rows), 1) * 0.65)))
    bars = chart.mark_bar(size=size).encode(
        x=x, y=y, color=alt.condition(alt.datum.wpe > 0, alt.value(THEIRS), alt.value(OURS))
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=MUTED).encode(y="zero:Q")
    return alt.layer(bars, zero).properties(height=220)


def _who(who: Sequence[str], *, legend: bool = True) -> alt.Color:
    shown = alt.Legend(title=None, orient="top", labelLimit=0, symbolOpacity=1) if legend and len(who) > 1 else None
    return alt.Color("who:N", sort=list(who), scale=alt.Scale(domain=list(who), range=[OURS, THEIRS]), legend=shown)


def _shapes(who: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=list(who), range=["circle", "diamond"][: len(who)])  # not by colour alone


def _svg(chart: Chart, width: int, description: str) -> str:
    sized = chart.properties(width=width, description=description)
    spec = themed(sized, FONT, symbolSize=90, offset=6).to_dict()
    return str(vl_convert.vegalite_to_svg(spec))
