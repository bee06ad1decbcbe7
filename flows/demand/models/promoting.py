"""Whether the models trained last may serve: scored on the latest days beside the ones that serve, and decided once.

docs/decisions/0005 says how models that have seen yesterday are scored on it all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.languages import say
from data.tables import DemandModelRow
from flows.demand.models import model_registry
from flows.demand.run_snapshot import clock_of, kept_region_model, panel_of_run, snapshot_of_run
from flows.errors import NotNow
from forecasting.evaluation.gate import KEY, Scores, Verdict, may_be_promoted, on_the_same_rows
from forecasting.features.panel import Panel
from forecasting.model.all_days_forecasts import with_completed_demand
from forecasting.model.hold_out import hold_out_forecasts, hold_out_sales
from forecasting.model.model_files import ModelFormatError
from forecasting.model.region_model import RegionModel


@dataclass(frozen=True)
class Comparison:
    """What the gate decided, and the scores that it decided from: of the set, and by warehouse."""

    verdict: Verdict
    scores: Mapping[str, Any]
    by_warehouse: Mapping[str, Mapping[str, Any] | None]


def promote_or_reject(engine: Engine, region_model_id: str, now: datetime) -> str:
    """Lets a trained set serve if it is not worse than the one that serves; returns what was decided, in a sentence.

    Decided once: asked again, warehouse models that came later join the set, and the answer stays. Raises NotNow where
    no warehouse has a model on it."""
    with reading(engine) as session:
        new = session.get_one(DemandModelRow, region_model_id)
        warehouses = model_registry.warehouses_on(session, region_model_id)
        now_serving = session.scalars(model_registry.serving_region(warehouses, new.origin)).first()
        before = model_registry.warehouses_on(session, now_serving.model_id) if now_serving else []
    if not warehouses:
        raise NotNow("No warehouse has a model built on this region model, so it cannot serve.")
    if new.served_from is None and new.rejected_because is None:
        serving_id = now_serving.model_id if now_serving else None
        common = sorted(set(warehouses) & set(before))
        comparison = _compared(engine, new, serving_id, warehouses, common, now)
        _decide(engine, region_model_id, serving_id, comparison, now)
    elif new.rejected_because is None:
        with writing(engine) as session:
            model_registry.join_those_that_serve(session, region_model_id)
    with reading(engine) as session:
        return _told(session.get_one(DemandModelRow, region_model_id))


def _compared(
    engine: Engine, new: DemandModelRow, serving_id: str | None, warehouses: list[str], common: list[str], now: datetime
) -> Comparison:
    trained = kept_region_model(engine.url, new.model_id)
    region_model = _readable_region_model(engine, serving_id)
    if trained.near is None:  # too little to learn from: the level alone serves, as where nothing is trained
        lost = region_model is not None and region_model.near is not None
        why = "there was too little to learn from, which the serving model had"
        return Comparison(Verdict(not lost, (why,) if lost else ()), {}, {})
    with reading(engine) as session:
        timezone = clock_of(session, new.origin, warehouses)
    panel = panel_of_run(engine.url, new.model_id, new.origin, now, timezone)
    known = snapshot_of_run(engine.url, new.origin, now, timezone).known
    forecasts = hold_out_forecasts(panel, trained, warehouses)
    observed = with_completed_demand(hold_out_sales(panel, trained), forecasts, known, trained.profiles)
    scored = forecasts.merge(observed, on=KEY)
    scores: dict[str, Any] = {"new": _scores(scored), "serving": None, "serving_model": serving_id}
    by_warehouse = {str(name): _scores(of_one) for name, of_one in scored.groupby("warehouse_id")}
    if region_model is None or region_model.near is None or not common:
        return Comparison(Verdict(True), scores, by_warehouse)
    own_panel = Panel.of(known, region_model.profiles)
    after, before = on_the_same_rows(forecasts, hold_out_forecasts(own_panel, region_model, common), observed)
    scores |= {"serving": _scores(before), "new_on_the_same": _scores(after)}
    return Comparison(may_be_promoted(after, before), scores, by_warehouse)


def _readable_region_model(engine: Engine, model_id: str | None) -> RegionModel | None:
    """A kept region model; None where there is none, or this code cannot read it any more."""
    try:
        return kept_region_model(engine.url, model_id) if model_id else None
    except (ModelFormatError, KeyError, TypeError):
        return None


def _scores(scored: pd.DataFrame) -> dict[str, Any] | None:
    return Scores.of(scored).as_dict() if len(scored) else None


def _decide(
    engine: Engine, region_model_id: str, serving_id: str | None, comparison: Comparison, now: datetime
) -> None:
    with writing(engine) as session:
        new = session.get_one(DemandModelRow, region_model_id, with_for_update=True)
        if new.served_from is not None or new.rejected_because is not None:
            return  # another run was faster
        new.scores = dict(comparison.scores) or None
        for model in session.scalars(select(DemandModelRow).where(DemandModelRow.region_model_id == region_model_id)):
            model.scores = dict(comparison.by_warehouse.get(model.warehouse_id or "") or {}) or None
        session.flush()
        if comparison.verdict.promoted:
            model_registry.start_serving(session, region_model_id, now)
        else:
            because = f"worse than {serving_id}: {'; '.join(comparison.verdict.reasons)}"
            model_registry.reject(session, region_model_id, because, now)


def _told(model: DemandModelRow) -> str:
    if model.rejected_because:
        return say(
            "The new models do not serve ({model_id}): {why}. The ones before go on.",
            model_id=model.model_id,
            why=model.rejected_because,
        )
    scores, observed = model.scores or {}, ""
    if scores.get("serving") and scores.get("new_on_the_same"):
        new, old = scores["new_on_the_same"], scores["serving"]
        observed = say(
            ": pinball {pinball:.4f} (before: {before:.4f}), WPE {wpe:+.1%} ({wpe_before:+.1%})",
            pinball=new["pinball"],
            before=old["pinball"],
            wpe=new["wpe"],
            wpe_before=old["wpe"],
        )
    return say(
        "The models trained up to {origin:%Y-%m-%d %H:%M} UTC serve ({model_id}){observed}.",
        origin=model.origin,
        model_id=model.model_id,
        observed=observed,
    )
