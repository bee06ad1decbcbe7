"""The labels and short sentences of the service level's page."""

from collections.abc import Mapping

SERVICE_WORDS: Mapping[str, str] = {
    "service.title": "Service level",
    "service.means": "What a unit costs beyond its margin if it runs out, and beyond its price if it is thrown away, "
    "in the warehouse's currency. A floor on the fill rate is met whatever it earns, as far as suppliers can deliver; "
    "the plan says what it costs. What is to lie on display is bought even if nobody wants it. Customers, or pickers, "
    "who take the freshest leave what is older to expire. Empty: as for all categories, or no floor.",
    "service.all": "All categories",
    "service.all_means": "where a category has none of its own; the floor is of the whole plan",
    "service.goodwill": "Goodwill, per unit short",
    "service.disposal": "Disposal, per unit wasted",
    "service.floor": "Fill rate at least, %",
    "service.display": "On display at least, units",
    "service.freshest": "Taken freshest first, %",
    "service.none": "no floor",
    "service.set": "Set",
    "service.set_by": "{by}, {at}",
    "service.save": "Save",
    "service.terms": "category terms",
    "said.service_level_set": "Saved. Plans that are made from now on count on it.",
}
