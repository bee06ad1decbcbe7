"""The labels and short sentences of all pages: those of each page or notion are modules beside this one, here stands
what every page has.

`{name}` is filled in. Where a text has two forms with a bar between, `n` decides: one, else.
"""

from collections.abc import Mapping
from functools import cache

from api.pages.texts.aisle_words import AISLE_WORDS
from api.pages.texts.assortment_words import ASSORTMENT_WORDS
from api.pages.texts.carrying_words import CARRYING_WORDS
from api.pages.texts.chart_words import CHART_WORDS
from api.pages.texts.courier_words import COURIER_WORDS
from api.pages.texts.finding_words import FINDING_WORDS
from api.pages.texts.format_words import FORMAT_WORDS
from api.pages.texts.model_words import MODEL_WORDS
from api.pages.texts.morning_words import MORNING_WORDS
from api.pages.texts.order_words import ORDER_WORDS
from api.pages.texts.plan_words import PLAN_WORDS
from api.pages.texts.product_words import PRODUCT_WORDS
from api.pages.texts.promotion_words import PROMOTION_WORDS
from api.pages.texts.reason_words import REASON_WORDS
from api.pages.texts.rule_words import RULE_WORDS
from api.pages.texts.service_words import SERVICE_WORDS
from api.pages.texts.slot_reason_words import SLOT_REASON_WORDS
from api.pages.texts.slot_words import SLOT_WORDS
from api.pages.texts.stock_words import STOCK_WORDS
from api.pages.texts.supplier_words import SUPPLIER_WORDS
from api.pages.texts.temperature_words import TEMPERATURE_WORDS
from api.pages.texts.today_words import TODAY_WORDS
from api.pages.texts.transfer_words import TRANSFER_WORDS
from api.pages.texts.trial_words import TRIAL_WORDS
from api.pages.texts.what_if_words import WHAT_IF_WORDS
from data.languages import language_now, reading_in, worded, worded_by_number
from data.tables import Language

WORDS: Mapping[str, str] = {
    **AISLE_WORDS,
    **ASSORTMENT_WORDS,
    **CARRYING_WORDS,
    **CHART_WORDS,
    **COURIER_WORDS,
    **FINDING_WORDS,
    **FORMAT_WORDS,
    **MODEL_WORDS,
    **MORNING_WORDS,
    **TRIAL_WORDS,
    **ORDER_WORDS,
    **PLAN_WORDS,
    **PRODUCT_WORDS,
    **PROMOTION_WORDS,
    **REASON_WORDS,
    **RULE_WORDS,
    **SERVICE_WORDS,
    **SLOT_REASON_WORDS,
    **SLOT_WORDS,
    **STOCK_WORDS,
    **SUPPLIER_WORDS,
    **TEMPERATURE_WORDS,
    **TODAY_WORDS,
    **TRANSFER_WORDS,
    **WHAT_IF_WORDS,
    "language": "en",
    "product": "Freshfront",
    "nav.label": "Pages",
    "nav.skip": "Skip to the content",
    "nav.today": "Today",
    "nav.plans": "Purchase plans",
    "nav.orders": "Purchase orders",
    "nav.slots": "Slots",
    "nav.temperatures": "Temperatures",
    "nav.sign_out": "Sign out",
    "role.buyer": "buyer",
    "role.staff": "warehouse staff",
    "role.integration": "integration",
    "role.erp": "ERP",
    "role.operator": "operator",
    "unit.kg": "kg",
    "unit.litre": "litres",
    "unit.money": "money",
    "unit.piece": "pieces",
    "unit.bunch": "bunches",
    "unit.box": "boxes",
    "unit.bag": "bags",
    "unit.bottle": "bottles",
    "unit.tray": "trays",
    "unit.one.kg": "kg",
    "unit.one.litre": "litre",
    "unit.one.money": "unit of money",
    "unit.one.piece": "piece",
    "unit.one.bunch": "bunch",
    "unit.one.box": "box",
    "unit.one.bag": "bag",
    "unit.one.bottle": "bottle",
    "unit.one.tray": "tray",
    # after a form
    "said.plan_made": "The plan is ready. Review and approve it.",
    "said.orders_being_marked": "{n} purchase order is marked as sent.|{n} purchase orders are being marked as sent.",
    "said.orders_being_sent": "{n} purchase order is being sent.|{n} purchase orders are being sent.",
    "said.plan_changed": "Nothing was ordered: something has changed since the draft was made. It has been worked out "
    "anew; look at it and approve it as it is now.",
    "said.plan_discarded": "The draft is discarded. Nothing of it is ordered.",
    "said.plan_approved": "Approved: {n} purchase order made.|Approved: {n} purchase orders made.",
    "said.order_sent": "The order was sent to its supplier.",
    "said.order_sent_before": "It had been sent before; nothing was sent again.",
    "said.order_marked_sent": "Noted as sent.",
    "said.order_confirmed": "What the supplier will bring was noted.",
    "said.order_cancelled": "Cancelled. What has not come is no longer under way.",
    "said.order_link": "Give this link to the supplier; it is shown only now: {url}",
    "said.order_links_ended": "{n} link ended.|{n} links ended.",
    "said.line_edited": "Changed to {quantity}.",
    "said.move_done": "Move recorded as done.",
    "said.slot_usable": "The slot can be used again.",
    "said.move_partly_done": "A part recorded; the rest stays on the list.",
    "said.move_refused": "Move refused; the reason was saved.",
    "said.move_undone": "Taken back: the move is on the list again.",
    "said.alarm_closed": "Alarm closed.",
    "said.silence_added": "Alarms are silenced; nobody is told of them until the end.",
    "said.silence_ended": "The silence is over; what goes on is told.",
    "said.alarm_acknowledged": "Alarm acknowledged.",
    # problems and signing in
    "problem.to_today": "Back to Today",
    "problem.no_file": "File {name} was not found.",
    "sign_in.how": "Open a sign-in address, or enter its token here. Whoever runs Freshfront makes a new address with:",
    "sign_in.once": "This address signs in once. Press the button to use it here.",
    "sign_in.command": "freshfront sign-in",
    "sign_in.key": "Token or API key (ff_…)",
    "sign_in.button": "Sign in",
}


def say(key: str, /, **values: object) -> str:
    """The text for the key in the language read now, filled in; in the form for one where `n` is 1. Raises KeyError
    for an unknown key."""
    return _text(key, str(values.get("n")) == "1", language_now()).format(**values)


@cache
def _text(key: str, of_one: bool, language: Language) -> str:
    one, bar, many = WORDS[key].partition("|")
    with reading_in(language):
        return worded_by_number(key, one, many, 1 if of_one else 2) if bar else worded(key, one)
