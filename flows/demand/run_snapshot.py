"""The snapshot of a run: everything known at its origin, read once per process, without what cannot be true.

A forecast looks at its warehouse's city too, so all warehouses of a region read one `KnownAtOrigin` and one `Panel`. A
region is the warehouses of one clock: a local day is one span of time for all of them. A warehouse whose data is broken
is left out of both, with the reason: it must spoil neither its city nor the run.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import URL, select
from sqlalchemy.orm import Session, undefer

from data.database import open_database, reading
from data.frames.broken import broken_warehouses
from data.frames.known_demand import (
    events_as_of,
    listed_as_of,
    products_frame,
    promotions_as_of,
    sales_as_of,
    warehouses_frame,
    weather_as_of,
)
from data.frames.product_ranges import ranges_as_of
from data.frames.sales_days import sales_rows, warehouses_to_learn_from
from data.local_days import by_clock, same_clock, today_there
from data.tables import DemandModelRow, WarehouseRow
from flows.errors import Invalid, NotNow, Refusal
from flows.for_each_warehouse import reason_of
from forecasting.features.panel import Panel
from forecasting.known.frames import KnownAtOrigin, SalesHistory
from forecasting.known.horizon import LONGEST_HORIZON
from forecasting.known.looking_back import HISTORY_DAYS, REGULAR, first_day_looked_at
from forecasting.model.region_model import RegionModel

UNREADABLE = (ValueError, TypeError, OverflowError)  # what a row raises that is not what its table says it is


@dataclass(frozen=True, eq=False)
class RunSnapshot:
    """What is known at a run's origin of the warehouses whose data can be used, and why that of the others cannot."""

    known: KnownAtOrigin
    broken: Mapping[str, str]

    def require(self, warehouse_id: str) -> None:
        """Raises Invalid for a warehouse whose data cannot be used."""
        for refusal in self.refused([warehouse_id]).values():
            raise refusal

    def refused(self, warehouse_ids: Sequence[str]) -> dict[str, Refusal]:
        """Those of some warehouses whose data cannot be used, and why."""
        return cannot_be_used(warehouse_ids, self.broken)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that a training or a forecast can see of it: equal data give equal models."""
        return digest_of(self.known)

    def described(self, warehouse_id: str | None = None) -> dict[str, Any]:
        """What is kept with a model about the sales that it was trained on: rows, first_day, last_day, warehouses,
        products, digest, and for the region left_out: the reason by warehouse."""
        of = self._by_warehouse if warehouse_id is None else self._by_warehouse.reindex([warehouse_id]).dropna()
        days = self.known.history.days
        products = days["product_id"].nunique() if warehouse_id is None else of["products"].sum()
        text = {
            "rows": int(of["rows"].sum()),
            "first_day": f"{of['first_day'].min():%Y-%m-%d}" if len(of) else None,
            "last_day": f"{of['last_day'].max():%Y-%m-%d}" if len(of) else None,
            "warehouses": len(of),
            "products": int(products),
            "digest": self.digest,
        }
        return text if warehouse_id is not None else text | {"left_out": dict(self.broken)}

    @cached_property
    def _by_warehouse(self) -> pd.DataFrame:
        """rows, first_day, last_day, products by warehouse_id."""
        return self.known.history.days.groupby("warehouse_id").agg(
            rows=("date", "size"),
            first_day=("date", "min"),
            last_day=("date", "max"),
            products=("product_id", "nunique"),
        )


def cannot_be_used(warehouse_ids: Sequence[str], broken: Mapping[str, str]) -> dict[str, Refusal]:
    """The refusals of those of some warehouses whose data are broken (why, by warehouse)."""
    return {
        name: Invalid("The data of warehouse {name} cannot be used: {why}.", name=name, why=broken[name])
        for name in warehouse_ids
        if name in broken
    }


def load_known(
    session: Session,
    origin: datetime,
    warehouse_ids: Sequence[str] | None = None,
    earliest: datetime | None = None,
) -> KnownAtOrigin:
    """Everything known at the origin about these warehouses (all to learn from if not given), of the days that a run
    looks at; of those that runs from `earliest` on do, where one is given.

    Raises NotNow where no sales are known by then, Invalid for warehouses of several time zones, ValueError and its
    like for a row that cannot be read."""
    zones = warehouses_to_learn_from(session)
    if warehouse_ids is not None:
        zones = {name: zone for name, zone in zones.items() if name in set(warehouse_ids)}
    if len(by_clock(zones, origin)) > 1:
        raise Invalid(
            "All warehouses of a region must share one clock; these have several: {zones}.",
            zones=sorted(set(zones.values())),
        )
    names = None if warehouse_ids is None else list(zones)
    zone = next(iter(zones.values()), "UTC")
    today = today_there(origin, zone)
    first_today = today_there(earliest or origin, zone)
    since = _first_day_read(session, origin, names, first_today)
    days, hourly_sales, in_stock = sales_as_of(session, origin, names, since)
    if days.empty:
        raise NotNow(
            "No sales were known at {origin:%Y-%m-%d %H:%M %Z}. Run: freshfront import sales FILE", origin=origin
        )
    weather = weather_as_of(session, origin, names, since)
    return KnownAtOrigin(
        origin=pd.Timestamp(origin).tz_convert("UTC"),
        history=SalesHistory(days, hourly_sales, in_stock),
        promotions=promotions_as_of(session, origin, names, since, today + timedelta(days=LONGEST_HORIZON - 1)),
        weather=weather,
        products=products_frame(session),
        warehouses=_of_these(warehouses_frame(session), names),
        zone=zone,
        listed=listed_as_of(session, origin, names),
        events=events_as_of(session, origin),
        ranges=ranges_as_of(session, origin, names),
    )


def _of_these(warehouses: pd.DataFrame, names: Sequence[str] | None) -> pd.DataFrame:
    """The rows of some warehouses, all for None."""
    return warehouses if names is None else warehouses[warehouses["warehouse_id"].isin(names)].reset_index(drop=True)


def _first_day_read(session: Session, origin: datetime, names: Sequence[str] | None, today: date) -> date:
    """The first day of history that a run of `today` reads. Told by counts, so that nothing is read twice."""
    since, regularly = today - timedelta(days=HISTORY_DAYS), timedelta(days=REGULAR)
    early = sales_rows(session, origin, names, since, since + regularly)
    lately = sales_rows(session, origin, names, today - regularly, today - timedelta(days=1)) if early else 0
    return first_day_looked_at(pd.Timestamp(today), early, lately).date()


def load_snapshot(session: Session, origin: datetime, timezone: str) -> RunSnapshot:
    """Everything known at the origin about the warehouses of a time zone's clock whose data can be used, and why that
    of the others cannot.

    Raises NotNow where no sales are known by then, Invalid where no warehouse's data can be used."""
    zones = warehouses_to_learn_from(session)
    here = [name for name, zone in zones.items() if same_clock(zone, timezone, origin)]
    try:
        known = load_known(session, origin, None if len(here) == len(zones) else here)
        broken = _broken(known)
    except UNREADABLE as error:  # one bad row spoils the reading of all: which warehouse's is it?
        broken = _broken_one_by_one(session, origin, here)
        if not broken:
            raise error
    if not broken:
        return RunSnapshot(known, {})
    sound = [name for name in here if name not in broken]
    if not sound:
        told = "; ".join(f"{name}: {why}" for name, why in broken.items())
        raise Invalid("No warehouse's data can be used: {told}", told=told)
    return RunSnapshot(load_known(session, origin, sound), broken)


