"""The labels and short sentences about what is carried within a warehouse, and what that was worth."""

from collections.abc import Mapping

CARRYING_WORDS: Mapping[str, str] = {
    # what a list of moves amounts to
    "list.in_order": "Carry them out in this order.",
    "list.demanded": "Rules demand {n} move.|Rules demand {n} moves.",
    "list.demanded_costs": "Rules demand {n} move, which costs {metres} of walking a day.|"
    "Rules demand {n} moves, which together cost {metres} of walking a day.",
    "list.demanded_saves": "Rules demand {n} move, which saves {metres} of walking a day as well.|"
    "Rules demand {n} moves, which together save {metres} of walking a day as well.",
    "list.saving": "{n} move that no rule demands saves {metres} of walking a day.|"
    "{n} moves that no rule demands save {metres} of walking a day together.",
    "list.left_over": "{n} further move belongs to what was settled.|{n} further moves belong to what was settled.",
    # what batches of moves were worth
    "proof.title": "What moves were worth",
    "proof.how": "Metres walked for an order line: as expected when the moves were suggested, and by the orders of the "
    "two weeks since, on the floor without and with what was done.",
    "proof.expected": "Expected of all",
    "proof.walked": "By the orders since",
    "proof.done_of": "{done} of {moves} done",
    "proof.gained": "{saved} m less",
    "proof.from_to": "{before} to {after} m, {n} line|{before} to {after} m, {n} lines",
    "proof.nothing_known": "no orders were known",
    "proof.not_yet": "no orders yet",
    # pick faces to refill
    "said.refilled": "Done. It counts as lying in its pick face.",
    "refill.title": "Refill the pick faces of {name}",
    "refill.link": "Refill pick faces",
    "refill.carries": "{n} carry|{n} carries",
    "refill.until": "So that each face holds, nine times in ten, what is picked of it until {until}. What would run "
    "out first comes first.",
    "refill.none": "Every face holds what is picked of it until {until}, or nothing of it lies in reserve.",
    "refill.no_reserve": "No slot of this warehouse holds reserve, so there is nothing to refill from. Import slots "
    "with pick_face false for those that do.",
    "refill.no_forecast": "Nothing is forecast for the hours to come. Run: freshfront forecast",
    "refill.lot": "Lot {lot}",
    "refill.lot_until": "Lot {lot}, up to {day}",
    "refill.holds": "The face holds {holds} of {enough} that may be picked.",
    "refill.runs_out": "It is expected to run out by {at}.",
    "refill.may_run_out": "It may run out.",
    "refill.then_out": "Refilled, it lasts until {at}.",
    # where what came is put
    "said.put_away": "Done. It counts as lying in reserve.",
    "put_away.title": "Put away",
    "put_away.link": "Put away",
    "put_away.nothing": "Nothing is left of this delivery, or no slots are known here.",
    "put_away.face": "Into its pick face {slot}",
    "put_away.reserve": "Into reserve {slot}",
    "put_away.free": "Into the free slot {slot}",
    "put_away.lies": "Lies in reserve {slot}",
    "put_away.nowhere": "Nowhere.",
    "put_away.done": "Lies there",
    "put_away.goes": "Goes to {slots}.",
    "put_away.no_place": "For {quantity} there is no place. {why}",
    "put_away.part": "{slot} ({quantity})",
}
