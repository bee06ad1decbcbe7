"""Where nothing may be carried, whatever band and room say: slots that cannot be used, zones whose temperature is in
alarm, and what staff have refused to carry where.

A slot that cannot be used is emptied first. What lies in a zone in alarm stays there: the alarm is for whoever mends
the cooler, and carrying goods out and back would be twice the work.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Barred:
    """unusable  why a slot cannot be used, by slot_id
    in_alarm  zone_ids
    refused   (product_id, slot_id): staff would not carry that product into that slot
    busy      slot_ids that nothing is carried from or into in this shift: orders are picked from them, or a lot that
              expires today lies there"""

    unusable: Mapping[str, str] = field(default_factory=dict)
    in_alarm: AbstractSet[str] = frozenset()
    refused: AbstractSet[tuple[str, str]] = frozenset()
    busy: AbstractSet[str] = frozenset()


NOTHING_BARRED = Barred()
