"""The registry of demand models: what was trained on what, which of them serves, and the way back.

A region's model and the warehouse models on top of it are one set, which is promoted, rejected or rolled back
together. Nothing is deleted: what a model was and why it does not serve stays readable.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import ColumnElement, Engine, Select, Table, func, or_, select, update
from sqlalchemy.orm import Session, aliased, undefer

from data.bulk import write_rows
from data.database import writing
from data.languages import Sentence
from data.local_days import by_clock
from data.tables import DemandModelRow, WarehouseRow
from flows.demand.models.code_version import code_version
from flows.errors import Invalid, NotNow, Unknown
from forecasting.distribution.dependence import Dependence
from forecasting.model.choice import Choice
from forecasting.model.kept_dependence import kept_dependence

LISTED = ("model_id", "region_model_id", "origin", "trained_at", "code", "settings", "trained_on", "choices", "scores")


def serving(warehouse_id: str, origin: datetime) -> Select[tuple[DemandModelRow]]:
    """The model that serves a warehouse at an origin: of those that knew no more and are not rejected, the one that
    began to serve last."""
    return _latest_served(DemandModelRow.warehouse_id == warehouse_id, *_may_serve(origin))


def serving_region(warehouse_ids: Collection[str], origin: datetime) -> Select[tuple[DemandModelRow]]:
    """The region's model that serves these warehouses at an origin: of those that any of them has a model on the one
    that began to serve last."""
    on_it = aliased(DemandModelRow)
    used = select(on_it.model_id).where(
        on_it.region_model_id == DemandModelRow.model_id, on_it.warehouse_id.in_(warehouse_ids)
    )
    return _latest_served(DemandModelRow.warehouse_id.is_(None), used.exists(), *_may_serve(origin))


def _latest_served(*which: ColumnElement[bool]) -> Select[tuple[DemandModelRow]]:
    return select(DemandModelRow).where(*which).order_by(DemandModelRow.served_from.desc()).limit(1)


def _may_serve(origin: datetime) -> tuple[ColumnElement[bool], ...]:
    """Which models may serve at an origin."""
    return (
        DemandModelRow.origin <= origin,
        DemandModelRow.served_from.is_not(None),
        DemandModelRow.rejected_because.is_(None),
    )


def serving_each(session: Session, warehouse_ids: Collection[str], origin: datetime) -> dict[str, DemandModelRow]:
    """The models, with their artifacts, that serve these warehouses at an origin; absent where none does."""
    row = DemandModelRow
    latest = func.row_number().over(partition_by=row.warehouse_id, order_by=row.served_from.desc())
    ranked = (
        select(row.model_id, latest.label("rank"))
        .where(row.warehouse_id.in_(warehouse_ids), *_may_serve(origin))
        .subquery()
    )
    query = select(row).join(ranked, ranked.c.model_id == row.model_id).where(ranked.c.rank == 1)
    return {str(model.warehouse_id): model for model in session.scalars(query.options(undefer(row.artifact)))}


def served(session: Session, warehouse_ids: Collection[str], origin: datetime) -> set[str]:
    """Those of some warehouses that a model serves at an origin."""
    row = DemandModelRow
    query = select(row.warehouse_id).where(row.warehouse_id.in_(warehouse_ids), *_may_serve(origin))
    return set(map(str, session.scalars(query.distinct())))


def dependence_by_warehouse(session: Session, origins: Mapping[str, datetime]) -> dict[str, Dependence]:
    """How the errors of several days' forecasts go together in each warehouse, by the region's model under the one
    that serves it at its origin; as usual where none serves."""
    region_model_ids = {
        name: session.scalar(serving(name, origin).with_only_columns(DemandModelRow.region_model_id))
        for name, origin in origins.items()
    }
    artifacts = select(DemandModelRow.model_id, DemandModelRow.artifact).where(
        DemandModelRow.model_id.in_(set(region_model_ids.values()) - {None})
    )
    kept = {row.model_id: kept_dependence(row.artifact) for row in session.execute(artifacts)}
    return {
        name: kept.get(region_model_id or "", Dependence.usual()) for name, region_model_id in region_model_ids.items()
    }


def choices_serving(session: Session, warehouse_id: str, origin: datetime) -> dict[str, Choice]:
    """What serves a warehouse at an origin, by reach (`forecasting.model.choice`); empty where
    that was not kept."""
    row = session.scalars(serving(warehouse_id, origin)).first()
    if row is not None and row.region_model_id is not None:
        row = session.get(DemandModelRow, row.region_model_id)
    kept = {} if row is None else row.choices or {}
    return {reach: Choice.from_dict(choice) for reach, choice in kept.items()}


def id_of_region_model(origin_day: str, settings: Mapping[str, Any], data_digest: str) -> str:
    """The id of what this code learns for the region from this data up to this day with these settings."""
    return _digest(code_version(), origin_day, json.dumps(settings, sort_keys=True), data_digest)


def id_of_warehouse_model(warehouse_id: str, region_model_id: str) -> str:
    """The id of a warehouse's model on top of the region's: it depends on nothing else."""
    return _digest(warehouse_id, region_model_id)


def warehouses_on(session: Session, region_model_id: str) -> list[str]:
    """The warehouses that have a model on a region's model."""
    found = session.scalars(
        select(DemandModelRow.warehouse_id).where(DemandModelRow.region_model_id == region_model_id)
    )
    return sorted(name for name in found if name is not None)


