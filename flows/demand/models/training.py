"""Models are trained on what was known at an origin, and kept; they do not serve yet.

Trainings are found again by their ids: one that was finished before is not repeated, whichever run or machine did it.
"""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Engine

from data.database import reading
from data.tables import DemandModelRow
from flows.demand.models import model_registry
from flows.demand.models.code_version import code_version
from flows.demand.run_snapshot import kept_region_model, panel_of_run, snapshot_of_run
from flows.errors import NotNow
from forecasting.model.training import train_region
from forecasting.model.training_settings import TrainingSettings
from forecasting.model.warehouse_model import train_warehouse_model


def train_region_model(engine: Engine, origin: datetime, now: datetime) -> str:
    """Trains and keeps what the region's warehouses share; returns its model_id. It does not serve yet:
    flows.demand.models.promoting decides.

    Where this code has learned from the same data with the same settings before, that model is returned."""
    settings = TrainingSettings()
    given = snapshot_of_run(engine.url, origin, now)
    chosen = asdict(settings)
    model_id = model_registry.id_of_region_model(f"{given.known.origin_day:%Y-%m-%d}", chosen, given.digest)
    with reading(engine) as session:
        if model_registry.is_kept(session, model_id):
            return model_id
    region_model = train_region(given.known, settings)
    return model_registry.keep(
        engine, model_id, None, None, origin, now, chosen, given.described(), region_model.to_bytes()
    )


def train_warehouse(engine: Engine, warehouse_id: str, region_model_id: str, now: datetime) -> str:
    """Trains and keeps a warehouse's model on top of the region's, on what that was trained on; returns its model_id.

    One that was trained before is returned. Raises NotNow where the region's model is not there or of other code,
    Invalid where the warehouse's data cannot be used."""
    model_id = model_registry.id_of_warehouse_model(warehouse_id, region_model_id)
    with reading(engine) as session:
        if model_registry.is_kept(session, model_id):
            return model_id
        row = session.get(DemandModelRow, region_model_id)
    if row is None:
        raise NotNow("The region has no such model yet. Run: freshfront train")
    if row.code != code_version():
        raise NotNow(
            f"This worker runs code {code_version()}, the region's model is from {row.code}. Install the same on both."
        )
    given = snapshot_of_run(engine.url, row.origin, now)
    given.require(warehouse_id)
    panel = panel_of_run(engine.url, region_model_id, row.origin, now)
    model = train_warehouse_model(panel, warehouse_id, kept_region_model(engine.url, region_model_id))
    trained_on = given.described(warehouse_id)
    return model_registry.keep(
        engine, model_id, warehouse_id, region_model_id, row.origin, now, {}, trained_on, model.to_bytes()
    )
