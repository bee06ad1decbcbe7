"""The curve of waste against fill rate, a line a policy along its safety, as SVG."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from flows.reports.chart_theme import themed

WIDTH, HEIGHT = 560, 340  # pixels
FONT = "Noto Sans, DejaVu Sans, Arial, sans-serif"
DESCRIPTION = "Share of what came that was thrown away, by the share of demand that was met, for each policy"


def curve_as_svg(objects: Sequence[dict[str, Any]]) -> str:
    """Draws what `report.as_objects` tells: all products beside leaf vegetables."""
    rows = pd.DataFrame(
        {
            "policy": _family(one["policy"]),
            "safety": at,
            "of": of,
            "fill": one[f"fill_rate{suffix}"],
            "waste": one[f"waste_share{suffix}"],
        }
        for at, one in enumerate(objects)
        for of, suffix in (("all products", ""), ("leaf vegetables", "_leaf"))
    )
    scale = alt.Scale(zero=False)
    share = alt.Axis(format="%")
    encoded = alt.Chart(rows).encode(
        x=alt.X("fill:Q", title="demand met", scale=scale, axis=share),
        y=alt.Y("waste:Q", title="thrown away of what came", scale=scale, axis=share),
        color=alt.Color("policy:N", title=None, sort=None),
        shape=alt.Shape("policy:N", title=None, sort=None),
    )
    layers = encoded.mark_line().encode(order="fill:Q") + encoded.mark_point(filled=True, size=70)
    facets = (
        layers.properties(width=WIDTH // 2, height=HEIGHT)
        .facet(alt.Column("of:N", title=None), data=rows)
        .properties(description=DESCRIPTION)
        .resolve_scale(x="independent", y="independent")
    )
    return str(vl_convert.vegalite_to_svg(themed(facets, FONT).to_dict()))


def _family(policy: str) -> str:
    """The policy without the safety that sets a point of its curve apart."""
    name, _, safety = policy.rpartition(" ")
    return name if name and safety.replace(".", "").isdigit() else policy
