"""The models that a trial tries, in place of those that serve where a warehouse's day is in the challenger's arm."""

import logging
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import URL, select
from sqlalchemy.orm import Session, undefer

from data.frames.trial_arms import tried_on
from data.local_days import today_there
from data.tables import Compared, DemandModelRow, WarehouseRow
from flows.demand.run_snapshot import kept_region_model
from forecasting.model.model_files import ModelFormatError

LOG = logging.getLogger(__name__)


def tried_models(
    session: Session, url: URL, serving: Mapping[str, DemandModelRow], origin: datetime, now: datetime
) -> dict[str, DemandModelRow]:
    """Of the warehouses that a model serves, the one that is tried there today. Where it cannot be used, since the
    warehouse has none on it or this code reads it no more, the one that serves goes on."""
    zones = select(WarehouseRow.warehouse_id, WarehouseRow.timezone).where(WarehouseRow.warehouse_id.in_(serving))
    days = {name: today_there(now, zone) for name, zone in session.execute(zones)}
    tried = tried_on(session, days, now)
    if tried is None or tried.compares is not Compared.MODEL:
        return {}
    model_id, row = tried.challenger["model_id"], DemandModelRow
    query = select(row).where(
        row.region_model_id == model_id, row.warehouse_id.in_(tried.warehouses), row.origin <= origin
    )
    found = {str(one.warehouse_id): one for one in session.scalars(query.options(undefer(row.artifact)))}
    if not found:
        return {}
    try:
        kept_region_model(url, model_id)
    except (ModelFormatError, KeyError, TypeError):
        LOG.warning(
            "Trial %s tries model %s, which this code cannot read: the serving one is used.", tried.name, model_id
        )
        return {}
    return found
