"""The curve of waste against fill rate, a line a policy along its safety, as SVG."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from flows.reports.chart_theme import themed

WIDTH, HEIGHT = 330, 320  # pixels, of each side
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
    names = list(dict.fromkeys(rows["policy"]))
    scale, share = alt.Scale(zero=False), alt.Axis(format="%")
    shown = alt.Scale(domain=names)
    lines = alt.Chart().encode(
        x=alt.X("fill:Q", title="demand met", scale=scale, axis=share),
        y=alt.Y("waste:Q", title="thrown away of what came", scale=scale, axis=share),
        color=alt.Color("policy:N", title=None, sort=names, scale=shown),
    )
    shapes = alt.Shape("policy:N", title=None, sort=names, scale=shown)  # not by colour alone
    layers = alt.layer(
        lines.mark_line().encode(order="fill:Q"), lines.mark_point(filled=True, size=70, opacity=1).encode(shape=shapes)
    )
    facets = layers.properties(width=WIDTH, height=HEIGHT).facet(alt.Facet("of:N", title=None), data=rows, columns=2)
    apart = facets.properties(description=DESCRIPTION).resolve_scale(x="independent", y="independent")
    spec = themed(apart, FONT, symbolSize=90).to_dict()
    spec["config"]["autosize"] = "pad"  # what stands side by side cannot be fitted to a width
    return str(vl_convert.vegalite_to_svg(spec))


def _family(policy: str) -> str:
    """The policy without the safety that sets a point of its curve apart."""
    name, _, safety = policy.rpartition(" ")
    return name if name and safety.replace(".", "").isdigit() else policy
