"""The charts of a day's couriers, defined in Altair, one below the other: orders with their spread; who is there
against who is needed; the share of orders that comes too late, against what may."""

import json
from typing import Any

import altair as alt

from api.pages.charts import BAND, RAN_OUT_MARK, SOLD, Rows, Spec, finished, named, utc
from api.pages.texts import say
from data.languages import kept_by_language
from flows.reports.chart_theme import FORECAST, INK

CROWD = "#e0b183"


def courier_charts(rows: Rows, may_be_late: float) -> dict[str, Spec]:
    """The charts of half hours, by what they show.

    rows  t, until, few, orders, many, needed, employed, all (with the crowd), late (0 where nobody orders), zero, tip
    """
    figures = {"half_hours": rows}
    return {
        "orders": {**_orders(), "datasets": figures},
        "couriers": {**_couriers(), "datasets": figures},
        "late": {**_late(), "datasets": {**figures, "promise": [{"late": may_be_late}]}},
    }


@kept_by_language
def _orders() -> Spec:
    band = _half_hours().mark_rect(color=BAND).encode(x=_at(), x2="until:T", y=_up("few", "orders"), y2="many")
    mean = _half_hours().mark_rule(color=FORECAST, strokeWidth=3)
    return _finished(
        "orders",
        130,
        band.encode(tooltip="tip:N"),
        mean.encode(x=_at(), x2="until:T", y=_up("orders", "orders"), tooltip="tip:N"),
    )


@kept_by_language
def _couriers() -> Spec:
    kinds = [say(f"couriers.{key}") for key in ("employed", "crowd", "needed")]
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[SOLD, CROWD, INK]))
    bars = [
        _of_kind(kind)
        .mark_rect(stroke="white", strokeWidth=0.5)
        .encode(x=_at(), x2="until:T", y=_up(low, "couriers"), y2=high, color=colour, tooltip="tip:N")
        for kind, low, high in ((kinds[0], "zero", "employed"), (kinds[1], "employed", "all"))
    ]
    needed = _of_kind(kinds[2]).mark_rule(strokeWidth=2).encode(x=_at(), x2="until:T", y=_up("needed", "couriers"))
    return _finished("couriers", 170, *bars, needed.encode(color=colour, tooltip="tip:N"))


@kept_by_language
def _late() -> Spec:
    late = _half_hours().mark_rect(color=RAN_OUT_MARK, opacity=0.75)
    promise = alt.Chart(named("promise")).mark_rule(color=INK, strokeDash=[4, 3]).encode(y="late:Q")
    drawn = late.encode(x=_at(), x2="until:T", y=_up("late", "late", format="%"), y2="zero", tooltip="tip:N")
    return _finished("late", 100, drawn, promise)


def _half_hours() -> alt.Chart:
    return alt.Chart(named("half_hours"))


def _finished(name: str, height: int, *layers: alt.Chart) -> Spec:
    return finished(alt.layer(*layers), height, say(f"couriers.chart_{name}"))


def _of_kind(kind: str) -> alt.Chart:
    """The half hours, as what the legend calls them."""
    drawn: alt.Chart = _half_hours().transform_calculate(kind=json.dumps(kind))
    return drawn


def _at() -> alt.X:
    return utc("t", format="%H:%M", labelOverlap=True, tickCount=8)


def _up(field: str, title: str, **axis: Any) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=alt.Axis(title=say(f"couriers.axis_{title}"), tickCount=4, **axis))
