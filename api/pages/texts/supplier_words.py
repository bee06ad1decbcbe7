"""The labels and short sentences of suppliers' scorecards, and of the sheet that a farm is shown."""

from collections.abc import Mapping

SUPPLIER_WORDS: Mapping[str, str] = {
    "suppliers.title": "Suppliers' scorecards",
    "suppliers.open": "How suppliers delivered",
    "suppliers.supplier": "Supplier",
    "suppliers.rank": "Rank",
    "suppliers.4weeks": "Four weeks",
    "suppliers.13weeks": "Thirteen weeks",
    "suppliers.change": "Change, 95% interval",
    "suppliers.between": "{low} to {high} points",
    "suppliers.every": "The {n} that cost most; show all {all}",
    "suppliers.lacking": "{n} warehouse is not added up to the last of these days yet, and only in part in these "
    "figures: {names}.|{n} warehouses are not added up to the last of these days yet, and only in part in these "
    "figures: {names}.",
    "suppliers.means": "Those that cost most first; rank 1 cost least for what it was paid. An arrow stands where a "
    "figure changed from as many weeks before by more than chance. A supplier's name leads to all its figures.",
    "suppliers.ranked": "Rank {rank} of {of}: 1 cost least for what it was paid.",
    "suppliers.costs": "What it cost is what ran out because of it, and what was rejected of it.",
    "suppliers.open_sheet": "Sheet to show it",
    "suppliers.sheet": "How your deliveries to us went over {weeks} weeks, beside as many weeks before.",
    "suppliers.how": "Order lines count by the day on which they were due. On time: what came of a line was all there "
    "that day. In full: all that we ordered and did not call off came. Never came, declined and late are shares of the "
    "units ordered. Accepted: of the units inspected. An arrow stands where a figure changed by more than "
    "chance, at 95% confidence.",
    "supplier_figure.cost": "Cost us",
    "supplier_figure.cost_share": "Of what it was paid",
    "supplier_figure.on_time": "On time",
    "supplier_figure.in_full": "In full",
    "supplier_figure.on_time_in_full": "On time and in full",
    "supplier_figure.missing": "Never came",
    "supplier_figure.declined": "Declined beforehand",
    "supplier_figure.late": "Came late",
    "supplier_figure.accepted_origin": "Accepted at the farm",
    "supplier_figure.accepted_receipt": "Accepted at receipt",
    "supplier_figure.accepted_dispatch": "Accepted before dispatch",
    "supplier_figure.complained": "Complained about by customers",
    "supplier_figure.yield_mean": "Yield at receipt, mean",
    "supplier_figure.yield_spread": "Yield at receipt, spread",
    "supplier_figure.life_left": "Shelf life left at receipt",
    "supplier_figure.price_over_tier": "Paid above the tier ordered",
    "supplier_figure.price_over_best": "Paid above the best tier",
    "supplier_figure.bought_money": "Bought",
    "supplier_figure.missing_money": "Cost of what never came",
    "supplier_figure.late_money": "Cost of what came late",
    "supplier_figure.rejected_money": "Cost of what was rejected",
    "supplier_figure.missing_percent_money": "Each percent that never came cost",
    "supplier_figure.late_percent_money": "Each percent that came late cost",
    "supplier_figure.rejected_percent_money": "Each percent that was rejected cost",
}
