"""Reasons that were worded where no language is known are said in the language read now, with what stands in them."""

from datetime import UTC, datetime, timedelta

import pytest

from data.importers.problems import BadFile, BadRow
from data.languages import Reworded, Sentence, reading_in, reworded
from data.languages.catalogues import catalogue
from data.languages.reading import Language
from data.languages.rewording import CONTEXT, pattern_of
from warehouse.coldchain.payloads.mappings import BadMapping
from warehouse.coldchain.payloads.mappings_as_json import mapping_from_json
from warehouse.coldchain.readings import why_implausible

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def sentences() -> list[str]:
    return [str(one.id) for one in catalogue(Language.ZH) if one.context == CONTEXT]


@pytest.mark.parametrize("english", sentences())
def test_each_reason_is_known_again_with_what_stands_in_it(english: str) -> None:
    places = [f"V-{number}" for number in range(english.count("{") - 2 * english.count("{{"))]
    said = english.format(*places)
    with reading_in(Language.ZH):
        chinese = reworded(said)
    assert chinese != said
    assert all(chinese.count(place) == said.count(place) for place in places), "no value is lost"
    assert reworded(said) == said, "in English it is as it was"


def test_a_sentence_that_is_no_reason_is_said_as_it_is() -> None:
    with reading_in(Language.ZH):
        assert reworded("The moon is full.") == "The moon is full."


def test_of_two_that_fit_the_one_that_says_more_is_taken() -> None:
    said = "t of record 3 is not a number: 'x'"
    assert pattern_of("{0} is not a number: {1}").fullmatch(said)
    with reading_in(Language.ZH):
        assert reworded(said) == "第 3 条记录的 t 不是数字：'x'"


def test_what_a_pure_rule_says_of_a_reading_and_of_a_mapping_is_said_in_chinese() -> None:
    problem = why_implausible(NOW + timedelta(hours=1), 4.0, NOW)
    assert problem is not None
    with pytest.raises(BadMapping) as refused:
        mapping_from_json({"name": "n", "topic": "a/#/b", "values": {"temperature": "x"}})
    with reading_in(Language.ZH):
        assert str(Reworded(problem.reason)) == "在未来"
        told = Sentence("{field}: {reason}", field=refused.value.field, reason=Reworded(refused.value.reason))
        assert str(told) == "topic：'#' 不能作为过滤器的一级：+、{sensor_id} 以及末尾的 # 须单独成级"


def test_a_bad_row_is_told_in_chinese_with_where_it_stands_and_what_was_written_there() -> None:
    bad = BadRow("sales.csv", 3, "line 3", "quantity", "-1", "is below 0", "Check the value and its unit")
    assert str(bad) == "sales.csv, line 3, column quantity: '-1' is below 0. Check the value and its unit."
    with reading_in(Language.ZH):
        told, whole = str(bad), str(BadFile.of_rows("sales.csv", [bad], 1))
    assert told == "sales.csv，第 3 行，列 quantity：'-1' 小于 0。请检查数值及其单位。"
    assert whole == f"sales.csv：1 行有误，未保存任何内容。\n  {told}"
