"""The accuracy report from frames to files: what it compares, what its page holds, what it refuses."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from data.languages import reading_in
from data.languages.reading import Language
from flows.errors import Invalid
from flows.reports.accuracy import METHODS, OURS, AccuracyReport, accuracy_report, headline
from flows.reports.accuracy_files import write_report
from flows.reports.accuracy_page import page
from flows.reports.accuracy_texts import METHODS as METHOD_NAMES
from flows.reports.accuracy_texts import number, percent, signed_percent
from forecasting.evaluation.baselines import BASELINES
from forecasting.known.frames import SEEN_WHOLE_COLUMNS, KnownAtOrigin
from tests.unit.forecasting.plain_scores import wape
from tests.unit.forecasting.small_region import FIRST, small_region

DAYS = 45
END = FIRST + pd.Timedelta(days=DAYS - 1)
START = END - pd.Timedelta(days=5)
ODD = '<script>alert("leaf")</script> & co'


@pytest.fixture(scope="module")
def known() -> KnownAtOrigin:
    region = small_region(warehouses=3, products=6, days=DAYS)
    products = region.products.assign(category=[ODD, "fruit"] * 3)
    return replace(region, products=products).at_end_of(END)


@pytest.fixture(scope="module")
def report(known: KnownAtOrigin) -> AccuracyReport:
    return accuracy_report([known], START, END, [2, 1])


@pytest.fixture(scope="module")
def written(report: AccuracyReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("report") / "new" / "folder"
    write_report(report, directory)
    return directory


def test_every_method_is_scored_on_the_same_days_at_every_horizon(report: AccuracyReport) -> None:
    overall = report.found.scores[report.found.scores["kind"] == "overall"]
    assert set(zip(overall["horizon"], overall["method"], strict=True)) == {(h, m) for h in (1, 2) for m in METHODS}
    assert overall["rows"].nunique() == 1
    assert overall["missing"].sum() == 0
    assert report.scored["scored_rows"] == overall["rows"].iloc[0]


def test_the_scores_are_those_of_the_forecasts_written_beside_them(written: Path) -> None:
    forecasts = pd.read_parquet(written / "forecasts.parquet")
    scores = pd.read_parquet(written / "scores.parquet")
    assert list(forecasts.columns) == [*SEEN_WHOLE_COLUMNS, *BASELINES, "sales", "scored"]
    assert len(forecasts) == 3 * 6 * 6 * 2
    ahead = (forecasts["date"] - forecasts["origin"]).dt.days
    for horizon in (1, 2):
        chosen = forecasts[(ahead == horizon) & forecasts["scored"]]
        of_all = scores[(scores["kind"] == "overall") & (scores["horizon"] == horizon)].set_index("method")
        for method in METHODS:
            column = "q50" if method == OURS else method
            assert of_all.loc[method, "wape"] == pytest.approx(wape(chosen["sales"], chosen[column])), method


def test_the_json_is_the_same_figures_and_holds_no_nan(written: Path, report: AccuracyReport) -> None:
    text = (written / "accuracy.json").read_text()
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert (found["start"], found["end"], found["horizons"]) == (f"{START:%Y-%m-%d}", f"{END:%Y-%m-%d}", [1, 2])
    assert len(found["scores"]) == len(report.found.scores)
    assert found["scores"][0]["wape"] == pytest.approx(report.found.scores["wape"].iloc[0], rel=1e-5)
    assert {row["date"] for row in found["daily"]} == {f"{day:%Y-%m-%d}" for day in pd.date_range(START, END)}


class Elements(HTMLParser):
    """The elements of a page and what they point to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action")]


