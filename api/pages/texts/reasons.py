"""Reason codes as sentences, the way that plan lines, slots and moves share.

A code that this page does not know yet, or whose values are not what was expected, is shown as it is: a page
never fails for want of words.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Values = Mapping[str, Any]
Names = Mapping[str, str]  # ids of products, suppliers, warehouses and zones -> what people call them


def in_sentences(reasons: Iterable[Values], words: Mapping[str, Callable[..., str]], *context: Any) -> list[str]:
    """The reasons, a sentence each, by what `words` has for their codes."""
    found = []
    for reason in reasons:
        try:
            found.append(words[reason["code"]](reason, *context))
        except (KeyError, TypeError, ValueError):
            found.append(_as_it_is(reason))
    return found


def _as_it_is(reason: Values) -> str:
    values = ", ".join(f"{key} {value}" for key, value in reason.items() if key != "code")
    return f"{str(reason.get('code', '?')).replace('_', ' ')}{f' ({values})' if values else ''}."
