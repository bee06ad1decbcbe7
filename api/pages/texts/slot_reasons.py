"""What the reason codes of slots and moves mean, in sentences with units."""

from collections.abc import Callable, Iterable, Mapping

from api.pages.texts.formats import metres, number
from api.pages.texts.reasons import Names, Values, in_sentences
from api.pages.texts.words import WORDS, say
from warehouse.slotting.suggestion import MoveReason, SlotReason


def _band(values: Values, key: str = "band") -> str:
    name = f"band.{values[key]}"
    return say(name) if name in WORDS else str(values[key])


def _place(name: str) -> Callable[[Values, Names], str]:
    """Where it should lie, and the space there, where that is known."""

    def words(values: Values, _: Names) -> str:
        said = {"metres": metres(values["distance_m"]), "routing": values.get("routing", "")}
        if values.get("space_l") is None or values.get("volume_l") is None:
            return say(name, **said)
        return say(f"{name}_space", **said, space=number(values["space_l"]), volume=number(values["volume_l"]))

    return words


def _zones(reason: Values, names: Names) -> str:
    return say("mark.listed").join(names.get(zone_id, zone_id) for zone_id in str(reason["zone_ids"]).split(", "))


def _harm(values: Values) -> str:
    name = f"harm.{values.get('harm', 'other')}"
    return say(name if name in WORDS else "harm.other")


SLOT: Mapping[str, Callable[[Values, Names], str]] = {
    SlotReason.RANKED_IN_BAND: lambda v, n: say(
        "slot.ranked_in_band",
        rank=number(v["rank"]),
        products=number(v["products"]),
        band=_band(v),
        lines=number(v["lines_per_day"], 1),
    ),
    SlotReason.NEAREST_THAT_FITS: _place("slot.nearest_that_fits"),
    SlotReason.SUITS_TOURS: _place("slot.suits_tours"),
    SlotReason.ONE_OF_SEVERAL: lambda v, n: say(
        "slot.one_of_several", number=number(v["number"]), slots=number(v["slots"])
    ),
    SlotReason.STAYS: lambda v, n: say("slot.stays"),
    SlotReason.NO_SLOT_IN_BAND: lambda v, n: say("slot.no_slot_in_band", band=_band(v)),
    SlotReason.NO_FIT_HUMIDITY: lambda v, n: say("slot.no_fit_humidity", band=_band(v)),
    SlotReason.NO_PICK_FACE: lambda v, n: say("slot.no_pick_face", band=_band(v)),
    SlotReason.NO_SLOT_STRONG_ENOUGH: lambda v, n: say(
        "slot.no_slot_strong_enough", peak=number(v["peak_kg"]), strongest=number(v["strongest_kg"])
    ),
    SlotReason.KEPT_APART: lambda v, n: say("slot.kept_apart", slots=number(v["slots"])),
    SlotReason.NO_SLOT_LARGE_ENOUGH: lambda v, n: say(
        "slot.no_slot_large_enough", space=number(v["space_l"]), largest=number(v["largest_l"])
    ),
    SlotReason.BAND_FULL: lambda v, n: say("slot.band_full", slots=number(v["slots"]), band=_band(v)),
    SlotReason.ZONE_IN_ALARM: lambda v, n: say("slot.zone_in_alarm", zones=_zones(v, n)),
    SlotReason.SLOTS_UNUSABLE: lambda v, n: say("slot.slots_unusable", slots=number(v["slots"])),
    SlotReason.REFUSED: lambda v, n: say("slot.refused", slots=number(v["slots"])),
}

MOVE: Mapping[str, Callable[[Values, Names], str]] = {
    MoveReason.SAVES_WALKING: lambda v, n: say(
        "move.saves_walking", metres=metres(v["metres_per_day"]), days=number(v["repaid_after_days"], 1)
    ),
    MoveReason.WRONG_BAND: lambda v, n: say("move.wrong_band", band=_band(v), zone_band=_band(v, "zone_band")),
    MoveReason.TOO_SMALL: lambda v, n: say("move.too_small", space=number(v["space_l"]), volume=number(v["volume_l"])),
    MoveReason.WRONG_HUMIDITY: lambda v, n: say("move.wrong_humidity"),
    MoveReason.TOO_HEAVY: lambda v, n: say(
        "move.too_heavy", peak=number(v["peak_kg"]), bears=number(v["max_weight_kg"])
    ),
    MoveReason.NOT_PICKED_FROM: lambda v, n: say("move.not_picked_from"),
    MoveReason.BAD_NEIGHBOUR: lambda v, n: _harm(v),
    MoveReason.HAS_NO_SLOT: lambda v, n: say("move.has_no_slot"),
    MoveReason.SLOT_UNUSABLE: lambda v, n: say("move.slot_unusable", because=v["because"]),
    MoveReason.MAKES_ROOM: lambda v, n: say("move.makes_room", product=n.get(str(v["for_product"]), v["for_product"])),
}


def slot_sentences(reasons: Iterable[Values], names: Names) -> list[str]:
    """Why a product should lie in the suggested slot, one sentence each."""
    return in_sentences(reasons, SLOT, names)


def move_sentences(reasons: Iterable[Values], names: Names) -> list[str]:
    """Why a move is worth making, one sentence each."""
    return in_sentences(reasons, MOVE, names)