def test_the_page_needs_nothing_but_itself_and_runs_no_script(written: Path) -> None:
    html = (written / "report.html").read_text()
    elements = Elements()
    elements.feed(html)
    assert "script" not in elements.tags, "also a name out of the data is only text"
    assert not [address for address in elements.addresses if not address.startswith("#")]
    assert set(re.findall(r"https?://[^\s\"'<)]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "{" not in re.sub(r"<style.*?</style>|<svg.*?</svg>", "", html, flags=re.DOTALL), "a word is not filled in"


def test_the_page_says_what_was_found(written: Path, report: AccuracyReport) -> None:
    html = (written / "report.html").read_text()
    found = headline(report)
    assert percent(found["wape"]) in html
    bias = re.search(r"Bias of the mean.*?</div>", html, re.DOTALL)
    assert bias is not None
    assert signed_percent(found["wpe_mean"]) in bias[0].partition("Of the median")[0]
    assert signed_percent(found["wpe"]) in bias[0].partition("Of the median")[2]
    assert percent(found["best_plain_wape"]) in html
    for name in METHOD_NAMES.values():
        assert name in html
    assert "regression (statsmodels)" in html, "what serves where sales follow weekday and price alone"


def test_every_training_s_choice_is_told_with_what_each_model_missed(written: Path, report: AccuracyReport) -> None:
    """Models are trained two days before the first day, for both horizons, and on its eve."""
    html = (written / "report.html").read_text()
    table = html.partition("Which model was chosen")[2].partition("</section>")[0]
    rows = [re.findall(r"<td[^>]*>(?:<span>)?(.*?)(?:</span>)?</td>", row) for row in table.split("<tr>")[2:]]
    days = [START - pd.Timedelta(days=back) for back in (2, 1)]

    assert report.trained == days
    assert [row[0] for row in rows] == [
        f"{day.day} {day:%b}, for {what}" for day in days for what in ("tomorrow", "further days")
    ]
    told = json.loads((written / "accuracy.json").read_text())["choices"]
    for row, choice in zip(rows, told, strict=True):
        losses = choice["losses"]
        assert row[1] == str(choice["held_out_days"])
        assert row[2:5] == ["100%", *(f"{losses[rung]:.0%}" for rung in ("regression", "lightgbm"))]
        assert min(losses, key=losses.__getitem__) == choice["rung"]
        assert row[5].partition(" (")[0].replace(" ", "_") in choice["rung"].replace("lightgbm", "trees")
        assert row[6] == ", ".join(["seasons"]), "the region has prices, weather and, in April, a holiday"


def test_a_report_of_few_days_says_less_and_still_opens(known: KnownAtOrigin) -> None:
    short = accuracy_report([known], END - pd.Timedelta(days=1), END, [1])
    html = page(short)
    assert "By days ahead" not in html, "one horizon is compared with nothing"
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL).lower()
    assert "no clear difference" in html, "two days have no interval"


@pytest.mark.parametrize(
    ("start", "end", "horizons", "field", "words"),
    [
        (END, START, [1], "end", "lies before"),
        (START, END + pd.Timedelta(days=3), [1], "end", f"known up to {END:%Y-%m-%d}"),
        (FIRST, END, [1], "start", f"no earlier than {FIRST + pd.Timedelta(days=1):%Y-%m-%d}"),
        (START, END, [0, 1], "horizons", "horizons"),
        (START, END, [], "horizons", "horizons"),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_the_remedy(
    known: KnownAtOrigin, start: pd.Timestamp, end: pd.Timestamp, horizons: list[int], field: str, words: str
) -> None:
    with pytest.raises(Invalid, match=re.escape(words)) as refused:
        accuracy_report([known], start, end, horizons)
    assert refused.value.field == field


def test_figures_are_written_as_people_read_them() -> None:
    assert percent(0.2854) == "28.5%"
    assert percent(float("nan")) == percent(None) == "–"
    assert signed_percent(0.0141) == "+1.4%"
    assert signed_percent(-0.0114) == "\N{MINUS SIGN}1.1%"
    assert signed_percent(-0.0001) == signed_percent(0.0) == "0.0%"
    assert number(1234.5, 1) == "1,234.5"


def test_in_chinese_the_report_says_no_word_in_english(report: AccuracyReport, tmp_path: Path) -> None:
    with reading_in(Language.ZH):
        page = write_report(report, tmp_path)[0].read_text(encoding="utf-8")
    said = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    theirs = set(re.findall(r"[A-Za-z]{3,}", f"{ODD} fruit north south amp quot {' '.join(report.choices)}"))
    as_it_is = {"Freshfront", "WAPE", "WPE", "RMSSE", "TSB", "LightGBM", "statsmodels", "Pinball", "pinball"}
    assert '<html lang="zh-CN">' in page
    assert "预测准确度" in said
    assert set(re.findall(r"[A-Za-z]{3,}", said)) - theirs - as_it_is == set()
