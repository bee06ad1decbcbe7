"""A line of a plan as a row of the workbench: every value as the HTML that stands there, escaped, so that the template
of a hundred rows only puts them in place."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from markupsafe import escape

from api.pages.texts import (
    exact_quantity,
    money,
    plain_quantity,
    plan_notes,
    quantity,
    say,
    short_day,
    signed_quantity,
    unit_alone,
)
from data.frames.plan_lines import Line
from data.tables import Unit
from warehouse.purchasing.plan import PlanReason


@dataclass(frozen=True, slots=True)
class LineRow:
    """The texts of a row, as HTML. `notes` are words with whether they warn; `ordered`: it is a purchase order
    already."""

    line_no: int
    version: int
    product: str
    warehouse: str
    unit: str
    quantity: str
    suggested: str
    pack: str
    at_risk: str
    short: str
    wasted: str
    pack_more: str
    pack_less: str
    change: str
    demand: str
    usable: str
    supplier: str
    price: str
    cost: str
    delivery: str
    notes: Sequence[tuple[str, bool]]
    edited: str
    ordered: bool
    buys: bool


def line_rows(lines: Sequence[Line], *, several_currencies: bool) -> list[LineRow]:
    """The rows; money says its currency only where a plan has several."""
    return [_row(line, line["currency"] if several_currencies else None) for line in lines]


def _row(line: Line, currency: str | None) -> LineRow:
    unit = Unit(line["unit"])
    edited = ""
    if line["edited_at"] is not None:
        why = line["edit_reason"] or say(f"edit_reason.{line['edit_reason_code']}")
        edited = _html(say("plan.edited", by=line["edited_by"], reason=why))
    reasons = (reason for reason in orjson.loads(line["reasons"]) if reason.get("code") != PlanReason.COVERS)
    notes = sorted(((_html(words), warns) for words, warns in plan_notes(reasons)), key=lambda note: not note[1])
    previous = line["previous_quantity"]
    return LineRow(
        line_no=line["line_no"],
        version=line["version"],
        product=_html(line["product_name"]),
        warehouse=_html(line["warehouse_name"]),
        unit=unit_alone(unit),
        quantity=plain_quantity(line["quantity"]),
        suggested=exact_quantity(line["planned_quantity"], unit),
        pack="" if line["pack_size"] is None else exact_quantity(line["pack_size"], unit),
        at_risk=money(line["at_risk"], currency),
        short=money(line["at_risk_short"]),
        wasted=money(line["at_risk_waste"]),
        pack_more=_signed_money(line["one_pack_more"]),
        pack_less=_signed_money(line["one_pack_less"]),
        change=say("plan.new") if previous is None else signed_quantity(line["change"]),
        demand=quantity(line["forecast_mean"], unit),
        usable=quantity(line["usable_stock"] + line["on_order"], unit),
        supplier=_html(line["supplier_name"] or "–"),
        price=money(line["unit_price"]),
        cost=money(line["cost"], currency),
        delivery=short_day(line["delivery_date"]),
        notes=notes,
        edited=edited,
        ordered=line["approved_at"] is not None,
        buys=line["quantity"] > 0,
    )


def _html(text: str) -> str:
    """A text that somebody wrote, as HTML. Numbers, units and days hold nothing to escape."""
    return str(escape(text))


def _signed_money(value: float | None) -> str:
    written = money(value)
    return f"+{written}" if value is not None and value >= 0.005 else written
