"""The rule sets that are offered by class of goods."""

from data.tables import Band
from warehouse.coldchain.rule_templates import TEMPLATES
from warehouse.coldchain.rules import Rules


def test_there_is_a_rule_set_to_begin_with_for_each_class_of_goods_and_none_is_the_usual_one() -> None:
    assert set(TEMPLATES) == {band.value for band in Band}
    assert all(rules != Rules() and Rules.from_dict(rules.as_dict()) == rules for rules in TEMPLATES.values())


def test_no_ceiling_or_floor_lies_inside_the_band_of_its_goods() -> None:
    bands = {"leaf": (1, 4), "chilled": (0, 4), "frozen": (-30, -18), "tropical": (10, 13), "ambient": (10, 25)}
    for name, (low_c, high_c) in bands.items():
        assert not TEMPLATES[name].is_beyond(low_c)
        assert not TEMPLATES[name].is_beyond(high_c)
