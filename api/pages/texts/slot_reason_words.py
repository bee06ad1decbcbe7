"""The sentences about why a product should lie in a slot, and why a move is worth making."""

from collections.abc import Mapping

SLOT_REASON_WORDS: Mapping[str, str] = {
    "band.leaf": "leaf vegetables (1–4 °C, humid)",
    "band.chilled": "chilled (0–4 °C)",
    "band.tropical": "tropical (10–13 °C)",
    "band.ambient": "ambient (10–25 °C)",
    "band.frozen": "frozen (−18 °C)",
    "slot.ranked_in_band": "No. {rank} of {products} products in the band {band}: {lines} lines a day.",
    "slot.nearest_that_fits": "The nearest slot that fits, {metres} from the bench.",
    "slot.nearest_that_fits_space": "The nearest slot that fits, {metres} from the bench ({space} of {volume} litres "
    "needed).",
    "slot.suits_tours": "Tours ({routing}) are shortest so: {metres} from the bench.",
    "slot.suits_tours_space": "Tours ({routing}) are shortest so: {metres} from the bench ({space} of {volume} litres "
    "needed).",
    "slot.one_of_several": "Slot {number} of {slots}: one alone does not take its peak stock.",
    "slot.stays": "It is already there.",
    "slot.no_slot_in_band": "No zone here is in the band {band}.",
    "slot.no_fit_humidity": "No zone of the band {band} keeps the humidity that it needs.",
    "slot.no_pick_face": "All slots in the band {band} hold reserve.",
    "slot.no_slot_strong_enough": "Weighs {peak} kg; the strongest slot bears {strongest}.",
    "slot.kept_apart": "Empty slots that suit it otherwise: {slots}; beside them lies what it must be kept apart from "
    "(ethylene, odour, allergens, or raw meat).",
    "slot.no_slot_large_enough": "Needs {space} litres; the largest slot has {largest}.",
    "slot.band_full": "All {slots} slots in the band {band} are taken by products picked more often.",
    "slot.zone_in_alarm": "Temperature alarm in {zones}: nothing is moved in until it is over.",
    "slot.slots_unusable": "Slots that cannot be used: {slots}.",
    "slot.refused": "Slots into which moving it was refused: {slots}.",
    "harm.raw_meat": "Raw meat must lie beneath all else: it does not here.",
    "harm.allergens": "Lies beside goods of other allergens.",
    "harm.ethylene": "Lies beside what it must be kept apart from: ethylene.",
    "harm.odour": "Lies beside what it must be kept apart from: one takes on the smell of the other.",
    "harm.other": "Lies beside what it must be kept apart from.",
    "move.saves_walking": "Saves {metres} of walking a day; pays off after {days} days.",
    "move.wrong_band": "Belongs in the band {band}, but is in {zone_band}.",
    "move.too_small": "Needs {space} litres, its slot has {volume}.",
    "move.wrong_humidity": "Its zone is too dry or too damp for it.",
    "move.too_heavy": "Weighs {peak} kg; its slot bears {bears}.",
    "move.not_picked_from": "Its slot holds reserve: orders are not picked from it.",
    "move.has_no_slot": "Has no slot yet.",
    "move.slot_unusable": "Its slot cannot be used: {because}.",
    "move.makes_room": "Makes room for {product}.",
}
