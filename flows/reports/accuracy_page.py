"""The accuracy report as one HTML page that holds all it shows: no script, no address outside.

It shows the shortest horizon, and all of them where they are compared. Baselines stand beside ours; where one must
stand for them all it is the one with the least error overall.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from flows.reports import accuracy_charts as charts
from flows.reports import accuracy_texts as texts
from flows.reports.accuracy import AccuracyReport
from flows.reports.accuracy_texts import percent, say, signed_percent
from forecasting.evaluation.resampling import RESAMPLES
from forecasting.evaluation.scored_days import DECILES
from forecasting.known.frames import QUANTILE_COLUMNS, QUANTILES
from forecasting.model.mean_models import RUNGS

MOST_GROUPS = 12  # categories and cities shown
WORST = 10  # warehouses shown
COMPARED = ("city", "category", "decile", "promotion")  # kinds of which the groups lost to a baseline are named
SPAN = ("wape", "wape_low", "wape_high")
Row = dict[str, Any]


def page(report: AccuracyReport) -> str:
    """The report's HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(say=say, model=texts.model)
    view = _View(report)
    return environment.get_template("accuracy.html").render(
        period=view.period(),
        size=view.size(),
        facts=view.headline(),
        methods=view.methods(),
        charts=view.charts(),
        warehouses=view.warehouses(),
        warehouses_says=view.warehouses_says(),
        ladder=view.ladder(),
        served=view.served(),
        plain_wins=view.plain_wins(),
        how=view.how(),
    )


