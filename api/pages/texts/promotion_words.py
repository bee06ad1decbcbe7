"""The labels and short sentences of what promotions did, and the verdict on one."""

from collections.abc import Mapping

PROMOTION_WORDS: Mapping[str, str] = {
    "promotions.title": "What promotions did",
    "promotions.open": "What promotions did",
    "promotions.of_product": "What its promotions did",
    "promotions.promotion": "Promotion",
    "promotions.verdict": "Verdict",
    "promotions.value": "Value",
    "promotions.between": "95% interval",
    "promotions.range": "{low} to {high}",
    "promotions.price": "{percent}% off",
    "promotions.full_price": "full price, announced",
    "promotions.warehouses": "{n} warehouse|{n} warehouses",
    "promotions.by_warehouse": "By warehouse",
    "promotions.means": "Those that lost most come first; a promotion is told a week after it ended. What it earned is "
    "what its sales earned at its price, less what would have been earned without it, what was bought ahead, what "
    "siblings (products of its subcategory) lost and what was thrown away beyond the usual.",
    "promotions.how": "What would have sold is worked out from the product's days without a promotion, four weeks "
    "before and a fortnight after, and from what the rest of its category sold on the same days.",
    "promotions.none": "No promotion that ended in these weeks has been reviewed.",
    "promotions.every": "The {n} that lost most; show all {all}",
    "promotions.lacking": "{n} warehouse is not added up to the last day yet: {names}.|{n} warehouses are not added up "
    "to the last day yet: {names}.",
    "promotions.not_known": "In {n} warehouse nobody knows what would have sold: too few days without a promotion are "
    "known. It is left out.|In {n} warehouses nobody knows what would have sold: too few days without a promotion are "
    "known. They are left out.",
    "promotions.so_far": "{n} day after it is known so far, or lies before the next promotion.|{n} days after it are "
    "known so far, or lie before the next promotion.",
    "promotions.more": "Demand changed by {real} against the usual, more than the {planned} planned.",
    "promotions.as_planned": "Demand changed by {real} against the usual, as planned ({planned}) within chance.",
    "promotions.less": "Demand changed by {real} against the usual, less than the {planned} planned.",
    "promotions.no_plan": "Demand changed by {real} against the usual; what was planned is not known.",
    "promotions.no_uplift": "Too little is known of what would have sold.",
    "promotions.earned": "It earned {money}.",
    "promotions.lost": "It lost {money}.",
    "promotions.open_money": "Whether it earned money cannot be told: it lies between {low} and {high}.",
    "promotions.no_money": "What it earned is not known.",
    "promotion_figure.planned_uplift": "Planned uplift",
    "promotion_figure.uplift": "Real uplift",
    "promotion_figure.demand": "Demand",
    "promotion_figure.usual": "Would have sold",
    "promotion_figure.added": "Added",
    "promotion_figure.ran_out": "Ran out",
    "promotion_figure.ahead": "Bought ahead",
    "promotion_figure.siblings": "Siblings sold less",
    "promotion_figure.wasted": "Waste after it",
    "promotion_figure.earned": "Earned",
    "promotion_figure.more_margin": "Margin over the usual",
    "promotion_figure.ahead_money": "Margin of what was bought ahead",
    "promotion_figure.sibling_money": "Margin that siblings lost",
    "promotion_figure.waste_money": "Waste beyond the usual",
}
