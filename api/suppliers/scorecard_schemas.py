"""What is asked of suppliers' scorecards, and how it is answered."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.pagination import Cursor, Limit, from_base64, to_base64, wrong_cursor
from api.values import Day, Identifier
from flows.reports.suppliers.scorecards import AskedOfSuppliers, Scorecard, Scorecards, ToldOfSupplier
from flows.reports.weeks import Weeks
from warehouse.worth.morning_figures import Better, Kind

FIGURE: dict[str, Any] = {
    "figure": "in_full", "kind": "share", "better": "higher", "currency": None, "value": 0.934, "before": 0.958,
    "change_low": -0.046, "change_high": -0.002, "beyond_chance": True,
}  # fmt: skip
CARD: dict[str, Any] = {
    "supplier_id": "F001", "name": "Green Leaf Farm Chongming", "kind": "farm", "rank": 12, "figures": [FIGURE]
}  # fmt: skip
WEEKS: dict[str, Any] = {
    "period": "4weeks", "first_day": "2026-10-26", "last_day": "2026-11-22", "warehouse_id": None, "not_added_up": []
}  # fmt: skip

NotAddedUp = Annotated[
    list[str], Field(description="warehouses that are not added up to the last day yet, and so not told whole")
]


class ScorecardsQuery(BaseModel):
    """Which whole weeks, of which warehouse."""

    period: Weeks = Weeks.FOUR
    until: Annotated[
        Day | None, Field(description="whole weeks that ended by it; left out: by the last day that was added up")
    ] = None
    warehouse_id: Identifier | None = None

    model_config = ConfigDict(extra="forbid")

    def asked(self) -> AskedOfSuppliers:
        """The same for the report."""
        return AskedOfSuppliers(self.period, self.until, self.warehouse_id)


class ScorecardsPageQuery(ScorecardsQuery):
    """The same, and which of the suppliers."""

    limit: Limit = 100
    cursor: Cursor = None


class SupplierFigureOut(BaseModel):
    """A figure of the weeks (`value`), of as many before, and between what its change lies with 95% confidence; null:
    not known. `beyond_chance`: no change at all lies outside. `currency` is null where it is not money."""

    figure: str
    kind: Kind
    better: Better
    currency: str | None
    value: float | None
    before: float | None
    change_low: float | None
    change_high: float | None
    beyond_chance: bool | None

    model_config = ConfigDict(json_schema_extra={"examples": [FIGURE]})

    @classmethod
    def of(cls, told: ToldOfSupplier) -> Self:
        change = told.change
        return cls(
            figure=told.figure.name,
            kind=told.figure.kind,
            better=told.figure.better,
            currency=told.currency,
            value=told.value,
            before=told.before,
            change_low=None if change is None else change.low,
            change_high=None if change is None else change.high,
            beyond_chance=None if change is None else change.beyond_chance,
        )


class CardOut(BaseModel):
    """A supplier's figures; rank 1 cost least for the money it got, null: nothing was bought."""

    supplier_id: str
    name: str
    kind: str
    rank: int | None
    figures: list[SupplierFigureOut]

    model_config = ConfigDict(json_schema_extra={"examples": [CARD]})

    @classmethod
    def of(cls, card: Scorecard) -> Self:
        return cls(
            supplier_id=card.supplier_id,
            name=card.name,
            kind=card.kind,
            rank=card.rank,
            figures=[SupplierFigureOut.of(told) for told in card.told],
        )


class ScorecardsOut(BaseModel):
    """A page of suppliers, those that cost most first."""

    period: Weeks
    first_day: date
    last_day: date
    warehouse_id: str | None
    not_added_up: NotAddedUp
    items: list[CardOut]
    next: str | None = Field(description="the cursor of the next suppliers; null where these are the last")

    model_config = ConfigDict(json_schema_extra={"examples": [WEEKS | {"items": [CARD], "next": None}]})

    @classmethod
    def of(cls, found: Scorecards, asked: ScorecardsPageQuery) -> Self:
        left = found.cards if asked.cursor is None else _after(found.cards, asked.cursor)
        shown = left[: asked.limit]
        return cls(
            period=found.asked.period,
            first_day=found.first,
            last_day=found.last,
            warehouse_id=found.asked.warehouse_id,
            not_added_up=list(found.lacking),
            items=[CardOut.of(card) for card in shown],
            next=_cursor_of(shown[-1]) if len(left) > len(shown) > 0 else None,
        )


class ScorecardOut(BaseModel):
    """One supplier's scorecard."""

    period: Weeks
    first_day: date
    last_day: date
    warehouse_id: str | None
    not_added_up: NotAddedUp
    scorecard: CardOut

    model_config = ConfigDict(json_schema_extra={"examples": [WEEKS | {"scorecard": CARD}]})

    @classmethod
    def of(cls, found: Scorecards, card: Scorecard) -> Self:
        return cls(
            period=found.asked.period,
            first_day=found.first,
            last_day=found.last,
            warehouse_id=found.asked.warehouse_id,
            not_added_up=list(found.lacking),
            scorecard=CardOut.of(card),
        )


def _cursor_of(card: Scorecard) -> str:
    return to_base64(json.dumps(["scorecards", card.supplier_id]).encode())


def _after(cards: Sequence[Scorecard], cursor: str) -> Sequence[Scorecard]:
    """Those after the last one seen; raises Unprocessable for a cursor of another list or of a supplier that is told no
    more."""
    try:
        of_what, last_seen = json.loads(from_base64(cursor))
        at = [card.supplier_id for card in cards].index(last_seen)
        if of_what != "scorecards":
            raise ValueError("of another list")
    except (ValueError, TypeError, RecursionError) as error:
        raise wrong_cursor() from error
    return cards[at + 1 :]
