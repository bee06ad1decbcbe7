"""`freshfront simulate buying`: what a way of buying earns, wastes and lacks, played against a truth that it cannot
see."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from data.languages import say
from flows.commands.shell.options import Json, day
from flows.commands.shell.output import answer, progress_bars
from flows.errors import Invalid
from flows.simulating.buyers import POLICIES, SWAPS, TOLD, Buyer, Truth, along_the_curve, buyer_of, swapped
from flows.simulating.worlds import Size
from forecasting.all_cores import cores
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.service_level import HIGHEST_FLOOR, CategoryTerms, ServiceLevel

UNTIL = date(2026, 8, 30)  # chosen: 60 days from here on hold a long holiday and its make-up workdays
IN_HELP = {"policies": tuple(POLICIES)}


class WorldKind(StrEnum):
    """What is played."""

    SAMPLE = "sample"
    FRESHRETAILNET = "freshretailnet"


def buying(
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", "-p", help="repeat for several; all if not given: {policies}"),
    ] = None,
    swap: Annotated[
        list[Truth] | None,
        typer.Option(help="play ours with the truth in place of this part too; repeat for several"),
    ] = None,
    floor: Annotated[
        float | None,
        typer.Option(min=0, max=HIGHEST_FLOOR, help="fill rate that the purchase plans hold over all lines"),
    ] = None,
    floor_of: Annotated[
        list[str] | None, typer.Option(help='the same of a category, as "leaf vegetables=0.97"; repeat for several')
    ] = None,
    freshest_first: Annotated[
        float, typer.Option(min=0, max=1, help="share of customers who take the freshest; purchase plans know it")
    ] = 0.0,
    curve: Annotated[bool, typer.Option("--curve", help="play other safeties of each rule too")] = False,
    days: Annotated[int, typer.Option(min=7, max=365, help="days that count")] = 60,
    warm_up: Annotated[int, typer.Option(min=0, max=90, help="days before them that do not")] = 14,
    until: Annotated[str, typer.Option(help="last day of the region's history, YYYY-MM-DD")] = UNTIL.isoformat(),
    history: Annotated[int, typer.Option(min=28, max=730, help="days of history")] = 120,
    world: Annotated[WorldKind, typer.Option(help="the sample region, or recorded stores of FreshRetailNet")] = (
        WorldKind.SAMPLE
    ),
    data: Annotated[Path | None, typer.Option(help="train.parquet of FreshRetailNet: its last days are played")] = None,
    economics: Annotated[
        Path | None, typer.Option(help="item_day.csv of a vegetable shop: margins and losses are drawn from it")
    ] = None,
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

    It needs no database: the world's past is written into a scratch one for each. marginal is the purchase plan;
    marginal-true is told the true distributions of demand and yield, clairvoyant is told demand itself."""
    from flows.simulating.comparing import compare  # what trains is slow to import
    from flows.simulating.report import as_objects, as_table, write_report

    if out is not None and out.exists() and not out.is_dir():
        raise Invalid("--out {out} is a file; name a directory.", out=out, field="out")
    settings = replace(USUAL, service_level=_service_level(floor, floor_of or (), freshest_first))
    buyers = _buyers(policy or _known_in(world), swap or (), settings, curve=curve)
    if world is WorldKind.FRESHRETAILNET:
        size: Size = _recorded(data, economics, seed, warehouses, products, warm_up + days, freshest_first)
    else:
        size = _sample(day(until, "--until"), seed, warehouses, products, history, warm_up + days, freshest_first)
    with progress_bars() as progress:
        comparison = compare(size, buyers, warm_up, jobs or cores(), progress)
    files = [] if out is None else write_report(comparison, out)
    text = "\n".join([as_table(comparison), *(say("Written: {file}", file=file) for file in files)])
    answer(as_objects(comparison), text, json)


def _known_in(world: WorldKind) -> list[str]:
    """The policies that a world can be played with: nobody knows the true distribution of recorded days."""
    unknown = {name for name in TOLD if Truth.FORECAST in TOLD[name]} if world is WorldKind.FRESHRETAILNET else set()
    return [name for name in POLICIES if name not in unknown]


def _buyers(policies: Sequence[str], swaps: Sequence[Truth], settings: PlanSettings, *, curve: bool) -> list[Buyer]:
    """Raises Invalid for a policy that is not known, and a truth that cannot be swapped in."""
    buyers = [buyer_of(name, settings) for name in dict.fromkeys(policies)]
    if refused := [truth for truth in swaps if truth not in SWAPS]:
        raise Invalid("--swap takes {swaps}, not {swap}.", swaps=SWAPS, swap=refused[0], field="swap")
    if curve:
        buyers += [other for buyer in list(buyers) for other in along_the_curve(buyer)]
    return buyers + [swapped(truth, settings) for truth in dict.fromkeys(swaps)]


def _service_level(floor: float | None, of: Sequence[str], freshest_first: float) -> ServiceLevel:
    """Raises Invalid for a text that is no category and share."""
    by_category = {}
    for text in of:
        category, _, share = text.partition("=")
        try:
            by_category[category.strip()] = CategoryTerms(fill_rate_floor=float(share), freshest_first=freshest_first)
        except ValueError as error:
            raise Invalid(
                '--floor-of {text!r}: write "leaf vegetables=0.97", a share from 0 to {highest}.',
                text=text,
                highest=HIGHEST_FLOOR,
                field="floor_of",
            ) from error
    return ServiceLevel(by_category, CategoryTerms(fill_rate_floor=floor, freshest_first=freshest_first))


def _sample(
    until: date, seed: int, warehouses: int, products: int, history: int, days: int, freshest_first: float
) -> Size:
    from flows.simulating.sample_world import SampleSize

    return SampleSize(until, seed, warehouses, products, history, days, freshest_first)


def _recorded(
    data: Path | None,
    economics: Path | None,
    seed: int,
    warehouses: int,
    products: int,
    days: int,
    freshest_first: float,
) -> Size:
    from flows.simulating.recorded_world import RecordedSize

    if data is None or economics is None:
        raise Invalid("The world freshretailnet needs --data and --economics.", field="data")
    return RecordedSize(
        data, economics, seed=seed, warehouses=warehouses, products=products, days=days, freshest_first=freshest_first
    )
