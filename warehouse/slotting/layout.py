"""Which slot each product should lie in, from how often it is picked and what keeps it fresh."""

import pandas as pd

from warehouse.slotting.suggestion import SlotSuggestion


def suggest_slots(products: pd.DataFrame, slots: pd.DataFrame) -> tuple[SlotSuggestion, ...]:
    """A suggestion for every product of one warehouse, in the order of the frame.

    products  product_id, band, lines_per_day (forecast order lines), space_l (volume of the peak stock; NaN:
              not known, fits everywhere)
    slots     slot_id, zone_id, band (the zone's), distance_m (from the packing bench), volume_l (NaN: not
              known, holds everything), product_id (what lies there now, or None)

    Raises ValueError for a missing column, or a product or slot that is named twice.
    """
    raise NotImplementedError