def kept_of(session: Session, model_ids: Collection[str]) -> set[str]:
    """Which of these trainings were finished before."""
    return set(session.scalars(select(DemandModelRow.model_id).where(DemandModelRow.model_id.in_(model_ids))))


@dataclass(frozen=True)
class TrainedModel:
    """A model as a training made it, of a warehouse or (None) of what the region shares."""

    model_id: str
    warehouse_id: str | None
    region_model_id: str | None
    settings: Mapping[str, Any]
    trained_on: Mapping[str, Any]
    artifact: bytes
    choices: Mapping[str, Any] | None = None


def keep(engine: Engine, models: Sequence[TrainedModel], origin: datetime, now: datetime) -> None:
    """Keeps models that do not serve yet. One whose id was kept first stays."""
    code = code_version()
    columns = [*(one.name for one in fields(TrainedModel)), "artifact_sha256", "origin", "trained_at", "code"]
    rows = [
        [*(getattr(model, one.name) for one in fields(model)), sha256(model.artifact).hexdigest(), origin, now, code]
        for model in models
    ]
    with writing(engine) as session:
        write_rows(session.connection(), cast(Table, DemandModelRow.__table__), columns, rows, on_conflict="ignore")


def start_serving(session: Session, region_model_id: str, now: datetime) -> None:
    """Lets a set serve from now on: the region's model and the warehouse models that are there."""
    region_model = session.get_one(DemandModelRow, region_model_id)
    query = serving_region(warehouses_on(session, region_model_id), region_model.origin)
    before = session.scalar(query.with_only_columns(DemandModelRow.served_from))
    # two trainings decided at one moment: the one that is let in later serves
    region_model.served_from = now if before is None or before < now else before + timedelta(microseconds=1)
    session.flush()
    join_those_that_serve(session, region_model_id)


def join_those_that_serve(session: Session, region_model_id: str) -> None:
    """Lets warehouse models that were trained after their set began to serve, serve with it."""
    since = session.scalar(select(DemandModelRow.served_from).where(DemandModelRow.model_id == region_model_id))
    waiting = DemandModelRow.served_from.is_(None) & DemandModelRow.rejected_because.is_(None)
    session.execute(
        update(DemandModelRow)
        .where(DemandModelRow.region_model_id == region_model_id, waiting)
        .values(served_from=since)
    )


def reject(session: Session, region_model_id: str, because: str, now: datetime) -> None:
    """Lets a set serve no more, or not at all. A warehouse that no other model serves keeps the one it has: it would
    have no forecast otherwise."""
    sets = select(DemandModelRow).where(
        DemandModelRow.region_model_id == region_model_id, DemandModelRow.rejected_because.is_(None)
    )
    served_by_others = set(
        session.scalars(
            select(DemandModelRow.warehouse_id).where(
                DemandModelRow.region_model_id != region_model_id,
                DemandModelRow.served_from.is_not(None),
                DemandModelRow.rejected_because.is_(None),
            )
        )
    )
    session.get_one(DemandModelRow, region_model_id).rejected_because = because
    for model in session.scalars(sets):
        if model.warehouse_id in served_by_others:
            model.rejected_because = because
        else:
            model.served_from = model.served_from or now


def roll_back(session: Session, to: str | None, warehouse_id: str | None, now: datetime, by: str) -> dict[str, Any]:
    """Goes back to the set that served before, or to the one named; for one warehouse alone if one is given.

    Returns left, the model_id that serves no more, and serves, the one that does (each the region's or the
    warehouse's). Raises Unknown, Invalid, or NotNow where there is nothing to go back to or, with no set named, where
    sets of several regions serve."""
    query = _serving_now(session, to, warehouse_id)
    left = session.scalars(query).first()
    goal = _named(session, to, warehouse_id) if to is not None else _before(session, query, left)
    if left is not None and goal.model_id == left.model_id:
        raise NotNow("Model {to} is already serving.", to=to)
    since = now if left is None or left.served_from is None else max(now, left.served_from + timedelta(microseconds=1))
    of_the_goal = or_(DemandModelRow.model_id == goal.model_id, DemandModelRow.region_model_id == goal.model_id)
    session.execute(update(DemandModelRow).where(of_the_goal).values(served_from=since, rejected_because=None))
    if left is not None:
        because = f"{by} went back to {goal.model_id} on {now:%Y-%m-%d %H:%M} UTC"
        if warehouse_id is None:
            reject(session, left.model_id, because, now)
        else:
            left.rejected_because = because
    return {"left": left.model_id if left else None, "serves": goal.model_id}


