"""The words of what a plan carries between warehouses."""

from collections.abc import Mapping

TRANSFER_WORDS: Mapping[str, str] = {
    "said.transfer_left_out": "It is not carried. Lines that counted on it stay as they are: look at them.",
    "carry.title": "Moves between warehouses: {n}",
    "carry.help": "Stock that would expire in one warehouse and is lacking in another, where carrying it earns more "
    "than buying there. The lines below count on it, and approving the plan books it: send the driver.",
    "carry.way": "Way",
    "carry.from_to": "{of} → {to}",
    "carry.comes": "there by {at}, if it leaves at once",
    "carry.lots": "Lots",
    "carry.instead": "Instead of",
    "carry.wasted": "{quantity} thrown away",
    "carry.short": "{quantity} short",
    "carry.bought": "{quantity} bought",
    "carry.cost": "Cost",
    "carry.earns": "Earns",
    "carry.state": "State",
    "carry.open": "not approved yet",
    "carry.booked": "booked on {at} by {by}",
    "carry.leave_out": "Leave\N{NO-BREAK SPACE}out",
    "carry.leave_out_one": "Leave out {product} to {to}",
    "carry.approve": "{n} move between warehouses is booked with it.|{n} moves between warehouses are booked with it.",
    "carry.confirm": "Book {n} move|Book {n} moves",
}
