"""What the evidence of a proposal means, in sentences with units."""

from collections.abc import Callable, Iterable, Mapping

from api.pages.texts.formats import money, number, percent
from api.pages.texts.reasons import Values, in_sentences
from api.pages.texts.words import say
from warehouse.assortment.proposal import EvidenceCode

SHARES = {"share", "sell_through"}
USUAL_SHARES = {EvidenceCode.COMES_BACK}
MONEY = {"money", "most", "margin"}


def _said(code: EvidenceCode) -> Callable[[Values, str], str]:
    def words(values: Values, currency: str) -> str:
        told = {}
        for name, value in values.items():
            if name in SHARES or (name == "usual" and code in USUAL_SHARES):
                told[name] = percent(value)
            elif name in MONEY:
                told[name] = money(value, currency)
            elif isinstance(value, int | float):
                told[name] = number(value, 0 if isinstance(value, int) else 2)
            else:
                told[name] = value
        told.pop("code")
        return say(f"evidence.{code}", **told)

    return words


EVIDENCE: Mapping[str, Callable[[Values, str], str]] = {code.value: _said(code) for code in EvidenceCode}


def evidence_sentences(evidence: Iterable[Values], currency: str) -> list[str]:
    """Why it is proposed, a sentence each."""
    return in_sentences(evidence, EVIDENCE, currency)
