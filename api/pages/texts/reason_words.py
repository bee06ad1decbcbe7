"""The sentences and short notes about a plan line: how its quantity came about, and what sets it apart."""

from collections.abc import Mapping

REASON_WORDS: Mapping[str, str] = {
    "because.covers": "Must last for {n} day, until {until}.|Must last for {n} days, until {until}.",
    "because.judged": "{by} expects {quantity} a day until {until}: {because}.",
    "because.preordered": "Customers have ordered {quantity} ahead for the days until {until}: no less is planned, "
    "whatever the waste.",
    "because.carried_here": "{quantity} come from {warehouse}, where they would expire, and count as under way.",
    "because.carried_away": "{quantity} that would expire here go to {warehouse}.",
    "because.needs": "{quantity} balances running out against waste, before pack size, minimum and rejects.",
    "because.enough_in_stock": "Nothing to buy: {stock} in stock and {on_order} on order are enough.",
    "because.expires": "{quantity} of the stock will expire unsold{first}{part}.",
    "because.expires.first": " (the first on {day})",
    "because.expires.part": ", {quantity} of it before this delivery",
    "because.less_than": "Less than {quantity}",
    "because.life_lost": "{quantity} lost {days} days on the excursion of {day}: {change}.",
    "because.life_lost.same": "the order stays the same",
    "because.life_lost.packs": "{sign}{n} pack of {size}|{sign}{n} packs of {size}",
    "because.life_lost.quantity": "{sign}{quantity}",
    "because.passes": "{share} of what this supplier delivers passes inspection.",
    "because.passes_and_lost": "{share} of what this supplier delivers passes inspection; {lost} of what is received "
    "is rejected before dispatch or complained about.",
    "because.grossed_up": "Raised from {before} to {after}: {passes}",
    "because.for_display": "Raised from {before} to {after} so that {least} lie on display in the evening of {day}.",
    "because.for_display_and_waste": "Raised from {before} to {after} so that {least} lie on display in the evening of "
    "{day}: {gone} more will be thrown away.",
    "because.rounded_up": "Rounded up from {before} to {after}: packs of {pack}.",
    "because.rounded_down": "Rounded down from {before} to {after}: packs of {pack}.",
    "because.whole_packs": "Whole packs of {pack}.",
    "because.raised_to_minimum": "Raised from {before} to {after}: the supplier's minimum is {minimum}.",
    "because.raised_to_order_minimum": "Raised from {before} to {after}, so that the supplier's whole order reaches "
    "its minimum of {minimum}.",
    "because.below_order_minimum": "{supplier} would be the best choice, but its whole order would be {packs} packs "
    "for {value}, below its minimum of {minimum}.",
    "because.minimum_packs": "{packs} packs",
    "because.minimum_both": "{packs} packs and {value}",
    "because.cut_by_limits": "Cut from {before} to {after}, accepted, by the plan's budget or caps, or by what "
    "deliveries cost.",
    "because.chosen_under_terms": "Another supplier than this product alone would have: farms were chosen together, "
    "under what they ask for whole orders and the plan's limits.",
    "because.reaches_price_tier": "Raised from {before} to {after}: from there on every unit costs only {price}.",
    "because.raised_for_floor": "Raised from {before} to {after} so that {floor} of demand is met: {avoided} less will "
    "be short, which is expected to cost {cost}.",
    "because.not_worth_the_waste": "Nothing to buy: {needs} would be needed, but the waste would cost more than the "
    "sales earn.",
    "because.not_worth_the_waste_of": "Nothing to buy: {needs} would be needed, but the waste from the smallest order, "
    "{smallest}, would cost more than the sales earn.",
    "because.best_of_offers": "The best of {offers} offers for that day by price, pack size and rejects{prices}.",
    "because.best_of_offers.lowest": " (lowest price: {price})",
    "because.chosen_together": "The suppliers have too little for all warehouses. Who takes from whom was chosen for "
    "all of them together, which is expected to earn {gained} more than if each took its best offer and a share of it.",
    "because.rest_from_another_supplier": "Line {line} of this product: {supplier} cannot deliver all of it.",
    "because.beside_another_supplier": "Line {line} of this product: it helps where {supplier} has no more, or brings "
    "less than was ordered, as well.",
    "because.asked_ahead_some": "A later delivery, for which this supplier must be asked now: quicker ones, which "
    "can be asked later, are expected to bring {quantity} of it, and this is for what they may leave lacking.",
    "because.asked_ahead_none": "A later delivery, for which this supplier must be asked now: no quicker one is "
    "expected to bring anything then.",
    "because.capped_by_capacity": "Capped at {share}: all warehouses together asked for {asked}, the supplier can "
    "deliver {capacity} a day.",
    "because.no_offer": "{needs} would be needed, but no supplier offers this product.",
    "because.no_delivery_that_day": "{needs} would be needed, but no supplier delivers that day.",
    "because.next_delivery_later": "{needs} would be needed, but no supplier delivers that day; the next delivery is "
    "possible on {day}.",
    "because.ordered_too_late": "{needs} would be needed, but it is too late to order: the quickest supplier needs "
    "{days} days.",
    "because.can_wait": "{needs} would be needed; the same delivery can be ordered until {until}, when more is known.",
    "because.declined": "{needs} would be needed, but {supplier} brings no more of it that day.",
    "because.price_above_list": "Costs {cost}, sells for {price}: every unit sold would lose money.",
    "because.price_assumed": "No selling price is known; {price} was assumed from the usual markup.",
    "because.shelf_life_unknown": "No shelf life is known: treated as if it did not expire.",
    "because.no_forecast": "There is no forecast for this product, so no quantity can be suggested.",
    "because.beyond_what_was_seen": "More than demand has shown: enough {times}, but demand above what suffices {seen} "
    "has not been seen here in the last eight weeks.",
    "because.beyond_never_seen": "More than demand has shown: enough {times}, but the product was not in stock all day "
    "on any day of the last eight weeks.",
    "because.added_by_buyer": "Added by {by}: nothing is forecast for it.",
    "because.forecast_extended": "The forecast does not reach far enough: {days} more days were taken from the same "
    "weekday of the week before.",
    "because.sold_until": "Sold until {day}: nothing is bought for later days.",
    "because.no_sales_lately": "No sales for {days} days, the last on {last}: delisted, or sold out? It is still "
    "bought.",
    "because.no_sales_lately_fading": "No sales for {days} days, the last on {last}: delisted, or sold out? As it sold "
    "before, it still sells with a probability of {probability}: the forecast counts it for so much.",
    "because.taken_as_delisted": "No sales for {days} days, the last on {last}: delisted, or only sold out? Nothing is "
    "bought unless you order it by hand.",
    "because.zeros_may_be_stock_outs": "Sales have been 0 for {days} days, the last on {last}: sold out, or no longer "
    "wanted? Without availability data, zero sales count as no demand.",
    "because.sold_again": "Sold again on {day}, after {days} days without a sale: the forecast was made before and "
    "counts it with a probability of {probability}. Make forecasts anew, or order it by hand.",
    "because.closed_day": "Closed on {day}, {name}: nothing is forecast for that day.",
    "because.delivered_on_closed_day": "The delivery comes on {day}, when the warehouse is closed ({name}): see that "
    "somebody receives it, or ask for another delivery date.",
    "because.bulk_order_left_out": "{quantity} were sold on {day}, out of all proportion: the forecast leaves that day "
    "out. If it is to come again, order it by hand.",
    "because.ended": "Ended: no sales for {days} days, the last on {last}. Nothing is bought unless you order it by "
    "hand; it is forecast again as soon as it sells.",
    # what a line of the table says beside its numbers
    "note.covers": "for {n} day|for {n} days",
    "note.judged": "a buyer's own figure",
    "note.preordered": "ordered ahead",
    "note.carried_here": "some comes from another warehouse",
    "note.carried_away": "some goes to another warehouse",
    "note.enough_in_stock": "enough in stock",
    "note.stock_expires_before_use": "stock expires unsold",
    "note.life_lost": "stock was too warm",
    "note.raised_to_minimum": "raised to minimum",
    "note.raised_to_order_minimum": "raised to order minimum",
    "note.below_order_minimum": "below order minimum",
    "note.cut_by_limits": "cut by limits",
    "note.chosen_under_terms": "chosen with other products",
    "note.reaches_price_tier": "raised to a cheaper price",
    "note.raised_for_floor": "raised to meet demand",
    "note.raised_for_display": "raised for display",
    "note.not_worth_the_waste": "not worth the waste",
    "note.chosen_together": "chosen with other warehouses",
    "note.rest_from_another_supplier": "rest of a split order",
    "note.beside_another_supplier": "second supplier",
    "note.asked_ahead": "asked for ahead",
    "note.capped_by_capacity": "supplier at capacity",
    "note.no_offer": "no supplier offers it",
    "note.no_delivery_that_day": "no delivery that day",
    "note.ordered_too_late": "too late to order",
    "note.can_wait": "can be ordered later",
    "note.declined": "supplier brings no more",
    "note.price_above_list": "costs more than it sells for",
    "note.price_assumed": "selling price assumed",
    "note.shelf_life_unknown": "shelf life unknown",
    "note.no_forecast": "no forecast",
    "note.beyond_what_was_seen": "more than was ever seen",
    "note.added_by_buyer": "added",
    "note.forecast_extended": "forecast extended",
    "note.sold_until": "last days on sale",
    "note.no_sales_lately": "no sales lately: delisted?",
    "note.taken_as_delisted": "no sales for long: delisted?",
    "note.zeros_may_be_stock_outs": "zeros may be stock-outs",
    "note.sold_again": "sold again",
    "note.closed_day": "closed day",
    "note.delivered_on_closed_day": "comes on a closed day",
    "note.bulk_order_left_out": "bulk order left out",
    "note.ended": "ended: not bought",
}
