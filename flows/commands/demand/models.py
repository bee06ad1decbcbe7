"""`freshfront models`: what was trained on what, which models serve, and going back to those before."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from data.database import reading, require_current_schema, writing
from data.languages import say
from flows.commands.shell.code_words import spoken
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer
from flows.database import database
from flows.demand.models import model_registry
from flows.demand.models.choice_lines import choice_lines
from forecasting.model.choice import Choice

OfWarehouse = Annotated[
    str | None,
    typer.Option("--warehouse", "-w", help="a warehouse's own model; the region's, with all on it, if not given"),
]


def listing(
    warehouse: OfWarehouse = None,
    limit: Annotated[int, typer.Option(min=1, help="how many, the latest trained first")] = 20,
    json: Json = False,
) -> None:
    """List models: up to when and with which code they were trained, their scores, and which one serves."""
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            found = model_registry.listed(session, warehouse, limit)
    answer(found, "\n".join(map(_line, found)) or say("There are no models yet. Run: freshfront train"), json)


def rollback(
    to: Annotated[str | None, typer.Option(help="a model id of `models list`; the one before if not given")] = None,
    warehouse: OfWarehouse = None,
    json: Json = False,
) -> None:
    """Go back to the models that served before. The next forecasts are made with them; nothing is deleted."""
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            changed = model_registry.roll_back(session, to, warehouse, datetime.now(UTC), "command line")
    text = say(
        "Model {model} serves again, {left} no more.", model=changed["serves"], left=changed["left"] or say("none")
    )
    answer(changed, text, json)


def _line(model: dict[str, Any]) -> str:
    state = "serves" if model["serves"] else "rejected" if model["rejected_because"] else "served"
    if model["served_from"] is None and not model["rejected_because"]:
        state = "trained"
    scores = (model["scores"] or {}).get("new", model["scores"]) or {}
    told = say("pinball {pinball:.4f}  WPE {wpe:+.1%}", **scores) if scores else say("not scored")
    of_it = say(
        "up to {origin:%Y-%m-%d %H:%M}  {told}  code {code}", origin=model["origin"], told=told, code=model["code"]
    )
    line = f"{model['model_id']}  {spoken('model', state):<8}  {of_it}"
    line += f"  {model['region']}" if model["region"] else ""
    choices = {reach: Choice.from_dict(choice) for reach, choice in (model["choices"] or {}).items()}
    more = [*choice_lines(choices), *([model["rejected_because"]] if model["rejected_because"] else [])]
    return "".join([line, *(f"\n    {told}" for told in more)])