def _serving_now(session: Session, to: str | None, warehouse_id: str | None) -> Select[tuple[DemandModelRow]]:
    """What serves where a rollback is asked for: in the warehouse, in the region of the set named, or in the only
    region."""
    latest = _latest_origin(session)
    if warehouse_id is not None:
        return serving(warehouse_id, latest)
    if to is not None:
        return serving_region(warehouses_on(session, to), latest)
    regions = _regions(session, latest)
    if len(regions) > 1:
        raise NotNow(
            "Models of {number} regions serve ({regions}). Name the one to go back to with --to; see: "
            "freshfront models list",
            number=len(regions),
            regions=regions,
        )
    return serving_region(next(iter(regions.values()), ()), latest)


def _regions(session: Session, moment: datetime) -> dict[str, list[str]]:
    """The warehouses that have models, by the clock of their region."""
    modelled = select(DemandModelRow.warehouse_id).where(DemandModelRow.warehouse_id.is_not(None))
    query = select(WarehouseRow.warehouse_id, WarehouseRow.timezone).where(WarehouseRow.warehouse_id.in_(modelled))
    return by_clock(dict(session.execute(query).tuples().all()), moment)


def _before(session: Session, query: Select[tuple[DemandModelRow]], left: DemandModelRow | None) -> DemandModelRow:
    if left is None:
        raise NotNow("No model is serving, so there is nothing to roll back.")
    goal = session.scalars(query.where(DemandModelRow.model_id != left.model_id)).first()
    if goal is None:
        raise NotNow("No other model has served before. See: freshfront models list")
    return goal


def _named(session: Session, model_id: str, warehouse_id: str | None) -> DemandModelRow:
    goal = session.get(DemandModelRow, model_id)
    if goal is None:
        raise Unknown("Model {model_id!r} was not found. See: freshfront models list", model_id=model_id, field="to")
    if goal.warehouse_id != warehouse_id:
        whose = (
            Sentence("the region's")
            if goal.warehouse_id is None
            else Sentence("that of warehouse {warehouse_id}", warehouse_id=goal.warehouse_id)
        )
        raise Invalid(
            "Model {model_id} is {whose}, which is not what is rolled back.", model_id=model_id, whose=whose, field="to"
        )
    return goal


def listed(session: Session, warehouse_id: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """The models of the region, or of a warehouse, the latest trained first.

    Keys: model_id, region_model_id, origin, trained_at, code, settings, trained_on, choices (of the region's, by reach:
    `forecasting.model.choice`), scores, region (a time zone of its clock), sha256 of the artifact, served_from,
    rejected_because, serves (now, at the latest origin), warehouse_models (of the region's: how many)."""
    latest = session.scalar(select(func.max(DemandModelRow.origin)))
    if latest is None:
        return []
    regions = _regions(session, latest)
    if warehouse_id is None:
        queries = [serving_region(names, latest) for names in regions.values()]
    else:
        queries = [serving(warehouse_id, latest)]
    serve = {session.scalar(query.with_only_columns(DemandModelRow.model_id)) for query in queries}
    own = DemandModelRow.warehouse_id.is_not_distinct_from(warehouse_id)
    query = (
        select(DemandModelRow)
        .where(own)
        .order_by(DemandModelRow.trained_at.desc(), DemandModelRow.model_id)
        .limit(limit)
    )
    region_of = {name: zone for zone, names in regions.items() for name in names}
    row = DemandModelRow
    of_set = select(row.region_model_id, func.count(), func.min(row.warehouse_id)).group_by(row.region_model_id)
    sets = {model_id: (count, region_of.get(one)) for model_id, count, one in session.execute(of_set)}
    return [
        {name: getattr(model, name) for name in LISTED}
        | {
            "region": sets.get(model.region_model_id or model.model_id, (0, None))[1],
            "sha256": model.artifact_sha256,
            "served_from": model.served_from,
            "rejected_because": model.rejected_because,
            "serves": model.model_id in serve,
            "warehouse_models": sets.get(model.model_id, (0, None))[0],
        }
        for model in session.scalars(query)
    ]


def _latest_origin(session: Session) -> datetime:
    latest = session.scalar(select(func.max(DemandModelRow.origin)))
    if latest is None:
        raise NotNow("There are no models yet. Run: freshfront train")
    return latest


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:32]
