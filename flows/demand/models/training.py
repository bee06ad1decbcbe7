"""Models are trained on what was known at an origin, and kept; they do not serve yet.

Trainings are found again by their ids: one that was finished before is not repeated, whichever run or machine did it.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Engine

from data.database import reading
from data.tables import DemandModelRow
from flows.demand.models import model_registry
from flows.demand.models.code_version import code_version
from flows.demand.run_snapshot import cannot_be_used, clock_of, kept_region_model, panel_of_run, snapshot_of_run
from flows.errors import NotNow, Refusal
from forecasting.model.learned_kinds import choices_of
from forecasting.model.training import train_region
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import train_warehouse_models


def train_region_model(
    engine: Engine, origin: datetime, now: datetime, warehouse_ids: Sequence[str] | None = None
) -> str:
    """Trains and keeps what the warehouses of a region share, the one that these warehouses are in; returns its
    model_id. It does not serve yet: flows.demand.models.promoting decides.

    Where this code has learned from the same data with the same settings before, that model is returned. Raises Invalid
    for warehouses (all if not given) of several clocks."""
    settings = TrainingSettings()
    with reading(engine) as session:
        timezone = clock_of(session, origin, warehouse_ids)
    given = snapshot_of_run(engine.url, origin, now, timezone)
    chosen = asdict(settings)
    model_id = model_registry.id_of_region_model(f"{given.known.origin_day:%Y-%m-%d}", chosen, given.digest)
    with reading(engine) as session:
        if model_registry.kept_of(session, [model_id]):
            return model_id
    region_model = train_region(given.known, settings)
    choices = choices_of(region_model, given.known.events)
    trained = model_registry.TrainedModel(
        model_id,
        None,
        None,
        chosen,
        given.described(),
        region_model.to_bytes(),
        {reach: choice.to_dict() for reach, choice in choices.items()},
    )
    model_registry.keep(engine, [trained], origin, now)
    return model_id


def refused_warehouses(engine: Engine, warehouse_ids: Sequence[str], region_model_id: str) -> dict[str, Refusal]:
    """Which of some warehouses the region's model has left out, since their data cannot be used, and why."""
    with reading(engine) as session:
        row = session.get(DemandModelRow, region_model_id)
    return cannot_be_used(warehouse_ids, {} if row is None else row.trained_on.get("left_out", {}))


def train_warehouses(
    engine: Engine, warehouse_ids: Sequence[str], region_model_id: str, now: datetime
) -> dict[str, str]:
    """Trains and keeps models of these warehouses on top of the region's, on what that was trained on; returns their
    model_ids by warehouse.

    Those that were trained before are returned. Raises NotNow where the region's model is not there or of other code,
    Invalid where the data of a warehouse cannot be used."""
    ids = {name: model_registry.id_of_warehouse_model(name, region_model_id) for name in warehouse_ids}
    with reading(engine) as session:
        kept = model_registry.kept_of(session, ids.values())
        row = session.get(DemandModelRow, region_model_id)
    missing = [name for name, model_id in ids.items() if model_id not in kept]
    if not missing:
        return ids
    if row is None:
        raise NotNow("The region has no such model yet. Run: freshfront train")
    if row.code != code_version():
        raise NotNow(
            "This worker runs code {here}, the region's model is from {code}. Install the same on both.",
            here=code_version(),
            code=row.code,
        )
    with reading(engine) as session:
        timezone = clock_of(session, row.origin, missing)
    given = snapshot_of_run(engine.url, row.origin, now, timezone)
    for name in missing:
        given.require(name)
    panel = panel_of_run(engine.url, region_model_id, row.origin, now, timezone)
    models = train_warehouse_models(panel.of_warehouses(missing), kept_region_model(engine.url, region_model_id))
    trained = [
        model_registry.TrainedModel(
            ids[name], name, region_model_id, {}, given.described(name), models[name].to_bytes()
        )
        for name in missing
    ]
    model_registry.keep(engine, trained, row.origin, now)
    return ids
