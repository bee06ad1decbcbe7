"""The labels and short sentences of the couriers' pages."""

from collections.abc import Mapping

COURIER_WORDS: Mapping[str, str] = {
    "nav.couriers": "Couriers",
    "couriers.title": "Couriers, {name}",
    "couriers.day": "Day",
    "couriers.none": "No couriers are planned yet. They are with the night's run, after the forecast of orders.",
    "couriers.coming": "Couriers are being planned now, so far those of {n} of {all} warehouses.",
    "couriers.coming_here": "Couriers are being planned now; those of this warehouse are not yet.",
    "couriers.promise": "{share} of the day's orders are expected within {minutes} minutes; {asked} are promised. "
    "The shifts and the crowd cost {cost}.",
    "couriers.held": "Couriers are short: {minutes} minutes can be promised.",
    "couriers.held_none": "Couriers are short: not even three hours can be promised.",
    "couriers.rain": "It rains: rides are slower, and fewer of the crowd come.",
    "couriers.rains": "rain",
    "couriers.shifts": "Shifts",
    "couriers.planned": "Planned {at}",
    "couriers.csv": "As a file for the shift system (CSV)",
    "couriers.begins": "Begins",
    "couriers.ends": "Ends",
    "couriers.break": "Break",
    "couriers.count": "Couriers",
    "couriers.in_time": "In time",
    "couriers.minutes": "Promised minutes",
    "couriers.most": "Most at once",
    "couriers.cost": "Cost",
    "couriers.employed": "employed",
    "couriers.crowd": "crowd",
    "couriers.needed": "needed",
    "couriers.axis_orders": "orders",
    "couriers.axis_couriers": "couriers",
    "couriers.axis_late": "too late",
    "couriers.tip": "{at}: {orders} orders expected; {needed} couriers needed, {employed} employed and {crowd} of the "
    "crowd; {share} in time",
    "couriers.chart_orders": "Orders expected by half hour, with what they stay between 8 times in 10",
    "couriers.chart_couriers": "Couriers by half hour, employed and asked of the crowd, against those needed",
    "couriers.chart_late": "The share of orders that comes too late by half hour; a broken line shows what may",
}