def clocks_of(session: Session, origin: datetime, warehouse_ids: Sequence[str] | None = None) -> list[str]:
    """The time zones of the regions that these warehouses are in (all to learn from if not given), one name a clock."""
    regions = list(by_clock(warehouses_to_learn_from(session), origin))
    if warehouse_ids is None:
        return regions
    query = select(WarehouseRow.warehouse_id, WarehouseRow.timezone).where(WarehouseRow.warehouse_id.in_(warehouse_ids))
    zones = dict(session.execute(query).tuples().all())
    if not zones:  # of none that is there: whoever needs them names them
        return regions
    return [
        next((region for region in regions if same_clock(region, zone, origin)), zone)
        for zone in by_clock(zones, origin)
    ]


def clock_of(session: Session, origin: datetime, warehouse_ids: Sequence[str] | None = None) -> str:
    """The time zone of the one region that these warehouses are in. Raises Invalid where they are in several."""
    zones = clocks_of(session, origin, warehouse_ids) or ["UTC"]
    if len(zones) > 1:
        raise Invalid(
            "These warehouses have several clocks ({zones}); choose those of one with --warehouse.",
            zones=zones,
        )
    return zones[0]


def _broken(known: KnownAtOrigin) -> dict[str, str]:
    history = known.history
    return broken_warehouses(history.days, history.hourly_sales, known.products, known.warehouses)


