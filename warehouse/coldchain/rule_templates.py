"""A rule set to begin with for each class of goods, by the band of the zone in which they lie. It is offered, never
applied by itself: somebody tries it on the zone's past and keeps it.

Only what the class asks for is said; the rest is as usual. Limits are the zone's own. Sources: the bands and their
humidity are common practice; freezing and chilling by USDA Agriculture Handbook 66 (lettuce freezes at -0.2 C, tropical
fruit is harmed below its band); frozen food by Council Directive 89/108/EEC (-18 C, for a while up to 3 C warmer, 6 C
in cabinets); margin and hold of chilled and frozen rooms as measured on a recorded cold store (docs/coldchain.md).
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from warehouse.coldchain.rules import Rules

LEAF = Rules(
    floor_c=-0.2,  # leaves freeze
    recovery_margin_c=0.5,
    humid_percent=98.0,
    dry_percent=90.0,  # leaves wilt
)
CHILLED = Rules(
    recovery_margin_c=1.0,
    recovered_for=timedelta(hours=2),
    back_inside_for=timedelta(hours=6),
    outside_at_most=None,
)
FROZEN = Rules(
    ceiling_c=-12.0,
    recovery_margin_c=1.0,
    recovered_for=timedelta(hours=2),
    back_inside_for=timedelta(hours=6),
    outside_at_most=None,
)
TROPICAL = Rules(
    recovery_margin_c=0.5,
    outside_at_most=timedelta(hours=1),  # harm by cold adds up
)
AMBIENT = Rules(
    high_delay=timedelta(hours=2),  # nothing spoils within an hour
    low_delay=timedelta(hours=2),
    recovery_margin_c=1.0,
    door_open_for=None,
)
TEMPLATES: Mapping[str, Rules] = MappingProxyType(
    {"leaf": LEAF, "chilled": CHILLED, "frozen": FROZEN, "tropical": TROPICAL, "ambient": AMBIENT}
)
