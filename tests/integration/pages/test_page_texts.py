"""The words of the pages: one for every reason, status and label, and none outside `api/pages/texts`."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest

from api.pages import texts
from api.pages.texts.plan_reasons import PLAN
from api.pages.texts.slot_reasons import MOVE, SLOT
from api.pages.texts.words import WORDS
from data.tables import MoveStatus, OccasionRow, PlanStatus, Role, Unit
from flows.demand.known_of_day import DayFacts
from forecasting.explaining.contributions import SHARES
from warehouse.coldchain.alarms import AlarmKind
from warehouse.coldchain.zones import ZoneState
from warehouse.purchasing.plan import OF_MOST_LINES, PlanReason
from warehouse.slotting.suggestion import MoveReason, SlotReason

PAGES = Path(__file__).parents[3] / "api" / "pages"
VALUES = {
    "floor": 0.97, "cost": 3.2, "avoided": 1.5,
    "days": 2, "until": "2026-03-04", "quantity": 12.5, "stock": 3.0, "on_order": 2.0, "before_delivery": 1.0,
    "first_expiry": "2026-03-03", "yield": 0.92, "from": 11.0, "to": 12.5, "pack_size": 2.5, "minimum": 12.0,
    "unit_price": 5.5, "needs": 9.0, "smallest": 40.0, "offers": 3, "lowest_price": 5.0, "line": 2,
    "after_supplier": "F1", "supplier": "F1",
    "capacity": 100.0, "asked_by_all": 140.0, "share": 30.0, "next_delivery": "2026-03-05",
    "lead_time_days": 2, "list_price": 9.0, "rank": 1, "products": 20, "band": "leaf", "zone_band": "ambient",
    "lines_per_day": 8.4, "distance_m": 12.0, "space_l": 60.0, "volume_l": 160.0, "largest_l": 420.0, "slots": 48,
    "metres_per_day": 120.0, "repaid_after_days": 2.5, "for_product": "spinach", "quantile": 0.97, "seen": 0.82,
    "day": "2026-03-06", "name": "Stocktaking", "probability": 0.3, "last_sold": "2026-02-05",
    "by": "Li Na", "because": "a fair", "more": 5.0, "packs": 2, "gained": 12.5,
    "zone_ids": "Z1, Z2", "routing": "combined", "number": 2,
    "peak_kg": 90.0, "strongest_kg": 80.0, "max_weight_kg": 60.0,
    "waste": 1.5, "after_receipt": 0.97,
    "minimum_packs": 40, "minimum_value": 200.0, "value": 87.5, "warehouse": "W2",
}  # fmt: skip


NOTED = set(PlanReason) - OF_MOST_LINES | {PlanReason.COVERS}  # which is noted with its days
PLAN_NOTES = {name.removeprefix("note."): words for name, words in WORDS.items() if name.startswith("note.")}


@pytest.mark.parametrize(
    ("codes", "words"), [(PlanReason, PLAN), (NOTED, PLAN_NOTES), (SlotReason, SLOT), (MoveReason, MOVE)]
)
def test_every_reason_code_has_its_words_and_no_code_has_words_for_nothing(
    codes: Iterable[StrEnum], words: dict[str, object]
) -> None:
    assert set(words) == set(codes)


def test_every_reason_is_a_sentence_with_its_values() -> None:
    names = {"F1": "Green Farm", "spinach": "Spinach 300 g"}
    sentences = [
        *texts.plan_sentences([{"code": code.value, **VALUES} for code in PlanReason], Unit.KG, names),
        *texts.slot_sentences([{"code": code.value, **VALUES} for code in SlotReason], names),
        *texts.move_sentences([{"code": code.value, **VALUES} for code in MoveReason], names),
    ]
    for sentence in sentences:
        assert sentence[0].isupper() or sentence[0].isdigit(), sentence
        assert sentence.endswith("."), sentence
        assert "_" not in sentence, f"a code or key shows: {sentence}"
    assert any("Green Farm" in sentence for sentence in sentences)
    assert any("Spinach 300 g" in sentence for sentence in sentences)


def test_a_plan_notes_what_goes_far_beyond_what_was_seen() -> None:
    def noted(seen: float) -> list[str]:
        reason = {"code": "beyond_what_was_seen", "quantile": 0.94, "seen": seen}
        return [words for words, _ in texts.plan_notes([reason])]

    assert noted(0.6) == ["more than was ever seen"]
    assert noted(0.9) == []


def test_a_yield_that_raises_nothing_worth_writing_is_told_without_quantities() -> None:
    grossed_up = {"code": "grossed_up_for_yield", "yield": 0.98, "from": 1.96, "to": 2.0}
    assert texts.plan_sentences([grossed_up], Unit.KG, {}) == ["98% of what this supplier delivers passes inspection."]
    [sentence] = texts.plan_sentences([grossed_up | {"to": 2.2}], Unit.KG, {})
    assert sentence.startswith("Raised from 2.0\u00a0kg to 2.2\u00a0kg: 98%")


def test_a_reason_that_is_not_known_yet_is_shown_as_it_is() -> None:
    reasons = [{"code": "moon_phase", "phase": "full"}, {"code": "needs"}]
    assert texts.plan_sentences(reasons, Unit.KG, {}) == ["moon phase (phase full).", "needs."]
    assert texts.plan_notes(reasons)[0] == ("moon phase", False)


@pytest.mark.parametrize(
    ("area", "kinds"),
    [("zone", ZoneState), ("alarm", AlarmKind), ("move", set(MoveStatus) - {MoveStatus.SUGGESTED}),
     ("plan", PlanStatus),
     ("role", Role), ("unit", Unit), ("unit.one", Unit)],
)  # fmt: skip
def test_every_status_has_a_word(area: str, kinds: list[StrEnum]) -> None:
    assert {f"{area}.{kind}" for kind in kinds} <= set(texts.WORDS)


def test_templates_hold_no_words_of_their_own() -> None:
    templates = list(PAGES.rglob("*.html"))
    assert len(templates) > 10
    for template in templates:
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " ", template.read_text(), flags=re.DOTALL)
        shown = re.sub(r"<[^>]*>", " ", text)
        assert not re.findall(r"[A-Za-z]{2,}", shown), template.name


def test_every_word_that_a_template_asks_for_exists() -> None:
    sources = [*PAGES.rglob("*.html"), *PAGES.rglob("*.py")]
    asked = {key for source in sources for key in re.findall(r"""say\(\s*["']([a-z_.]+)["'][,)]""", source.read_text())}
    assert len(asked) > 100
    assert asked <= set(texts.WORDS)


def test_every_share_of_a_forecast_has_its_words() -> None:
    for facts in (DayFacts(date(2026, 3, 7), None, None, None), DayFacts(date(2026, 3, 7), 1.0, 3.0, 0.0)):
        for share in SHARES:
            assert texts.share_words(share, facts)
            texts.share_detail(share, facts)
    sold_slowly = dict(zip(SHARES, (0.2, 0.05, 0.0, 0.004, 0.0, -0.03, 0.0, 0.0), strict=True))
    bare = DayFacts(date(2026, 3, 7), None, None, None)
    said = texts.explanation_sentence("Sat 7 Mar", 0.224, sold_slowly, bare, Unit.PIECE)
    assert said == "Sat 7 Mar: 0.22\u00a0pcs, usually 0.20; Saturday +0.05; latest trend −0.03."


def occasion(name: str, kind: str = "fair", closed: bool = False, away: int = 0, seen: int = 4) -> OccasionRow:
    return OccasionRow(name=name, kind=kind, closed=closed, away=away, seen=seen)


def test_an_explanation_names_the_event_and_says_where_its_effect_is_a_guess() -> None:
    day = date(2026, 6, 20)
    facts = DayFacts(day, None, None, None, [occasion("Kiel Week", seen=1), occasion("Whitsun", "holiday", away=-1)])
    shares = dict.fromkeys(SHARES, 0.0) | {"level": 10.0, "event": 5.2, "holiday": 1.1}
    said = texts.explanation_sentence("Sat 20 Jun", 16.3, shares, facts, Unit.PIECE)
    assert said == "Sat 20 Jun: 16.3\u00a0pcs, usually 10.0; before Whitsun +1.1; Kiel Week +5.2."
    assert texts.share_detail("event", facts) == "a guess: seen 1 time before"
    assert texts.share_detail("holiday", facts) == "seen 4 times before"


def test_an_explanation_counts_how_often_the_event_it_names_was_seen_not_the_one_next_to_it() -> None:
    occasions = [occasion("Kiel Week", seen=4), occasion("Boat Show", away=-1, seen=0)]
    facts = DayFacts(date(2026, 6, 20), None, None, None, occasions)
    assert texts.share_words("event", facts) == "Kiel Week"
    assert texts.share_detail("event", facts) == "seen 4 times before"


def test_an_explanation_of_a_closed_day_says_that_it_is_closed() -> None:
    facts = DayFacts(date(2026, 3, 31), None, None, None, [occasion("Stocktaking", "closed", closed=True)])
    said = texts.explanation_sentence("Tue 31 Mar", 0.0, dict.fromkeys(SHARES, 0.0), facts, Unit.PIECE)
    assert said == "Tue 31 Mar: closed (Stocktaking)."


def test_numbers_are_rounded_to_what_one_can_act_on() -> None:
    assert texts.quantity(Decimal("1234.56"), Unit.KG) == "1,234.6\u00a0kg"
    assert texts.exact_quantity(Decimal("1.250"), Unit.KG) == "1.25\u00a0kg", "packs are not rounded"
    assert texts.exact_quantity(2.0, Unit.KG) == "2.0\u00a0kg"
    assert texts.exact_quantity(Decimal("20.000"), Unit.PIECE) == "20\u00a0pcs"
    assert texts.quantity(11.7, Unit.PIECE) == "12\u00a0pcs"
    assert [texts.quantity(n, Unit.BOX) for n in (1, 11.7)] == ["1\u00a0box", "12\u00a0boxes"]
    assert [texts.quantity(2.345, unit) for unit in (Unit.LITRE, Unit.MONEY)] == ["2.3\u00a0l", "2.35\u00a0in money"]
    assert texts.exact_quantity(Decimal("0.750"), Unit.LITRE) == "0.75\u00a0l"
    assert texts.quantity(None, Unit.KG) == "–"
    assert texts.celsius(-18.04) == "−18.0\u00a0°C"
    assert texts.celsius(-0.04) == "0.0\u00a0°C"
    assert texts.money(Decimal("1234.5")) == "1,234.50"
    assert texts.money(Decimal("1234.5"), "EUR") == "1,234.50\N{NO-BREAK SPACE}EUR"
    assert texts.percent(0.923) == "92%"
    assert texts.signed_metres(34.2) == "+34\u00a0m"
    assert texts.plain_quantity(Decimal("22.500")) == "22.5"
    assert texts.plain_quantity(Decimal("100")) == "100"


def test_days_and_times_are_those_of_the_warehouse() -> None:
    assert texts.day(date(2026, 11, 23)) == "Mon 23 Nov"
    assert texts.day("2026-11-23") == "Mon 23 Nov"
    late = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    assert texts.moment(late, "Asia/Shanghai") == "Mon 23 Nov 01:30"
    assert texts.clock(late, "Europe/Berlin") == "18:30"
    assert texts.duration(timedelta(minutes=130)) == "2\u00a0h\u00a010\u00a0min"
    assert texts.duration(timedelta(hours=3)) == "3\u00a0h"
    assert texts.duration(timedelta(days=3, hours=5)) == "3\u00a0days"


def test_one_and_many_have_their_own_form() -> None:
    assert texts.say("moves.count", n=1) == "1 move"
    assert texts.say("moves.count", n=3) == "3 moves"
    with pytest.raises(KeyError):
        texts.say("no.such.text")
