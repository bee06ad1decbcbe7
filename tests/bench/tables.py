"""The benchmark's results as the Markdown that docs/measured.md shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Result = Mapping[str, Any]
NOT_COUNTED = ("read",)  # reading the file is timed apart


def render(parts: Mapping[str, Result]) -> str:
    """The section, of the parts that there are."""
    how = (
        "Run again with `make bench-forecast FRESHRETAILNET=train.parquet`; the yardsticks are written down in "
        "`tests/bench/yardstick_*.py`. CPU seconds of one thread are the figures to compare: others may have used the "
        "machine, and wall seconds count them too. *Counted* is everything after reading the file; peak memory is that "
        "of the whole process."
    )
    texts = {"synthetic": _synthetic, "freshretailnet": _freshretailnet, "growth": _growth}
    written = [text(parts[name]) for name, text in texts.items() if name in parts]
    return "\n\n".join(["## Issue 3: what forecasting costs (`make bench-forecast`)", how, *written])


def counted(run: Result) -> float:
    """CPU seconds of all phases but reading."""
    return sum(seconds for name, seconds in run["phases"]["cpu"].items() if name not in NOT_COUNTED)


def _synthetic(part: Result) -> str:
    warehouses, products, days = part["size"]
    runs, scores = part["runs"], part["scores"]
    names = {
        "ours": "Freshfront: features, fit, seven quantiles",
        "mlforecast": "mlforecast, LightGBM a warehouse, 300 rounds: points",
        "mlforecast_100": "the same with LightGBM's default of 100 rounds",
    }
    rows = [
        [text, f"{counted(runs[name]):.1f}", *_costs(runs[name]), *_accuracy(scores[name])]
        for name, text in names.items()
        if name in runs
    ]
    if classics := runs.get("statsforecast"):
        rows += [
            [f"{name} (statsforecast)", f"{seconds:.1f}", "", "", "", *_accuracy(scores[name])]
            for name, seconds in classics["phases"]["cpu"].items()
            if name not in NOT_COUNTED
        ]
    rows.append(["the mean that sales were drawn from", "", "", "", "", *_accuracy(scores["floor"])])
    text = f"### {warehouses} warehouses x {products} products x {days} days, made from a seed, 7 days ahead\n"
    text += _about(part) + " " + _phases("Freshfront", runs["ours"]) + "\n\n"
    text += _table(
        ["", "counted CPU s", "process CPU s", "wall s", "peak memory", "WAPE", "WPE", "pinball", "rows crossing"], rows
    )
    for other in ("mlforecast", "mlforecast_100"):
        if other in runs:
            share = counted(runs["ours"]) / counted(runs[other])
            text += f"\n\nCounted CPU seconds over those of `{other}`: **{share:.2f}** (limit with 300 rounds: 0.5)."
    return text


def _freshretailnet(part: Result) -> str:
    runs, scores = part["runs"], part["scores"]
    names = {"ours": "Freshfront", "pooled": "seven LightGBM quantile models, 300 rounds, 127 leaves"}
    rows = [
        [
            text,
            f"{training(runs[name]):.0f}",
            f"{runs[name]['phases']['cpu'].get('features', 0):.0f}" if name == "pooled" else "within",
            f"{counted(runs[name]):.0f}",
            *_costs(runs[name]),
            *_accuracy(scores[name]),
        ]
        for name, text in names.items()
    ]
    share = training(runs["ours"]) / training(runs["pooled"])
    text = "### FreshRetailNet, all 16 cities, trained to 28 May, 29 May to 11 June one day ahead\n"
    text += _about(part) + " " + _phases("Freshfront", runs["ours"]) + " " + _phases("The yardstick", runs["pooled"])
    text += "\n\n" + _table(
        [
            *("", "training CPU s", "its features", "counted CPU s", "process CPU s", "wall s", "peak memory"),
            *("WAPE", "WPE", "pinball", "rows crossing"),
        ],
        rows,
    )
    return text + (
        f"\n\nTraining, Freshfront's features within, over the yardstick's fits alone: **{share:.2f}** (limit: 1). "
        f"Peak memory {_memory(runs['ours']['peak_mb'])} (limit: 6 GB)."
    )


def _growth(part: Result) -> str:
    rows = [
        [
            f"{run['phases']['warehouses']:,}",
            f"{run['phases']['rows']:,}",
            f"{run['phases']['forecasts']:,}",
            f"{training(run):.1f}",
            f"{run['phases']['cpu']['forecast']:.2f}",
            f"{run['phases']['cpu']['read']:.1f}",
            f"{run['wall']:.0f}",
            _memory(run["peak_mb"]),
        ]
        for run in part["runs"]
    ]
    text = (
        "### Growth: a night's training for every horizon and the next day's forecast, FreshRetailNet, city by city\n"
    )
    return (
        text
        + _about(part)
        + "\n\n"
        + _table(
            [
                *("warehouses", "store-product-days", "series", "training CPU s", "forecast CPU s"),
                *("reading CPU s", "wall s", "peak memory"),
            ],
            rows,
        )
    )


def training(run: Result) -> float:
    """CPU seconds of a training: of the yardstick its fits alone."""
    cpu = run["phases"]["cpu"]
    return float(cpu["fit"] if "fit" in cpu else sum(cpu[name] for name in ("prior", "panel", "warehouse models")))


def _about(part: Result) -> str:
    about = part["about"]
    return f"{about['day']}, commit {about['commit']}, {about['machine']}, load {about['load']} at the start."


def _phases(who: str, run: Result) -> str:
    spent = ", ".join(f"{name} {seconds:.1f}" for name, seconds in run["phases"]["cpu"].items())
    return f"{who}'s CPU seconds: {spent}."


def _costs(run: Result) -> list[str]:
    return [f"{run['cpu']:.1f}", f"{run['wall']:.0f}", _memory(run["peak_mb"])]


def _accuracy(scores: Result) -> list[str]:
    observed = [f"{scores['wape']:.4f}", f"{100 * scores['wpe']:+.1f}%"]
    if "pinball" not in scores:
        return [*observed, "", ""]
    return [*observed, f"{scores['pinball']:.4f}", f"{100 * scores['crossing']:.0f}%"]


def _memory(megabytes: float) -> str:
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.0f} MB"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
