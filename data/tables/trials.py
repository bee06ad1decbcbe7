"""Trials of a challenger beside what serves: what is compared, which arm each warehouse's day is in, what was seen."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.declaration import Base, Id, LocalDay

CHALLENGER: Final = "challenger"  # of the two arms; the other one is the champion


class Compared(StrEnum):
    """What the challenger is."""

    TERMS = "terms"  # of a category: goodwill, disposal, floor, display, what is taken freshest first
    MODEL = "model"  # a region's model with the warehouse models on it


class TrialState(StrEnum):
    """How far a trial has come."""

    RUNNING = "running"
    DECIDED = "decided"
    UNDECIDED = "undecided"  # its stated length is over, and neither arm is shown to be better
    STOPPED = "stopped"  # by somebody, before it was decided or over
    PROMOTED = "promoted"  # the challenger holds everywhere


class TrialRow(Base):
    """A trial. `challenger` and `champion` say what is compared: the terms of `category` (empty: of all), or a model's
    id. `design` is laid out as `warehouse.worth.trials.design.Design` has it, `before` what was usual then. Arms hold
    while it runs."""

    __tablename__ = "trials"

    trial_id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[str]
    compares: Mapped[str]
    category: Mapped[str | None]
    challenger: Mapped[dict[str, Any]] = mapped_column(JSON)
    champion: Mapped[dict[str, Any]] = mapped_column(JSON)
    figure: Mapped[str]
    effect: Mapped[float]  # that is to be found at the stated length
    design: Mapped[dict[str, Any]] = mapped_column(JSON)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    seed: Mapped[int]
    first: Mapped[LocalDay]
    last: Mapped[LocalDay]  # of the length that it is to take by now
    state: Mapped[str]
    winner: Mapped[str | None]
    started_at: Mapped[datetime]
    started_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    because: Mapped[str | None]  # it was stopped, then, or else, promoted undecided
    promoted_at: Mapped[datetime | None]
    promoted_by: Mapped[str | None]


class TrialDayRow(Base):
    """The arm of a warehouse's day, as the coins fell when the trial began; `counts` is false on days of washout."""

    __tablename__ = "trial_days"

    trial_id: Mapped[Id] = mapped_column(ForeignKey("trials.trial_id"), primary_key=True)
    warehouse_id: Mapped[Id] = mapped_column(ForeignKey("warehouses.warehouse_id"), primary_key=True)
    date: Mapped[LocalDay] = mapped_column(primary_key=True)
    arm: Mapped[str]
    counts: Mapped[bool]

    __table_args__ = (Index(None, "warehouse_id", "date"),)


class TrialLookRow(Base):
    """What was seen when a period had ended (`period` from 1): how many periods the trial was then to take, the effect
    so far as a share of what is usual, its interval (null: no end), and the period's own contrasts, which stay as they
    were seen."""

    __tablename__ = "trial_looks"

    trial_id: Mapped[Id] = mapped_column(ForeignKey("trials.trial_id"), primary_key=True)
    period: Mapped[int] = mapped_column(primary_key=True)
    last_day: Mapped[LocalDay]
    looked_at: Mapped[datetime]
    periods: Mapped[int]
    effect: Mapped[float | None]
    lowest: Mapped[float | None]
    highest: Mapped[float | None]
    decided: Mapped[bool]
    contrasts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
