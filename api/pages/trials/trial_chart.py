"""The chart of a trial, defined in Altair: the effect seen after each period with the interval in which it lies, on
both sides of a line that says where nothing changes."""

import altair as alt

from api.pages.charts import BAND, Rows, Spec, finished, named, utc
from api.pages.texts import say
from data.languages import kept_by_language
from flows.reports.chart_theme import FORECAST, INK

BAR, BESIDE_BARS = 14, 36  # pixels: how wide a bar is, and where words stand beside the first


def trial_chart(rows: Rows, better: str, worse: str) -> Spec:
    """rows: t, effect, low, high (cut off at the frame), words, tip. `better` and `worse`: the sides of the line."""
    edge = max([0.01, *(abs(row[name]) for row in rows for name in ("low", "high"))])
    sides = [{"at": edge * 0.9, "side": better}, {"at": -edge * 0.9, "side": worse}]
    return {**_chart(), "datasets": {"looks": rows, "none": [{"effect": 0}], "sides": sides}}


@kept_by_language
def _chart() -> Spec:
    looks = alt.Chart(named("looks"))
    interval = looks.mark_rule(color=BAND, strokeWidth=BAR).encode(x=_at(), y=_up("low"), y2="high", tooltip="tip:N")
    effect = looks.mark_point(color=FORECAST, filled=True, size=90, opacity=1).encode(
        x=_at(), y=_up("effect"), tooltip="tip:N"
    )
    line = looks.mark_line(color=FORECAST, strokeWidth=1).encode(x=_at(), y=_up("effect"))
    none = alt.Chart(named("none")).mark_rule(color=INK, strokeDash=[4, 3]).encode(y="effect:Q")
    sides = (
        alt.Chart(named("sides"))
        .mark_text(align="left", x=BESIDE_BARS, color=INK, fontWeight="bold")
        .encode(y="at:Q", text="side:N")
    )
    return finished(alt.layer(interval, line, effect, none, sides), 200, say("trials.chart"))


def _at() -> alt.X:
    return utc("t", format="%m-%d", labelOverlap=True, tickCount=6).scale(type="utc", padding=BAR)


def _up(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=alt.Axis(title=say("trials.axis"), format="+.0%", tickCount=5))
