"""What is asked of the morning report, and how it is answered."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.morning.group_cursors import cursor_of_place, place_of_cursor
from api.pagination import Cursor, Limit
from api.values import PRINTABLE, Day, Identifier
from data.frames.worth.sums import By, Chosen
from flows.reports.morning.report import Asked, DearLine, Group, MorningReport, Period, Told
from warehouse.worth.morning_figures import Better, Kind

FIGURE: dict[str, Any] = {
    "figure": "fill_rate", "kind": "share", "better": "higher", "currency": None, "value": 0.942, "before": 0.917,
    "target": 0.97,
}  # fmt: skip
LINE: dict[str, Any] = {
    "warehouse_id": "W01", "warehouse": "Shanghai Xuhui", "product_id": "P0001", "product": "Spinach",
    "currency": "CNY", "short_money": 84.6, "waste_money": 12.4,
}  # fmt: skip


class MorningQuery(BaseModel):
    """Which days, of what, told apart by what."""

    period: Period = Period.DAY
    until: Annotated[Day | None, Field(description="its last day; left out: the last that was added up")] = None
    by: By = By.WAREHOUSE
    warehouse_id: Identifier | None = None
    category: Annotated[str, Field(min_length=1, max_length=1000, pattern=PRINTABLE)] | None = None
    product_id: Identifier | None = None

    model_config = ConfigDict(extra="forbid")

    def asked(self) -> Asked:
        """The same for the report."""
        return Asked(self.period, self.until, Chosen(self.warehouse_id, self.category, self.product_id), self.by)


class MorningGroupsQuery(MorningQuery):
    """The same, and which of its groups."""

    limit: Limit = 100
    cursor: Cursor = None

    def asked(self) -> Asked:
        """The same for the report."""
        after = None if self.cursor is None else place_of_cursor(self.cursor, self.by)
        return replace(super().asked(), most=self.limit, after=after)


class FigureOut(BaseModel):
    """A figure of the period (`value`), of as many days before it, and what it should come to; null: not known, or no
    target. A share is 0..1. `currency` is null where it is not money."""

    figure: str
    kind: Kind
    better: Better
    currency: str | None
    value: float | None
    before: float | None
    target: float | None

    model_config = ConfigDict(json_schema_extra={"examples": [FIGURE]})

    @classmethod
    def of(cls, told: Told) -> Self:
        figure = told.figure
        return cls(
            figure=figure.name,
            kind=figure.kind,
            better=figure.better,
            currency=told.currency,
            value=told.value,
            before=told.before,
            target=told.target,
        )


class GroupOut(BaseModel):
    """A warehouse, category, product, supplier or day with its figures. The key of what names no supplier is
    empty; by supplier only figures of what came of it are told."""

    key: str
    name: str
    figures: list[FigureOut]

    @classmethod
    def of(cls, group: Group) -> Self:
        return cls(key=group.key, name=group.name, figures=[FigureOut.of(told) for told in group.told])


class DearLineOut(BaseModel):
    """A product in a warehouse that lost money on the last day of the period."""

    warehouse_id: str
    warehouse: str
    product_id: str
    product: str
    currency: str
    short_money: float
    waste_money: float

    @classmethod
    def of(cls, line: DearLine) -> Self:
        return cls(**vars(line))


class MorningOut(BaseModel):
    """The figures of all that was asked for, of each group of a page of it, the dearest first (days in their order),
    and the lines that lost most on the last day."""

    period: Period
    first_day: date
    last_day: date
    by: By
    warehouse_id: str | None
    category: str | None
    product_id: str | None
    figures: list[FigureOut]
    groups: list[GroupOut]
    next: str | None = Field(description="the cursor of the next groups; null where these are the last")
    dearest: list[DearLineOut]
    not_added_up: list[str] = Field(description="warehouses whose last day is not added up yet, and so not told")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **{"period": "day", "first_day": "2026-11-26", "last_day": "2026-11-26", "by": "warehouse"},
                    **{"warehouse_id": None, "category": None, "product_id": None, "figures": [FIGURE]},
                    "groups": [{"key": "W01", "name": "Shanghai Xuhui", "figures": [FIGURE]}],
                    "next": None,
                    "dearest": [LINE],
                    "not_added_up": [],
                }
            ]
        }
    )

    @classmethod
    def of(cls, report: MorningReport) -> Self:
        asked = report.asked
        return cls(
            period=asked.period,
            first_day=report.periods.first,
            last_day=report.periods.last,
            by=asked.by,
            **vars(asked.chosen),
            figures=[FigureOut.of(told) for told in report.told],
            groups=[GroupOut.of(group) for group in report.groups],
            next=None if report.following is None else cursor_of_place(report.following, asked.by),
            dearest=[DearLineOut.of(line) for line in report.dearest],
            not_added_up=list(report.lacking),
        )


class TargetIn(BaseModel):
    """What a figure should come to, a share as 0..1; null: nothing any more."""

    target: float | None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"target": 0.97}]})


class TargetOut(BaseModel):
    """The target of a figure that holds; null: none."""

    figure: str
    target: float | None
    as_of: datetime

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"figure": "fill_rate", "target": 0.97, "as_of": "2026-11-27T01:00:00Z"}]}
    )
