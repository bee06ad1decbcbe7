"""What a message says in each form that receivers take: one file a form, each with one function of events."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from data.tables import ReceiverKind
from flows.notifying.forms import alertmanager, pagerduty, standard, words
from flows.notifying.forms.told_event import ToldEvent

FORMS: Mapping[ReceiverKind, Callable[[Sequence[ToldEvent], str], dict[str, Any]]] = {
    ReceiverKind.STANDARD: standard.message,
    ReceiverKind.MQTT: standard.message,
    ReceiverKind.ALERTMANAGER: alertmanager.message,
    ReceiverKind.PAGERDUTY: pagerduty.message,
    ReceiverKind.APPRISE: words.message,
}
