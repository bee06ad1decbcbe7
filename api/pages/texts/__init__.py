"""Every word a page shows, in one place: labels, sentences for reasons, numbers and dates.

Templates and page modules hold no words of their own, so that another language is another copy of this folder.
"""

from api.pages.texts.explanations import (
    explanation_sentence,
    in_unit,
    places,
    share_detail,
    share_words,
    signed,
)
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
    number,
    percent,
    plain_quantity,
    quantity,
    signed_metres,
    sums,
    times_in_100,
)
from api.pages.texts.reasons import move_sentences, plan_notes, plan_sentences, slot_sentences
from api.pages.texts.served_by import served_by_words
from api.pages.texts.words import WORDS, say

__all__ = [
    "WORDS",
    "amount",
    "celsius",
    "clock",
    "day",
    "duration",
    "exact_quantity",
    "explanation_sentence",
    "in_unit",
    "metres",
    "moment",
    "money",
    "move_sentences",
    "number",
    "percent",
    "places",
    "plain_quantity",
    "plan_notes",
    "plan_sentences",
    "quantity",
    "say",
    "served_by_words",
    "share_detail",
    "share_words",
    "signed",
    "signed_metres",
    "slot_sentences",
    "sums",
    "times_in_100",
]
