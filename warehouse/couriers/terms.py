"""What a warehouse promises its customers, how it delivers, and on what terms couriers work."""

from dataclasses import dataclass, field
from typing import Final

HALF_HOUR: Final = 30  # minutes
LONGEST_RIDE: Final = 180  # minutes: nobody promises more, so what rides longer is never in time


class ImpossibleTerms(ValueError):
    """Terms that contradict each other: which `term` (as promise.least_share), why, and what to do."""

    def __init__(self, term: str, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}. {remedy}")
        self.term, self.reason, self.remedy = term, reason, remedy


@dataclass(frozen=True)
class Promise:
    """`share` of a day's orders is at the customer's door within `minutes`, and at least `least_share` of those of any
    half hour."""

    minutes: int = 45
    share: float = 0.95
    least_share: float = 0.85

    def __post_init__(self) -> None:
        if not 0 < self.least_share <= self.share < 1:
            raise ImpossibleTerms(
                "promise.least_share",
                f"shares are above 0 and below 1, the least ({self.least_share:g}) not above the day's "
                f"({self.share:g})",
                "Lower it, or promise more of the day's orders",
            )
        if self.minutes < 1:
            raise ImpossibleTerms("promise.minutes", "a promise takes at least a minute", "Promise longer")


@dataclass(frozen=True)
class Delivery:
    """How an order gets to the customer. It is prepared in `preparation_minutes`, give or take
    `preparation_spread` (standard deviation); a courier loads for `loading_minutes`, takes up to `batch` orders along,
    rides at `speed_kmh` on ways `detour` times as long as the straight line within `radius_km`, and hands over in
    `handover_minutes`, give or take `handover_spread`. In rain rides take `rain_slower` times as long."""

    preparation_minutes: float = 8.0
    preparation_spread: float = 2.0
    loading_minutes: float = 1.0
    handover_minutes: float = 3.0
    handover_spread: float = 1.5
    batch: int = 3
    radius_km: float = 3.0
    detour: float = 1.3
    speed_kmh: float = 18.0
    rain_slower: float = 1.25

    def __post_init__(self) -> None:
        farthest = 60 * self.radius_km * self.detour * self.rain_slower / self.speed_kmh
        if farthest > LONGEST_RIDE:
            raise ImpossibleTerms(
                "delivery.radius_km",
                f"the ride to the edge of {self.radius_km:g} km takes {farthest:.0f} minutes in rain, at most "
                f"{LONGEST_RIDE} can be planned",
                "A smaller radius or a higher speed is needed",
            )


@dataclass(frozen=True)
class Employed:
    """Shifts of `shortest_hours` to `longest_hours`, paid `cost_per_hour`; who works `break_after_hours` or longer
    rests for `break_minutes` about the middle, which is not paid. At most `at_most` work at once."""

    shortest_hours: float = 4.0
    longest_hours: float = 8.0
    break_after_hours: float = 6.0
    break_minutes: int = 30
    cost_per_hour: float = 30.0
    at_most: int = 60

    def __post_init__(self) -> None:
        if not 0 < self.shortest_hours <= self.longest_hours:
            raise ImpossibleTerms(
                "employed.longest_hours",
                f"employed shifts take some hours, the shortest ({self.shortest_hours:g}) no more than the longest "
                f"({self.longest_hours:g})",
                "Make the longest longer, or the shortest shorter",
            )
        if self.break_half_hours >= 2 * max(self.shortest_hours, self.break_after_hours):
            raise ImpossibleTerms(
                "employed.break_minutes",
                f"a break ({self.break_minutes} minutes) is shorter than the shortest shift that has one",
                "Shorten it, or let only longer shifts have one",
            )

    @property
    def break_half_hours(self) -> int:
        """Half hours of a break, a begun one whole."""
        return -(-self.break_minutes // HALF_HOUR)


@dataclass(frozen=True)
class Crowd:
    """Couriers asked for by the half hour, paid where they turn up: `cost_per_hour`, in the hours of `dear_hours` and
    in rain times their factors. `pool` are asked, of whom `acceptance` say yes (in rain times `rain_acceptance`);
    `reliability` is the share of those who said yes and turn up."""

    cost_per_hour: float = 45.0
    dear_hours: tuple[int, ...] = ()
    dear_factor: float = 1.3
    rain_factor: float = 1.4
    pool: int = 20
    acceptance: float = 0.5
    rain_acceptance: float = 0.6
    reliability: float = 0.9


@dataclass(frozen=True)
class CourierTerms:
    """All of a warehouse's terms of delivering."""

    promise: Promise = field(default_factory=Promise)
    delivery: Delivery = field(default_factory=Delivery)
    employed: Employed = field(default_factory=Employed)
    crowd: Crowd = field(default_factory=Crowd)

    def __post_init__(self) -> None:
        if self.promise.minutes <= self.delivery.preparation_minutes:
            raise ImpossibleTerms(
                "promise.minutes",
                f"a promise of {self.promise.minutes} minutes leaves none to ride in after "
                f"{self.delivery.preparation_minutes:g} of preparation",
                "Promise longer, or prepare faster",
            )
