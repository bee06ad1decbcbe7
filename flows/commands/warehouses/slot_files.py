"""`freshfront slots replay` and `assign`: anyone's floor, assignment and picks, from files; nothing is kept."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from data.languages import in_one_paragraph, say
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer
from flows.slotting.files import trying_layouts
from flows.slotting.files.layouts import Layout
from flows.slotting.files.reassigned import Reassigned
from warehouse.reasons import Reason
from warehouse.slotting.eligibility.neighbours import NOWHERE
from warehouse.slotting.routing.rules import Routing

WITHOUT_PLACE = 3  # exit code: the rest is done, and written

Slots = Annotated[Path, typer.Option(help="a file of the floor: slot_id, aisle, x_m, y_m, zone_id, ...")]
Assignment = Annotated[Path, typer.Option(help="a file of what lies where: slot_id, product_id, number")]
Picks = Annotated[Path, typer.Option(help="a file of order lines: tour_id, product_id")]
Rule = Annotated[Routing, typer.Option(help="how pickers are led")]


def replay(
    slots: Slots,
    assignment: Assignment,
    picks: Picks,
    routing: Rule,
    distances: Annotated[
        Path | None, typer.Option(help="a file of distances: from_slot_id, to_slot_id, metres, for --routing shortest")
    ] = None,
    json: Json = False,
) -> None:
    """Tell how far picks are walked in a layout, from files. Nothing is kept."""
    walked = trying_layouts.replay(Layout.of_files(slots, assignment, picks, routing, distances))
    told = {
        "routing": walked.routing.value,
        "tours": walked.tours,
        "lines": walked.lines,
        "lines_left_out": walked.lines_left_out,
        "metres": walked.metres,
        "metres_per_line": walked.metres_a_line,
    }
    said = [
        say(
            "{metres:.2f} m a line over {lines:,} lines of {tours:,} tours.",
            metres=walked.metres_a_line,
            lines=walked.lines,
            tours=walked.tours,
        )
    ]
    if walked.lines_left_out:
        said.append(say("{lines:,} lines of products without a slot are left out.", lines=walked.lines_left_out))
    answer(told, in_one_paragraph(said), json)


def assign(
    slots: Slots,
    picks: Picks,
    routing: Rule,
    assignment: Annotated[Path | None, typer.Option(help="what lies where now: slot_id, product_id, number")] = None,
    moves: Annotated[
        int | None, typer.Option(min=1, help="list at most so many carries in place of a new layout")
    ] = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="what lies where before the carries; as --assignment")
    ] = None,
    products: Annotated[
        Path | None, typer.Option(help="a file of what products ask of their place: product_id, band, space_l, ...")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="the CSV file to write; else it is printed")] = None,
    bound: Annotated[bool, typer.Option("--bound", help="tell what no layout is walked in less than")] = False,
    json: Json = False,
) -> None:
    """Assign slots so that picks are walked least, or list the carries that help most, from files. Nothing is kept.

    Exit code 3: a product has no place that it may lie in; it is named with the rule that leaves none."""
    now = from_ or assignment
    if now is None:
        raise typer.BadParameter(say("Give --assignment, or --from: what lies where now."))
    layout = Layout.of_files_with_rules(slots, now, picks, routing, products)
    found = trying_layouts.assign(layout, bound=bound) if moves is None else trying_layouts.carry(layout, moves)
    table = _slots_of(layout, found) if moves is None else _carries_of(layout, found)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(out, index=False)
    elif not json:
        print(table.to_csv(index=False), end="")
    if json or out is not None:
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        answer(_told(layout, found) | {"assignment" if moves is None else "moves": rows}, _in_words(found), json)
    if found.without_place:
        for product, reasons in found.without_place.items():
            said = "; ".join(_of_rule(reason) for reason in reasons)
            name = layout.assignment.product_ids[product]
            told = say("Product {product} has no place that it may lie in: {why}", product=name, why=said)
            typer.echo(told, err=True)
        raise typer.Exit(WITHOUT_PLACE)


def _slots_of(layout: Layout, found: Reassigned) -> pd.DataFrame:
    """What lies where, in the order of the floor's slots; numbered where any product lies in several."""
    lies = sorted(zip(found.slot.tolist(), found.product.tolist(), found.number.tolist(), strict=True))
    names, ids = layout.assignment.product_ids, layout.floor.slot_ids
    rows = [(ids[slot], names[product], number) for slot, product, number in lies if slot != NOWHERE]
    table = pd.DataFrame(rows, columns=["slot_id", "product_id", "number"])
    return table if (found.number > 1).any() else table.drop(columns="number")


def _carries_of(layout: Layout, found: Reassigned) -> pd.DataFrame:
    """The carries in the order of work."""
    names, ids = layout.assignment.product_ids, layout.floor.slot_ids
    rows = [
        (names[one.product], None if one.from_slot == NOWHERE else ids[one.from_slot], ids[one.to_slot], one.exchange)
        for one in found.carries
    ]
    table = pd.DataFrame(rows, columns=["product_id", "from_slot_id", "to_slot_id", "exchange"])
    table.insert(0, "rank", range(1, len(rows) + 1))
    if layout.rules is not None:
        table["demanded_by"] = list(found.demands)
    return table.astype({"exchange": "Int64"})


def _told(layout: Layout, found: Reassigned) -> dict[str, Any]:
    told = {
        "routing": layout.routing.value,
        "lines": found.lines,
        "metres_per_line_before": found.before,
        "metres_per_line_sorted": found.sorted,
        "metres_per_line": found.after,
        "metres_per_line_expected": found.expected,
        "metres_per_line_at_least": found.at_least,
        "lines_per_labour_hour_gain": found.more_lines_an_hour,
    }
    if found.without_place is None:
        return told
    without = [
        {"product_id": layout.assignment.product_ids[product], "reasons": [reason.as_dict() for reason in reasons]}
        for product, reasons in found.without_place.items()
    ]
    return told | {"without_place": without}


def _of_rule(reason: Reason) -> str:
    """A code with its values, as "no_slot_large_enough (space_l 9, largest_l 8)"."""
    values = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in reason.values.items()
    )
    return f"{reason.code.value} ({values})" if values else reason.code.value


def _in_words(found: Reassigned) -> str:
    told = [
        say(
            "{carries}{before:.2f} m a line before, {after:.2f} after, {saved:+.1%}.",
            carries=say("{n} carries: ", n=len(found.carries)) if found.carries else "",
            before=found.before,
            after=found.after,
            saved=-found.saved,
        ),
        say("Where walking takes 55% of the time, {more:+.1%} lines an hour.", more=found.more_lines_an_hour),
    ]
    if found.expected is not None:
        told.append(say("{metres:.2f} m a line are to be expected of later picks.", metres=found.expected))
    if found.at_least is not None:
        told.append(say("No layout is walked in less than {metres:.2f} m a line.", metres=found.at_least))
    return in_one_paragraph(told)
