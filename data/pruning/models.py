"""Demand models trained before a moment, in sets: a region's with the warehouses' on it.

A set stays while it serves a warehouse, or served it before the one that does, so that there is a way back."""

from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Engine, Table, delete, func, or_, select

from data.pruning.batches import in_batches
from data.tables import DemandModelRow

MODELS = cast(Table, DemandModelRow.__table__)
KEPT_SERVED = 2  # the one that serves, and the one before it


def prune_models(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, models with what they learned."""
    if dry_run:
        with engine.connect() as connection:
            old = _old_sets(connection, before)
            of_them = or_(MODELS.c.model_id.in_(old), MODELS.c.region_model_id.in_(old))
            return connection.scalar(select(func.count()).select_from(MODELS).where(of_them)) or 0

    def one_set(connection: Connection, _size: int) -> int:
        old = _old_sets(connection, before)
        if not old:
            return 0
        of_it = connection.execute(delete(MODELS).where(MODELS.c.region_model_id == old[0])).rowcount
        return of_it + connection.execute(delete(MODELS).where(MODELS.c.model_id == old[0])).rowcount

    return in_batches(engine, one_set)


def _old_sets(connection: Connection, before: datetime) -> list[str]:
    serves = MODELS.c.served_from.is_not(None) & MODELS.c.rejected_because.is_(None)
    latest = func.row_number().over(partition_by=MODELS.c.warehouse_id, order_by=MODELS.c.served_from.desc())
    ranked = select(MODELS.c.region_model_id, latest.label("rank")).where(serves, MODELS.c.warehouse_id.is_not(None))
    of_sets = ranked.subquery()
    kept = set(connection.scalars(select(of_sets.c.region_model_id).where(of_sets.c.rank <= KEPT_SERVED)))
    old = (MODELS.c.warehouse_id.is_(None)) & (MODELS.c.trained_at < before)
    found = connection.scalars(select(MODELS.c.model_id).where(old).order_by(MODELS.c.trained_at, MODELS.c.model_id))
    return [model_id for model_id in found if model_id not in kept]
