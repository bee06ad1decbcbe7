"""How much of each lot of a transfer left, or was accepted: what is asked for checked against what there can be."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from data.tables import TransferLotRow
from flows.errors import Invalid
from flows.stock.changing_lots import require_quantity

Quantities = Mapping[str, Decimal]


def by_lot(asked: Sequence[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """The same by lot. Raises Invalid for a lot that comes twice: nobody can tell which of the two is meant."""
    quantities = dict(asked)
    if len(quantities) < len(asked):
        raise Invalid("A lot comes twice. Name each once, with how much of it in all.", field="lots.lot_id")
    return quantities


def of_lots(lots: Sequence[TransferLotRow], most: Quantities, asked: Quantities | None) -> dict[str, Decimal]:
    """The quantity by lot, in the order of the lots: all there can be where nothing is asked, none of those that are
    not named. Raises Invalid for more than there can be, and for a lot that is not among them."""
    if asked is None:
        return dict(most)
    if others := sorted(asked.keys() - most.keys()):
        raise Invalid(
            "Lot {lot_id!r} is not in this transfer, which is of {named}.",
            lot_id=others[0],
            named=[lot.lot_id for lot in lots],
            field="lots.lot_id",
        )
    for lot_id, quantity in asked.items():
        require_quantity(quantity, "lots.quantity", above_zero=False)
        if quantity > most[lot_id]:
            raise Invalid(
                "Of lot {lot_id} there can be {most:f} at most, not {quantity:f}.",
                lot_id=lot_id,
                most=most[lot_id].normalize(),
                quantity=quantity.normalize(),
                field="lots.quantity",
            )
    return {lot_id: asked.get(lot_id, Decimal(0)) for lot_id in most}


def reason(because: str | None) -> str | None:
    """What was said, None where it says nothing."""
    return None if because is None else because.strip() or None