class _View:
    """The report's figures as the page's parts."""

    def __init__(self, report: AccuracyReport) -> None:
        self.report = report
        self.horizon = report.horizons[0]
        self.all = report.found.scores
        self.scores = self.all[self.all["horizon"] == self.horizon]
        overall = self.of("overall").set_index("method")
        self.ours = overall.index[0]
        self.plain = list(overall.index[1:])
        self.best = overall.loc[self.plain, "wape"].fillna(float("inf")).idxmin()
        self.overall = overall

    def of(self, kind: str, method: str | None = None) -> pd.DataFrame:
        """The scores by groups of a kind, at the shortest horizon."""
        chosen: pd.DataFrame = self.scores[self.scores["kind"] == kind]
        return chosen if method is None else chosen[chosen["method"] == method]

    def period(self) -> str:
        start, end = self.report.start.date(), self.report.end.date()
        first = texts.day(start, year=start.year != end.year)
        return say("period", start=first, end=texts.day(end, year=True))

    def size(self) -> str:
        days = self.overall.loc[self.ours, "days"]
        return say("size", days=days, warehouses=self.report.warehouses, horizon=texts.ahead(self.horizon))

    def headline(self) -> list[Row]:
        """The figures of a first look: name, value, interval, what it says."""
        own = self.overall.loc[self.ours]
        mean = own["wpe_mean"]
        bias = say(f"head.wpe_{'even' if abs(mean) < 0.005 else 'high' if mean > 0 else 'low'}")
        gain = self._gain(self.best, "wape")
        better = gain["gain"] >= 0
        rival = {"method": texts.method(self.best), "wape": percent(self.overall.loc[self.best, "wape"])}
        low, high = (gain["gain_low"], gain["gain_high"]) if better else (-gain["gain_high"], -gain["gain_low"])
        return [
            _fact("wape", percent(own["wape"]), _between(own, "wape"), say("head.wape_says")),
            _fact(
                "wpe",
                signed_percent(mean),
                _between(own, "wpe_mean", signed_percent),
                say("head.wpe_says", bias=bias, median=signed_percent(own["wpe"])),
            ),
            _fact("q90", percent(own["coverage_q90"]), _between(own, "coverage_q90"), say("head.q90_says")),
            _fact(
                "gain" if better else "worse",
                percent(abs(gain["gain"])),
                _range(low, high),
                say("head.gain_says" if better else "head.worse_says", **rival),
            ),
            _fact(
                "in_stock",
                signed_percent(self.report.in_stock["all_days"]),
                "",
                say("head.in_stock_says", seen_whole=signed_percent(self.report.in_stock["seen_whole"])),
            ),
            _fact("scored", percent(1 - self.report.scored["left_out_share"], 0), "", say("head.scored_says")),
        ]

    def methods(self) -> list[Row]:
        """The table of all methods: the figures with their intervals, and by how much ours is better."""
        rows = []
        for name, found in self.overall.iterrows():
            own = name == self.ours
            rows.append(
                {
                    "name": texts.method(str(name)),
                    "ours": own,
                    "wape": (percent(found["wape"]), _between(found, "wape")),
                    "wpe_mean": (signed_percent(found["wpe_mean"]), _between(found, "wpe_mean", signed_percent)),
                    "wpe": (signed_percent(found["wpe"]), _between(found, "wpe", signed_percent)),
                    "pinball": (percent(found["pinball"]), _between(found, "pinball")),
                    "coverage": (percent(found["coverage_q90"]), _between(found, "coverage_q90")),
                    "rmsse": (texts.number(found["rmsse"], 2), _between(found, "rmsse", _two_places)),
                    "gain": ("", "") if own else self._gain_words(str(name)),
                }
            )
        return rows

    def charts(self) -> dict[str, Row]:
        """Every chart by name: its title, what it says, its drawings; those with nothing to compare are left out."""
        found = {
            "methods": self._chart("methods", self._by_method(), charts.errors, side_by_side=False),
            "calibration": self._chart("calibration", self._calibration(), charts.calibration),
        }
        if len(self.report.horizons) > 1:
            found["horizon"] = self._chart("horizon", self._by_horizon(), charts.errors_along)
        for kind in ("city", "category", "decile", "promotion"):
            rows = self._by_group(kind)
            if rows["name"].nunique() > 1:
                says = say(f"{kind}.says", n=rows["name"].nunique())
                found[kind] = self._chart(kind, rows, charts.errors, says=says, side_by_side=True)
        daily = self.report.found.daily
        ours = daily[(daily["method"] == self.ours) & (daily["horizon"] == self.horizon)]
        found["daily"] = self._chart("daily", ours[["date", "wpe"]], charts.daily_bias)
        return found

    def warehouses(self) -> list[Row]:
        """The warehouses with the largest error, worst first."""
        found = self.of("warehouse", self.ours).dropna(subset="wape").nlargest(WORST, "wape")
        plain = self.of("warehouse", self.best).set_index("group")
        return [
            {
                "name": row["group"],
                "wape": (percent(row["wape"]), _between(row, "wape")),
                "wpe": (signed_percent(row["wpe"]), _between(row, "wpe", signed_percent)),
                "coverage": (percent(row["coverage_q90"]), _between(row, "coverage_q90")),
                "plain": (percent(plain.loc[row["group"], "wape"]), ""),
                "demand": (texts.number(row["demand"] / max(row["days"], 1)), ""),
            }
            for _, row in found.iterrows()
        ]

    def warehouses_says(self) -> str:
        wape = self.of("warehouse", self.ours)["wape"].dropna()
        low, high = wape.quantile([0.25, 0.75])
        return say("warehouses.says", n=min(WORST, len(wape)), of=len(wape), low=percent(low), high=percent(high))

    def ladder(self) -> list[Row]:
        """What serves by training and reach, and what each rung missed of the held-out days beside the lowest."""
        return [
            {
                "when": say("ladder.when", day=texts.day(day.date()), reach=say(f"ladder.{reach}"))
                + (f" ({zone})" if len(self.report.choices) > 1 else ""),
                "chosen": texts.model(choice.rung),
                "held_out": texts.number(choice.held_out_days or None),
                "missed": {rung: percent(choice.losses.get(rung), 0) for rung in RUNGS},
                "unseen": texts.kinds([*choice.takes_no_account_of, *choice.not_learned]),
            }
            for zone, by_day in self.report.choices.items()
            for day, by_reach in by_day.items()
            for reach, choice in by_reach.items()
        ]

    def served(self) -> list[Row]:
        """Each model that served, beside the best baseline on the same product days."""
        rows = []
        for group, of_group in self.of("model").groupby("group"):
            found = of_group.set_index("method")
            own, rival = found.loc[self.ours], found.loc[self.plain, "wape"].fillna(float("inf")).idxmin()
            theirs = found.loc[rival]
            gain = self._gain(rival, "wape", kind="model", group=str(group))
            verdict = "wins" if gain["gain_low"] > 0 else "loses" if gain["gain_high"] < 0 else "open"
            rows.append(
                {
                    "name": texts.model(str(group)),
                    "rows": texts.number(own["rows"]),
                    "wape": (percent(own["wape"]), _between(own, "wape")),
                    "best": texts.method(rival),
                    "plain": (percent(theirs["wape"]), _between(theirs, "wape")),
                    "verdict": say(f"served.{verdict}"),
                }
            )
        return rows

    def plain_wins(self) -> list[str]:
        """Where a baseline is better than ours beyond the interval of the gain, a sentence each; or that it is
        nowhere so."""
        gains = self.report.found.gains
        lost = gains[(gains["horizon"] == self.horizon) & (gains["figure"] == "wape") & (gains["gain_high"] < 0)]
        worst = lost.loc[lost.groupby(["kind", "group"])["gain"].idxmin()]
        observed = worst[worst["kind"].isin(COMPARED)].sort_values("gain")
        found = [
            say(
                "served.lost",
                kind=say(f"served.kind.{row['kind']}"),
                group=_group_name(row["kind"], row["group"]),
                method=texts.method(row["method"]),
                share=percent(-row["gain"] / (1 - row["gain"])),
            )
            for _, row in observed.head(MOST_GROUPS).iterrows()
        ]
        here = int((worst["kind"] == "warehouse").sum())
        both = say("served.lost_warehouses", n=here, of=len(self.of("warehouse", self.ours)))
        return [*(found or [say("served.lost_nowhere")]), both]

    def how(self) -> list[str]:
        """How it was measured, a sentence or two a point."""
        observed = self.report.scored
        trained = ", ".join(texts.day(day.date()) for day in self.report.trained)
        ahead = " / ".join(texts.ahead(horizon) for horizon in self.report.horizons)
        return [
            say("how.replay", ahead=ahead, trained=trained),
            say(
                "how.scored",
                scored=texts.number(observed["scored_rows"]),
                rows=texts.number(observed["rows"]),
                left_out=percent(observed["left_out_share"]),
                sales=percent(observed["left_out_sales_share"]),
                unknown=percent(observed["unknown_availability_share"]),
            ),
            say("how.missing", missing=texts.number(self.overall.loc[self.ours, "missing"])),
            say("how.interval", resamples=texts.number(RESAMPLES)),
            say("how.plain"),
            say("how.wape"),
            say("how.pinball"),
            say("how.rmsse"),
        ]

    def _chart(self, name: str, rows: pd.DataFrame, make: Any, says: str = "", **choices: Any) -> Row:
        title, words = say(f"{name}.title"), says or say(f"{name}.says")
        drawings = charts.drawn(lambda width: make(rows, width, **choices), title)
        return {"title": title, "says": words, "drawings": {key: Markup(svg) for key, svg in drawings.items()}}  # noqa: S704

    def _by_method(self) -> pd.DataFrame:
        rows = self.overall.sort_values("wape").reset_index()
        rows["name"] = [texts.method(name) for name in rows["method"]]
        ours = rows["method"] == self.ours
        rows["who"] = ours.map({True: texts.method(self.ours), False: say("methods.plain")})
        ordered: pd.DataFrame = pd.concat([rows[ours], rows[~ours]])
        return ordered[["name", "who", *SPAN]]

    def _by_group(self, kind: str) -> pd.DataFrame:
        """Ours and the best baseline by group, the largest groups where there are many."""
        both = self.of(kind)[self.of(kind)["method"].isin([self.ours, self.best])].dropna(subset="wape")
        sold = both[both["method"] == self.ours].set_index("group")["demand"]
        if kind == "decile":
            order = [str(number) for number in range(1, DECILES + 1)]
        elif kind == "promotion":
            order = ["promoted", "not promoted"]
        else:
            order = list(sold.nlargest(MOST_GROUPS).index)
        return self._named(both, [(group, _group_name(kind, group)) for group in order])

    def _named(self, both: pd.DataFrame, names: Sequence[tuple[str, str]]) -> pd.DataFrame:
        parts = []
        for method in (self.ours, self.best):
            found = both[both["method"] == method].set_index("group")
            there = [(group, name) for group, name in names if group in found.index]
            part: pd.DataFrame = found.loc[[group for group, _ in there], list(SPAN)].reset_index(drop=True)
            parts.append(part.assign(name=[name for _, name in there], who=texts.method(method)))
        return pd.concat(parts, ignore_index=True)

    def _by_horizon(self) -> pd.DataFrame:
        rows = self.all[(self.all["kind"] == "overall") & self.all["method"].isin([self.ours, self.best])]
        rows = rows.assign(who=[texts.method(name) for name in rows["method"]], theirs=rows["method"] != self.ours)
        ordered: pd.DataFrame = rows.sort_values(["theirs", "horizon"])
        return ordered[["horizon", "who", *SPAN]]

    def _calibration(self) -> pd.DataFrame:
        own = self.overall.loc[self.ours]
        names = [f"coverage_{column}" for column in QUANTILE_COLUMNS]
        return pd.DataFrame(
            {
                "nominal": QUANTILES,
                "covered": [own[name] for name in names],
                "low": [own[f"{name}_low"] for name in names],
                "high": [own[f"{name}_high"] for name in names],
            }
        )

    def _gain(self, rival: str, figure: str, kind: str = "overall", group: str = "all") -> pd.Series:
        gains = self.report.found.gains
        chosen = (
            (gains["horizon"] == self.horizon)
            & (gains["kind"] == kind)
            & (gains["group"] == group)
            & (gains["method"] == rival)
            & (gains["figure"] == figure)
        )
        return gains[chosen].iloc[0]

    def _gain_words(self, rival: str) -> tuple[str, str]:
        gain = self._gain(rival, "wape")
        return percent(gain["gain"]), _range(gain["gain_low"], gain["gain_high"])


def _fact(name: str, value: str, between: str, says: str) -> Row:
    return {"name": say(f"head.{name}"), "value": value, "between": between, "says": says}


def _between(row: pd.Series, figure: str, written: Callable[[float], str] = percent) -> str:
    return _range(row[f"{figure}_low"], row[f"{figure}_high"], written)


def _range(low: float, high: float, written: Callable[[float], str] = percent) -> str:
    """`27.6% to 29.5%`; nothing where there is no interval."""
    return "" if low != low else say("head.between", low=written(low), high=written(high))


def _two_places(value: float) -> str:
    return texts.number(value, 2)


def _group_name(kind: str, group: str) -> str:
    if kind == "promotion":
        return say(f"promotion.{group}")
    if kind == "decile" and group in ("1", str(DECILES)):
        return f"{group} ({say(f'decile.{group}')})"
    return group
