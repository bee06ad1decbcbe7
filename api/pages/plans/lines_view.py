"""Which lines of a plan a page shows and in which order: read from its address, and written into the addresses that it
leads to."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import Query

from data.frames.plan_lines import LineFilter, LineSort, LinesShown

LINES_A_PAGE: Final = 100
# column -> what it is sorted by first: the names that come first, the figures that are highest
COLUMNS: Final[Mapping[str, LineSort]] = {
    "product": LineSort.PRODUCT,
    "quantity": LineSort.QUANTITY_MOST,
    "at_risk": LineSort.AT_RISK,
    "short": LineSort.SHORT_MOST,
    "wasted": LineSort.WASTED_MOST,
    "pack_more": LineSort.PACK_MORE,
    "pack_less": LineSort.PACK_LESS,
    "change": LineSort.CHANGE_MOST,
    "demand": LineSort.FORECAST_MOST,
    "usable": LineSort.STOCK_MOST,
    "supplier": LineSort.SUPPLIER,
    "price": LineSort.PRICE_MOST,
    "cost": LineSort.COST_MOST,
    "delivery": LineSort.DELIVERY,
    "why": LineSort.WARNINGS_FIRST,
}


@dataclass(frozen=True)
class LinesView:
    """What an address says of the lines to show; left out: all of them, by money at risk."""

    warehouse: str = ""
    supplier: str = ""
    category: str = ""
    delivery: str = ""
    warning: str = ""
    search: str = ""
    shown: LinesShown = LinesShown.ALL
    sort: LineSort = LineSort.AT_RISK
    first: int = 0

    @property
    def narrows(self) -> bool:
        """Whether some lines are left out."""
        return self.chosen != LineFilter()

    @property
    def chosen(self) -> LineFilter:
        return LineFilter(
            warehouse_id=self.warehouse or None,
            supplier_id=self.supplier or None,
            category=self.category or None,
            delivery_date=date.fromisoformat(self.delivery) if self.delivery else None,
            warning=self.warning or None,
            search=self.search.strip() or None,
            shown=self.shown,
        )

    @property
    def kept(self) -> dict[str, Any]:
        """What differs from all lines by money at risk: the fields of a form that leads to the same lines."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in said.items() if value != getattr(LinesView, name)}

    def query(self, **changes: Any) -> str:
        """The part of an address behind its path that shows these lines, with changes; empty where nothing is said."""
        kept = replace(self, **changes).kept
        return f"?{urlencode(kept)}" if kept else ""

    def sorted_by(self, column: str) -> str:
        """The query that sorts by a column: as it is sorted first, or the other way round if it is so already."""
        wanted = COLUMNS[column]
        if self.sort == wanted:
            wanted = LineSort(wanted.column if wanted.descending else f"-{wanted.column}")
        return self.query(sort=wanted, first=0)

    def direction(self, column: str) -> str | None:
        """How a column is sorted, as `aria-sort` says it; None: lines are sorted by another one."""
        if self.sort.column != COLUMNS[column].column:
            return None
        return "descending" if self.sort.descending else "ascending"


async def lines_view(  # without a thread of its own
    warehouse: str = "",
    supplier: str = "",
    category: str = "",
    delivery: date | Literal[""] = "",
    warning: str = "",
    search: Annotated[str, Query(max_length=100)] = "",
    shown: LinesShown = LinesShown.ALL,
    sort: LineSort = LineSort.AT_RISK,
    first: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> LinesView:
    """The lines that an address asks for."""
    return LinesView(warehouse, supplier, category, str(delivery), warning, search, shown, sort, first)
