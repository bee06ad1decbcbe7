"""What a quantity of a plan's line would come to, and what a transfer avoids, in a buyer's words."""

from api.pages.texts.formats import exact_quantity, money, number, quantity, times_in_100
from api.pages.texts.words import say
from data.tables import Unit
from flows.purchasing.deciding.preview import Preview
from flows.purchasing.showing.named_transfers import NamedTransfer

NEVER = 0.005  # a chance below it is written as none
WORTH_SAYING = 0.1  # units


def preview_words(seen: Preview, unit: Unit, currency: str) -> list[str]:
    """Cost and price, what will be short and wasted, the chance of running out, days of cover, what the supplier has
    left: a few words each."""
    found = []
    if seen.cost is not None:
        found.append(say("seen.cost", cost=money(seen.cost, currency)))
        found.append(say("seen.price", price=money(seen.unit_price), unit=say(f"unit.one.{unit}")))
    if seen.next_tier is not None:
        at, price = seen.next_tier
        found.append(say("seen.next_tier", quantity=exact_quantity(at, unit), price=money(price)))
    short, wasted = quantity(seen.expected_shortage, unit), quantity(seen.expected_waste, unit)
    found.append(say("seen.short", quantity=short, money=money(seen.at_risk_short)))
    found.append(say("seen.wasted", quantity=wasted, money=money(seen.at_risk_waste)))
    found.append(chance_words(seen.chance_short))
    if seen.days_of_cover is not None:
        found.append(cover_words(seen.days_of_cover))
    if seen.capacity_left is not None:
        found.append(say("seen.capacity", quantity=exact_quantity(seen.capacity_left, unit)))
    return found


def transfer_words(one: NamedTransfer) -> str:
    """What carrying avoids: `16.2 kg thrown away, 3.0 kg short, 10.0 kg bought`"""
    avoided = {"wasted": one.waste_avoided, "short": one.shortage_avoided, "bought": one.bought_less}
    return say("mark.comma").join(
        say(f"carry.{what}", quantity=quantity(much, one.unit))
        for what, much in avoided.items()
        if much >= WORTH_SAYING
    )


def chance_words(chance: float) -> str:
    """`runs out 12 times in 100`"""
    return say("seen.never_short") if chance < NEVER else say("seen.chance", chance=times_in_100(chance))


def cover_words(days: float) -> str:
    """`lasts 2.3 days`"""
    return say("seen.cover", days=number(days, 1))
