"""`freshfront what-if`: what a promotion would change before it is booked."""

from datetime import UTC, datetime
from typing import Annotated

import pandas as pd
import typer

from data.database import require_current_schema
from flows import promotions
from flows.commands.deciding import Warehouses
from flows.commands.output import answer
from flows.steps import database
from forecasting.promotions import PROMOTED, SIBLING

DAY = "%Y-%m-%d"
Json = Annotated[bool, typer.Option("--json", help="print the result as JSON")]


def add_to(app: typer.Typer) -> None:
    """Adds this command."""
    app.command("what-if")(what_if)


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
        frame = promotions.what_if(engine, warehouse, product, first.date(), last.date(), discount, now, not price_only)
    rows = frame.assign(date=frame["date"].dt.date).to_dict("records")
    answer(rows, _told(frame), json)


def _told(frame: pd.DataFrame) -> str:
    """The promoted product by day and what its siblings lose, over all warehouses asked for."""
    own, siblings = (frame[frame["relation"] == name] for name in (PROMOTED, SIBLING))
    lines = ["day          without      with  difference   q90 with"]
    for day, rows in own.groupby("date"):
        without, with_it, high = (float(rows[name].sum()) for name in ("mean_without", "mean_with", "q90_with"))
        lines.append(f"{day:{DAY}}  {without:8.1f}  {with_it:8.1f}  {with_it - without:+10.1f}  {high:9.1f}")
    lines.append(
        f"In all {own['difference'].sum():+.1f}; other products of its subcategory {siblings['difference'].sum():+.1f}."
    )
    if own["extrapolated"].any():
        lines.append("Extrapolated: the models have hardly seen such a price, or none at all.")
    return "\n".join(lines)
