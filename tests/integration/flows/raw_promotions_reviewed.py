"""What promotions did worked out slowly, from docs/promotion-review.md: every row of every table read, a loop over
warehouses, products and days, nothing kept and no arrays. What is found is compared with what is kept."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, select

from data.database import reading
from data.tables import ForecastContributionRow, PromotionEffectRow, PromotionRow

from .raw_days_added_up import DAY, Line, Raw

BEFORE, AFTER, AHEAD, HALF_LIFE, LEAST, LEANING, ASSUMED = 28, 14, 7, 10.0, 7, 30.0, 2.0
SHARES = ("level", "weekday", "holiday", "event", "season", "weather", "promotion", "trend")
Series = tuple[str, str]
Cell = tuple[str, str, date]


@dataclass
class Run:
    """A promotion of a product in a warehouse."""

    series: Series
    first: date
    last: date
    discount: float
    promoted: bool

    @property
    def days(self) -> list[date]:
        return days_of(self.first, self.last)

    @property
    def span(self) -> tuple[date, date]:
        return self.first, self.last


def days_of(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


class RawSales(Raw):
    """Every row, without what promotions ask nothing of."""

    def deliveries(self, warehouse_id: str, product_id: str, day: date) -> list[tuple[float, float]]:
        return []


class ReviewedSlowly:
    """The promotions of a category as they are reviewed when the days up to `last` are added up. `nights`: the raw rows
    as they were on some mornings, each with the last day of which it says the demand."""

    def __init__(self, engine: Engine, category: str, last: date, nights: Sequence[tuple[date, RawSales]]) -> None:
        self.last, self.nights, self.raw = last, nights, nights[-1][1]
        self.products = sorted(name for name, one in self.raw.products.items() if one.category == category)
        self.first = last - (41 + AFTER + BEFORE + 28) * DAY  # days that are worked out again, and around them
        with reading(engine) as session:
            session.expire_on_commit = False
            self.promotions = list(session.scalars(select(PromotionRow).order_by(PromotionRow.known_at)))
            self.explained = list(session.scalars(select(ForecastContributionRow)))
            effects = [one for one in session.scalars(select(PromotionEffectRow)) if one.effect == "taken"]
        learned = {one.category: one.ratio for one in effects}
        self.taken: float = learned.get(category, learned.get(None, math.nan))
        self.lines = {}
        for warehouse in self.raw.warehouses:
            for product in self.products:
                for day in days_of(self.first, last):
                    self.lines[warehouse, product, day] = self.line(warehouse, product, day)
        self.series = sorted({(w, p) for w, p, _ in self.lines})
        self.runs = self.all_runs()
        self.promoted = {(*run.series, day) for run in self.runs for day in run.days}
        soon = {(*run.series, run.last + n * DAY) for run in self.runs for n in range(1, AHEAD + 1)}
        self.usual_cells = {cell for cell in self.lines if self.known(cell)} - self.promoted - soon
        self.moved = self.what_the_category_did()
        around = {one: self.off_around_level(one) for one in self.series}
        self.scatter = {one: self.scatter_of(one, around) for one in self.series}
        self.errors = {(run.span, ahead): self.placebos(run.span, ahead) for run in self.runs for ahead in (0, AHEAD)}
        self.share_taken = 0.0 if math.isnan(self.taken) else self.taken

    # what the days were

    def line(self, warehouse: str, product: str, day: date) -> Line:
        night = next(raw for until, raw in self.nights if day <= until)
        return night.line(warehouse, product, day)

    def known(self, cell: Cell) -> bool:
        warehouse, _, day = cell
        return any(self.lines[warehouse, other, day].demand is not None for other in self.products)

    def demand(self, cell: Cell) -> float:
        return self.lines[cell].demand or 0.0

    def met(self, cell: Cell) -> float:
        return 0.0 if self.lines[cell].demand is None else min(self.lines[cell].sold, self.demand(cell))

    def margin(self, cell: Cell) -> float:
        return max(self.lines[cell].price - self.lines[cell].cost, 0.0)

    def thrown(self, cell: Cell) -> float:
        one = self.lines[cell]
        return sum(one.rejected[stage] for stage in ("receipt", "dispatch")) + self.written_off(cell)

    def written_off(self, cell: Cell) -> float:
        return sum(self.lines[cell].out[why] for why in ("expired", "damaged", "other"))

    def waste_money(self, cell: Cell) -> float:
        one = self.lines[cell]
        rejected = one.rejected["receipt"] + one.rejected["dispatch"]
        return rejected * one.cost + self.thrown(cell) * one.disposal + one.thrown_money

    def all_runs(self) -> list[Run]:
        rows = {(one.warehouse_id, one.product_id, one.starts_on): one for one in self.promotions}
        return [
            Run((warehouse, product), first, one.ends_on, one.discount, one.promoted)
            for (warehouse, product, first), one in sorted(rows.items())
            if product in self.products and (one.discount <= 0.955 or one.promoted)
            if one.ends_on >= self.first and first <= self.last and (one.ends_on - first).days < 28
        ]

    # what would have sold

    def family(self, series: Series) -> list[Series]:
        name = self.raw.products[series[1]].subcategory
        return [
            one
            for one in self.series
            if one == series or (one[0] == series[0] and name and self.raw.products[one[1]].subcategory == name)
        ]

    def what_the_category_did(self) -> dict[Cell, float]:
        moved = dict.fromkeys(self.lines, 1.0)
        for _ in range(4):
            sold: defaultdict[Series, float] = defaultdict(float)
            due = defaultdict(float)
            for warehouse, product, day in self.usual_cells:
                sold[warehouse, product] += self.demand((warehouse, product, day))
                due[warehouse, product] += moved[warehouse, product, day]
            level = {one: sold[one] / due[one] if due[one] > 0 else 0.0 for one in self.series}
            moved = {cell: self.moved_on(cell, level) for cell in moved}
        return moved

    def moved_on(self, cell: Cell, level: dict[Series, float]) -> float:
        warehouse, product, day = cell
        own = self.family((warehouse, product))
        there = [one for one in self.series if one[0] == warehouse and (*one, day) in self.usual_cells]
        others = [one for one in there if one not in own]
        compared = others if sum(level[one] for one in others) > 1e-9 else there
        wanted = sum(level[one] for one in compared)
        return sum(self.demand((*one, day)) for one in compared) / wanted if wanted > 0 else 1.0

    def near(self, series: Series, span: tuple[date, date]) -> dict[date, float]:
        first, last = span
        found = {}
        for day in days_of(max(first - BEFORE * DAY, self.first), min(last + AFTER * DAY, self.last)):
            outside = day < first or day > last + AHEAD * DAY
            if outside and (*series, day) in self.usual_cells:
                found[day] = 0.5 ** (((first - day) if day < first else (day - last)).days / HALF_LIFE)
        return found

    def level(self, series: Series, span: tuple[date, date]) -> float:
        near = self.near(series, span)
        due = sum(weight * self.moved[*series, day] for day, weight in near.items())
        if len(near) < LEAST or due <= 0:
            return math.nan
        return sum(weight * self.demand((*series, day)) for day, weight in near.items()) / due

    def usual(self, series: Series, span: tuple[date, date], days: Iterable[date]) -> float:
        level = self.level(series, span)
        return sum(level * self.moved[*series, day] for day in days)

    def scatter_of(self, series: Series, around: dict[Series, tuple[float, int, float]]) -> float:
        off, days, mean = around[series]
        units = sum(mean * days for _, days, mean in around.values())
        per_unit = sum(off for off, _, _ in around.values()) / max(units, 1e-9)
        return math.sqrt((off + LEAST * per_unit * mean) / (days + LEAST))

    def off_around_level(self, series: Series) -> tuple[float, int, float]:
        mine = [day for day in days_of(self.first, self.last) if (*series, day) in self.usual_cells]
        off = 0.0
        for day in mine:
            weight = {other: 0.5 ** (abs((day - other).days) / HALF_LIFE) for other in mine}
            due = sum(weight[other] * self.moved[*series, other] for other in mine)
            sold = sum(weight[other] * self.demand((*series, other)) for other in mine)
            expected = sold / due * self.moved[*series, day] if due else 0.0
            off += (self.demand((*series, day)) - expected) ** 2
        sold = sum(self.demand((*series, day)) for day in mine)
        return off, len(mine), sold / max(len(mine), 1)

    # how far off that is

    def placebos(self, span: tuple[date, date], ahead: int) -> dict[Series, float]:
        days = days_of(span[0], min(span[1] + ahead * DAY, self.last))
        found = {}
        for one in self.series:
            if all((*one, day) in self.usual_cells for day in days) and self.scatter[one] > 0:
                off = sum(self.demand((*one, day)) for day in days) - self.usual(one, span, days)
                if not math.isnan(off):
                    found[one] = off / (self.scatter[one] * math.sqrt(len(days)))
        return found

    def squared_error(self, span: tuple[date, date], ahead: int) -> float:
        every = [error for (_, of), errors in self.errors.items() if of == ahead for error in errors.values()]
        return mean_square(list(self.errors[span, ahead].values()), mean_square(every, ASSUMED))

    def alike(self) -> float:
        together = pairs = squares = number = 0.0
        for span in {run.span for run in self.runs}:
            by_product = defaultdict(list)
            for (_, product), error in self.errors[span, 0].items():
                by_product[product].append(error)
            for errors in by_product.values():
                together += sum(errors) ** 2 - sum(one**2 for one in errors)
                pairs += len(errors) ** 2 - len(errors)
                squares += sum(one**2 for one in errors)
                number += len(errors)
        return min(max(together / pairs / (squares / number), 0.0), 1.0) if pairs and squares else 1.0

    # what siblings lost

    def added(self, run: Run, day: date) -> float:
        if day not in run.days or day > self.last or not self.known((*run.series, day)):
            return 0.0
        more = self.demand((*run.series, day)) - self.usual(run.series, run.span, [day])
        return 0.0 if math.isnan(more) else more

    def lacking(self, series: Series, day: date) -> float:
        family = self.family(series)
        if not self.raw.products[series[1]].subcategory:
            return 0.0
        selling = sum(self.demand((*one, day)) for one in family if (*one, day) not in self.promoted)
        adding = sum(self.added(run, day) for run in self.runs if run.series in family)
        return self.share_taken * adding / selling if selling > 0 else 0.0

    def siblings(self, run: Run, error: float) -> tuple[float, float, float, float]:
        """Seen, variance of independent days, learned, its variance."""
        family = [one for one in self.family(run.series) if one != run.series]
        seen = variance = 0.0
        for day in self.on(run):
            share = self.share(run, day)
            for one in family:
                if (*one, day) not in self.usual_cells or math.isnan(self.level(one, run.span)):
                    continue
                near = self.near(one, run.span)
                weights = {other: weight * self.moved[*one, other] for other, weight in near.items()}
                short = sum(weight * self.lacking(one, other) for other, weight in weights.items()) / sum(
                    weights.values()
                )
                usual = self.usual(one, run.span, [day]) / (1 - min(max(short, 0.0), 0.5))
                seen += share * (usual - self.demand((*one, day)))
                variance += (share * self.scatter[one]) ** 2
        more = sum(self.demand((*run.series, day)) for day in self.on(run)) - self.usual(
            run.series, run.span, self.on(run)
        )
        return seen, variance, self.taken * max(more, 0.0), self.taken**2 * (max(more, 0.0) ** 2 + error**2)

    def share(self, run: Run, day: date) -> float:
        family = self.family(run.series)
        adding = [
            (other, max(self.added(other, day), 1e-9))
            for other in self.runs
            if other.series in family and day in other.days
        ]
        return next(more for other, more in adding if other is run) / sum(more for _, more in adding)

    # the review

    def on(self, run: Run) -> list[date]:
        return [day for day in run.days if self.first <= day <= self.last and self.known((*run.series, day))]

    def after(self, run: Run) -> list[date]:
        promoted = [day for one in self.runs if one.series == run.series for day in one.days if day > run.last]
        following = min(promoted, default=date.max)
        days = days_of(run.last + DAY, min(run.last + AFTER * DAY, self.last))
        return [day for day in days if day < following and self.known((*run.series, day))]

    def reviews(self) -> dict[Cell, dict[str, Any]]:
        """By warehouse, product and first day: the columns that are kept."""
        found = {}
        errors = {run.span: [self.squared_error(run.span, ahead) for ahead in (0, AHEAD)] for run in self.runs}
        usual_error = {
            id(run): self.scatter[run.series] * math.sqrt(len(self.on(run)) * errors[run.span][0]) for run in self.runs
        }
        siblings = {id(run): self.siblings(run, usual_error[id(run)]) for run in self.runs}
        off = [
            (seen - (0.0 if math.isnan(self.taken) else learned)) / math.sqrt(variance)
            for seen, variance, learned, _ in siblings.values()
            if variance > 0
        ]
        chance, alike = mean_square(off, ASSUMED), self.alike()
        for run in self.runs:
            if self.last - 55 * DAY <= run.last <= self.last - 7 * DAY and self.on(run):
                found[*run.series, run.first] = self.review(run, errors[run.span], siblings[id(run)], chance) | {
                    "alike": alike
                }
        return found

    def review(
        self, run: Run, errors: Sequence[float], siblings: tuple[float, float, float, float], chance: float
    ) -> dict[str, Any]:
        on, after = self.on(run), self.after(run)
        ahead = [day for day in after if (day - run.last).days <= AHEAD]
        scatter = self.scatter[run.series]

        def over(days: Iterable[date], what: Callable[[Cell], float]) -> float:
            return sum(what((*run.series, day)) for day in days)

        usual = self.usual(run.series, run.span, on)
        missing = self.usual(run.series, run.span, ahead) - over(ahead, self.demand)
        own = self.money(run, on, usual, missing)
        both = scatter * math.sqrt(len([*on, *ahead]) * errors[1])
        return {
            "ends_on": run.last, "discount": run.discount, "promoted": run.promoted,
            "days": len(run.days), "known_days": len(on), "days_after": len(after),
            "demand": over(on, self.demand), "sold": over(on, lambda cell: self.lines[cell].sold),
            "usual": usual, "usual_error": scatter * math.sqrt(len(on) * errors[0]),
            "ahead": missing, "ahead_error": scatter * math.sqrt(len(ahead) * errors[1]),
            **self.planned(run, on),
            **self.lost_by_siblings(run, siblings, chance),
            "margin": own["margin"], "usual_margin": own["usual_margin"], "ahead_money": own["ahead_money"],
            "own_error": abs(own["unit"]) * both,
            **self.waste(run, on, after),
        }  # fmt: skip

    def planned(self, run: Run, on: Iterable[date]) -> dict[str, float]:
        logs = {}
        for day in days_of(self.first, self.last):
            began = self.raw.begin(day, run.series[0])
            mine = [
                one
                for one in self.explained
                if (one.warehouse_id, one.product_id, one.date) == (*run.series, day)
                and began - timedelta(days=15) < one.origin <= began
            ]
            if mine:
                one = max(mine, key=lambda one: one.origin)
                mean = sum(getattr(one, name) for name in SHARES)
                between = mean if mean == one.level else (mean - one.level) / math.log(mean / one.level)
                logs[day] = mean, one.promotion / between
        at_usual = [log for day, (_, log) in logs.items() if (*run.series, day) in self.usual_cells]
        told = [day for day in on if day in logs] if at_usual else []
        usual = sum(at_usual) / max(len(at_usual), 1)
        return {
            "planned_days": len(told),
            "planned": sum(logs[day][0] for day in told) if told else math.nan,
            "planned_usual": sum(logs[day][0] * math.exp(usual - logs[day][1]) for day in told) if told else math.nan,
        }

    def lost_by_siblings(
        self, run: Run, siblings: tuple[float, float, float, float], chance: float
    ) -> dict[str, float]:
        names = ("siblings", "siblings_error", "sibling_money", "sibling_money_error")
        cells = [cell for cell in self.lines if cell[:2] in self.family(run.series) and cell[:2] != run.series]
        units = sum(self.demand(cell) for cell in cells if self.known(cell))
        seen, variance, learned, spread = siblings
        weights = 1 / (variance * chance) if variance > 0 else 0.0, 1 / spread if spread > 0 else 0.0
        if units <= 1e-9 or not sum(weights) or math.isnan(self.usual(run.series, run.span, self.on(run))):
            return dict.fromkeys(names, math.nan)
        mean = (seen * weights[0] + (learned * weights[1] if weights[1] else 0.0)) / sum(weights)
        error = 1 / math.sqrt(sum(weights))
        each = sum(self.demand(cell) * self.margin(cell) for cell in cells if self.known(cell)) / units
        return dict(zip(names, (mean, error, mean * each, error * each), strict=True))

    def money(self, run: Run, on: Sequence[date], usual: float, missing: float) -> dict[str, float]:
        all_days = [(*run.series, day) for day in days_of(self.first, self.last) if self.known((*run.series, day))]
        wanted = sum(self.demand(cell) for cell in all_days)
        margin = sum(self.demand(cell) * self.margin(cell) for cell in all_days) / wanted if wanted else math.nan
        usual_cells = [cell for cell in all_days if cell in self.usual_cells]
        due = sum(self.demand(cell) for cell in usual_cells)
        fill = sum(self.met(cell) for cell in usual_cells) / due if due else math.nan
        listed = self.raw.products[run.series[1]].list_price
        off = math.nan if listed is None else float(listed) * (1 - run.discount)
        sold = sum(self.lines[*run.series, day].sold for day in on)
        unit = math.nan if math.isnan(off) else margin * fill
        return {
            "margin": sold * (margin - off), "usual_margin": usual * unit, "ahead_money": missing * unit, "unit": unit
        }  # fmt: skip

    def waste(self, run: Run, on: Sequence[date], after: Sequence[date]) -> dict[str, float]:
        before = [
            (*run.series, day)
            for day in days_of(max(run.first - BEFORE * DAY, self.first), run.first - DAY)
            if (*run.series, day) in self.usual_cells
        ]
        demand = sum(self.demand(cell) for cell in before)
        if demand <= 0:
            return {"wasted": math.nan, "waste_money": math.nan, "waste_error": math.nan}
        money, units = (sum(map(what, before)) / demand for what in (self.waste_money, self.thrown))
        mean = sum(map(self.waste_money, before)) / len(before)
        off = sum((self.waste_money(cell) - mean) ** 2 for cell in before)
        square = off / (len(before) - 1) if len(before) > 1 else math.nan
        days = [(*run.series, day) for day in (*on, *after)]
        usual, usual_after = (self.usual(run.series, run.span, which) for which in ([*on, *after], after))
        return {
            "wasted": sum(self.thrown((*run.series, day)) for day in after) - units * usual_after,
            "waste_money": sum(map(self.waste_money, days)) - money * usual,
            "waste_error": math.sqrt(square * (len(days) + len(days) ** 2 / len(before))),
        }


def mean_square(errors: Sequence[float], of_all: float) -> float:
    known = [one for one in errors if not math.isnan(one)]
    return (sum(one**2 for one in known) + LEANING * of_all) / (len(known) + LEANING)
