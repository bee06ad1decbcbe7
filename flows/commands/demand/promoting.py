"""`freshfront what-if`: what a promotion would change before it is booked; `promotion-effects`: what promotions did."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import pandas as pd
import typer
from sqlalchemy import select

from data.database import reading, require_current_schema
from data.languages import say
from data.tables import PromotionEffectRow
from flows.commands.shell.code_words import spoken
from flows.commands.shell.moment import regions_and_moment
from flows.commands.shell.options import AsOf, Json, Warehouses
from flows.commands.shell.output import answer, progress_bars
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.day.steps import learn_promotion_effects
from flows.demand import planned_promotions
from flows.for_each_warehouse import side_by_side
from forecasting.promotions.effects import EFFECT_COLUMNS
from forecasting.promotions.what_if import PROMOTED, SIBLING

DAY = "%Y-%m-%d"


def what_if(
    product: Annotated[str, typer.Option(help="a product id")],
    discount: Annotated[float, typer.Option(help="price / list price: 0.8 is a fifth off")],
    first: Annotated[datetime, typer.Option("--from", formats=[DAY], help="first day, among those forecast")],
    last: Annotated[datetime, typer.Option("--to", formats=[DAY], help="last day")],
    warehouse: Warehouses = None,
    price_only: Annotated[bool, typer.Option("--price-only", help="a lower price that is not announced")] = False,
    json: Json = False,
) -> None:
    """Forecast what a promotion would change: its product and the other products of the category. Writes nothing."""
    with database() as engine:
        require_current_schema(engine)
        now = datetime.now(UTC)
        frame = planned_promotions.what_if(
            engine, warehouse, product, first.date(), last.date(), discount, now, not price_only
        )
    rows = frame.assign(date=frame["date"].dt.date).to_dict("records")
    answer(rows, _told(frame), json)


def _told(frame: pd.DataFrame) -> str:
    """The promoted product by day and what its siblings lose, over all warehouses asked for."""
    own, siblings = (frame[frame["relation"] == name] for name in (PROMOTED, SIBLING))
    by_day = []
    for day, rows in own.groupby("date"):
        without, with_it, high = (float(rows[name].sum()) for name in ("mean_without", "mean_with", "q90_with"))
        by_day.append((f"{day:{DAY}}", f"{without:.1f}", f"{with_it:.1f}", f"{with_it - without:+.1f}", f"{high:.1f}"))
    lines = [as_table(("day", "without", "with", "difference", "q90 with"), by_day, numbers={1, 2, 3, 4})]
    lines.append(
        say(
            "In all {own:+.1f}; other products of its subcategory {siblings:+.1f}.",
            own=own["difference"].sum(),
            siblings=siblings["difference"].sum(),
        )
    )
    if own["extrapolated"].any():
        lines.append(say("Extrapolated: the models have hardly seen such a price, or none at all."))
    return "\n".join(lines)


def promotion_effects(as_of: AsOf = "", json: Json = False) -> None:
    """Learn what promotions did - uplift, the dip after, what siblings lost - and keep it. Part of the daily flow."""
    with database() as engine:
        regions, now = regions_and_moment(engine, None, as_of)
        origin = max(region.origin for region in regions.values())
        with progress_bars():
            learn_promotion_effects(origin, now, side_by_side)
        with reading(engine) as session:
            kept = session.scalars(select(PromotionEffectRow).order_by(PromotionEffectRow.row_no)).all()
    rows = [{"origin": row.origin} | {name: getattr(row, name) for name in EFFECT_COLUMNS} for row in kept]
    answer(rows, _in_all(rows), json)


def _in_all(rows: Sequence[dict[str, Any]]) -> str:
    """The rows over all categories."""
    told = []
    for row in rows:
        if row["category"] is not None:
            continue
        off = "" if row["depth_from"] is None else f"{row['depth_from']:.0%}-{row['depth_to']:.0%}"
        interval = f"{row['low']:.2f}-{row['high']:.2f}"
        counts = f"{row['products']:,}", f"{row['days']:,}"
        told.append(
            (spoken("effect", row["effect"]), off, str(row["day"] or ""), f"{row['ratio']:.2f}", interval, *counts)
        )
    if not told:
        return say("Nothing was promoted, so there is nothing to tell.")
    heads = ("effect", "off", "day", "ratio", "80% interval", "products", "days")
    known = say(
        "As known at {origin:%Y-%m-%d %H:%M} UTC; what is kept of a later origin stays.", origin=rows[0]["origin"]
    )
    return f"{as_table(heads, told, numbers={2, 3, 4, 5, 6})}\n{known}"
