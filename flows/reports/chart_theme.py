"""How every chart looks, on the pages and in reports: colours of text and grid, sizes and legends, in one place."""

from typing import Any, TypeVar

import altair as alt

INK, MUTED, GRID = "#1c2b26", "#55655f", "#e3e8e5"
FORECAST = "#0b6e4f"  # ours, wherever something of ours is drawn

AnyChart = TypeVar("AnyChart", bound=alt.LayerChart | alt.FacetChart)


def themed(chart: AnyChart, font: str, **legend: Any) -> AnyChart:
    """The chart in the colours and sizes of the house, as wide as it is told to be; `legend` adds to the legend's
    settings."""
    themed: AnyChart = (
        chart.configure(
            font=font, background="transparent", autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
        )
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=MUTED,
            titleColor=MUTED,
            gridColor=GRID,
            domainColor=GRID,
            tickColor=GRID,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
        )
        .configure_legend(labelFontSize=12, labelColor=INK, columnPadding=14, **legend)
    )
    return themed