def _broken_one_by_one(session: Session, origin: datetime, warehouse_ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in warehouse_ids:
        try:
            found |= _broken(load_known(session, origin, [name]))
        except NotNow:
            continue  # nothing of it was known by then
        except UNREADABLE as error:
            found[name] = reason_of(error)
    return found


def digest_of(known: KnownAtOrigin) -> str:
    """SHA-256 of what a training sees. A moment counts as the days between it and the origin, rounded up, as the
    panel takes it: the same data, known at an origin some minutes later, is the same."""
    digest = sha256(f"{known.origin_day:%Y-%m-%d}|{known.zone}".encode())

    def days_before(moments: pd.Series) -> pd.Series:
        local_time = moments.dt.tz_convert(known.zone).dt.tz_localize(None)
        late = (local_time - known.local_time) / pd.Timedelta(days=1)
        return pd.Series(np.ceil(late.to_numpy()).astype("int32"))

    history = known.history
    for frame, moment in (
        (history.days, "known_at"),
        (known.promotions, "known_at"),
        (known.weather, "issued_at"),
        (known.products, None),
        (known.warehouses, None),
        *(() if known.events is None else ((known.events, "known_at"),)),
        *(() if known.ranges is None or known.ranges.empty else ((known.ranges, "known_at"),)),
    ):
        for name in sorted(frame.columns):
            column = days_before(frame[name]) if name == moment else frame[name]
            digest.update(f"|{name}|{len(column)}|".encode())
            if pd.api.types.is_datetime64_dtype(column):
                digest.update(column.to_numpy().astype("datetime64[us]").view("i8").data)
            elif pd.api.types.is_numeric_dtype(column):
                digest.update(np.ascontiguousarray(column.to_numpy()).data)
            else:
                codes, texts = pd.factorize(column, use_na_sentinel=False)
                digest.update(codes.astype("<i4").tobytes() + "\0".join(map(str, texts)).encode())
    digest.update(np.ascontiguousarray(history.hourly_sales).data)
    digest.update(np.ascontiguousarray(history.in_stock).data)
    return digest.hexdigest()


# All warehouses of a region in one run, made at the same `now`, read the same; the first one that comes loads it for
# the others.
_one_loads = Lock()


def snapshot_of_run(url: URL, origin: datetime, now: datetime, timezone: str) -> RunSnapshot:
    """What is known at the origin of a region (`clock_of`), read once a process for all work of a run made at `now`."""
    with _one_loads:
        return _snapshot_of_run(url, origin, now, timezone)


def panel_of_run(url: URL, region_model_id: str, origin: datetime, now: datetime, timezone: str) -> Panel:
    """The same as a panel for models on this region model."""
    with _one_loads:
        return _panel_of_run(url, region_model_id, origin, now, timezone)


@lru_cache(maxsize=1)
def _snapshot_of_run(url: URL, origin: datetime, now: datetime, timezone: str) -> RunSnapshot:
    with _opened(url) as session:
        return load_snapshot(session, origin, timezone)


@lru_cache(maxsize=1)
def _panel_of_run(url: URL, region_model_id: str, origin: datetime, now: datetime, timezone: str) -> Panel:
    known = _snapshot_of_run(url, origin, now, timezone).known
    return Panel.of(known, kept_region_model(url, region_model_id).profiles)


@lru_cache(maxsize=2)
def kept_region_model(url: URL, region_model_id: str) -> RegionModel:
    """A kept model of the region; it never changes."""
    with _opened(url) as session:
        query = (
            select(DemandModelRow)
            .where(DemandModelRow.model_id == region_model_id)
            .options(undefer(DemandModelRow.artifact))
        )
        return RegionModel.from_bytes(session.scalars(query).one().artifact)


@contextmanager
def _opened(url: URL) -> Iterator[Session]:
    engine = open_database(url.render_as_string(hide_password=False))
    try:
        with reading(engine) as session:
            yield session
    finally:
        engine.dispose()
