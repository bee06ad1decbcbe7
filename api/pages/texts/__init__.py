"""Every word a page shows, in one place: labels, sentences for reasons, numbers and dates.

Templates and page modules hold no words of their own, so that another language is a catalogue of
`data/languages`.
"""

from api.pages.texts.explanations import (
    explanation_sentence,
    in_unit,
    places,
    share_detail,
    share_words,
    signed,
)
from api.pages.texts.findings import finding_days, finding_sentence
from api.pages.texts.formats import (
    amount,
    celsius,
    clock,
    day,
    duration,
    exact_quantity,
    metres,
    moment,
    money,
    names_of_dates,
    number,
    of_alarm,
    paragraph,
    percent,
    plain_quantity,
    quantity,
    short_day,
    signed_metres,
    signed_quantity,
    sums,
    times_in_100,
    unit_alone,
)
from api.pages.texts.line_words import chance_words, cover_words, preview_words, transfer_words
from api.pages.texts.move_list_words import list_sentences
from api.pages.texts.plan_reasons import plan_notes, plan_sentences, warning_words
from api.pages.texts.served_by import served_by_words
from api.pages.texts.slot_reasons import move_sentences, slot_sentences
from api.pages.texts.words import WORDS, say

__all__ = [
    "WORDS",
    "amount",
    "celsius",
    "chance_words",
    "clock",
    "cover_words",
    "day",
    "duration",
    "exact_quantity",
    "explanation_sentence",
    "finding_days",
    "finding_sentence",
    "in_unit",
    "list_sentences",
    "metres",
    "moment",
    "money",
    "move_sentences",
    "names_of_dates",
    "number",
    "of_alarm",
    "paragraph",
    "percent",
    "places",
    "plain_quantity",
    "plan_notes",
    "plan_sentences",
    "preview_words",
    "quantity",
    "say",
    "served_by_words",
    "share_detail",
    "share_words",
    "short_day",
    "signed",
    "signed_metres",
    "signed_quantity",
    "slot_sentences",
    "sums",
    "times_in_100",
    "transfer_words",
    "unit_alone",
    "warning_words",
]
