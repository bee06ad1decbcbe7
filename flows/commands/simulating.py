"""`freshfront simulate buying`: what a way of buying earns, wastes and lacks, played against a truth that it cannot
see."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.shell.options import Json, day
from flows.commands.shell.output import answer, progress_bars
from flows.errors import Invalid
from flows.simulating.buyers import POLICIES, SWAPS, Truth, along_the_curve, buyer_of, swapped
from forecasting.all_cores import cores

UNTIL = date(2026, 8, 30)  # chosen: 60 days from here on hold a long holiday and its make-up workdays


def buying(
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", "-p", help=f"repeat for several; all if not given: {', '.join(POLICIES)}"),
    ] = None,
    swap: Annotated[
        list[Truth] | None,
        typer.Option(help="play ours with the truth in place of this part too; repeat for several"),
    ] = None,
    curve: Annotated[bool, typer.Option("--curve", help="play other safeties of each rule too")] = False,
    days: Annotated[int, typer.Option(min=7, max=365, help="days that count")] = 60,
    warm_up: Annotated[int, typer.Option(min=0, max=90, help="days before them that do not")] = 14,
    until: Annotated[str, typer.Option(help="last day of the region's history, YYYY-MM-DD")] = UNTIL.isoformat(),
    history: Annotated[int, typer.Option(min=28, max=730, help="days of history")] = 120,
    warehouses: Annotated[int, typer.Option(min=1, max=10, help="front warehouses")] = 3,
    products: Annotated[int, typer.Option(min=1, max=300, help="products in each")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="another number is another region")] = 1,
    jobs: Annotated[int | None, typer.Option(min=1, help="processes; as many as there are cores if not given")] = None,
    out: Annotated[
        Path | None, typer.Option(help="directory for figures.json, days.parquet and curve.svg; none if not given")
    ] = None,
    json: Json = False,
) -> None:
    """Play days of true demand through ways of buying, by the real steps, and say what each earns, wastes and lacks.

    It needs no database: the sample region is made in a scratch one for each. marginal is the purchase plan;
    marginal-true is told the true distributions of demand and yield, clairvoyant is told demand itself."""
    from flows.simulating.comparing import compare  # what trains is slow to import
    from flows.simulating.report import as_objects, as_table, write_report
    from flows.simulating.sample_world import Size

    if out is not None and out.exists() and not out.is_dir():
        raise Invalid(f"--out {out} is a file; name a directory.", field="out")
    buyers = [buyer_of(name) for name in dict.fromkeys(policy or POLICIES)]
    if refused := [truth for truth in swap or () if truth not in SWAPS]:
        raise Invalid(f"--swap takes {', '.join(SWAPS)}, not {refused[0]}.", field="swap")
    if curve:
        buyers += [other for buyer in list(buyers) for other in along_the_curve(buyer)]
    buyers += [swapped(truth) for truth in dict.fromkeys(swap or ())]
    size = Size(day(until, "--until"), seed, warehouses, products, history, warm_up + days)
    with progress_bars() as progress:
        comparison = compare(size, buyers, warm_up, jobs or cores(), progress)
    files = [] if out is None else write_report(comparison, out)
    text = "\n".join([as_table(comparison), *(f"Written: {file}" for file in files)])
    answer(as_objects(comparison), text, json)
