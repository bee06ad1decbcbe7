"""The accuracy report as files: a page for people, JSON and Parquet for programs."""

import json
from pathlib import Path

from flows.reports.accuracy import AccuracyReport, as_json
from flows.reports.accuracy_page import page


def write_report(report: AccuracyReport, directory: Path) -> list[Path]:
    """Writes report.html, accuracy.json, scores.parquet and forecasts.parquet into the directory, which is made where
    it is not there; returns their paths. Files of an earlier report are replaced."""
    directory.mkdir(parents=True, exist_ok=True)
    html, document = directory / "report.html", directory / "accuracy.json"
    scores, forecasts = directory / "scores.parquet", directory / "forecasts.parquet"
    html.write_text(page(report), encoding="utf-8")
    document.write_text(json.dumps(as_json(report), ensure_ascii=False) + "\n", encoding="utf-8")
    report.found.scores.to_parquet(scores, index=False, compression="zstd")
    report.forecasts.to_parquet(forecasts, index=False, compression="zstd")
    return [html, document, scores, forecasts]
