"""Where sensors hung at a moment, and which limits and rules held there then.

What a sensor says is judged by where it hung when it said so: one that was carried into another zone ends nothing in
the zone that it left, and one that was retired is judged no more. A gateway sends for the same sensors again and again:
what many are judged by is worked out anew only where something of it has changed.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.among import among
from data.frames.judged_by import judged_by_in_words
from data.tables import SensorPlaceRow, SensorRow, ZoneRow
from flows.coldchain.rules.kept_limits import limits_of_zones
from flows.coldchain.rules.kept_rules import RulesSince, rules_of_zones
from flows.coldchain.sensors.sensors import Place
from warehouse.coldchain.alarms import AlarmKind, Event, Excursion, SensorState
from warehouse.coldchain.excursions import remembered_for
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.many_readings import Series, watch_few, watch_series
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules

USUAL = Rules()
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
MANY = 50  # sensors: of fewer it is worked out as fast as it is compared
GATEWAYS = 64  # of which it is remembered


@dataclass(frozen=True)
class Stay:
    """From `since` on a sensor hung in `place` (None: it is retired), whose limits are these and its rules so."""

    since: datetime
    place: Place | None
    limits: Sequence[Limit]
    rules: Rules


@dataclass(frozen=True)
class SensorPlaces:
    """What a sensor is judged by over time: the stays in the order of their times, the first since ever."""

    stays: Sequence[Stay]

    def at(self, moment: datetime) -> Stay:
        """What holds at a moment."""
        if len(self.stays) == 1:
            return self.stays[0]
        return self.stays[bisect_right(self.stays, moment, key=lambda stay: stay.since) - 1]

    @property
    def memory(self) -> timedelta:
        """For how long what a sensor said may count in what is judged later."""
        return max(remembered_for(stay.rules) for stay in self.stays)

    def watch(self, state: SensorState, readings: Sequence[Reading]) -> tuple[SensorState, list[Event]]:
        """The engine's steps for a few readings, by what held where the sensor hung then."""
        happened: list[Event] = []
        for stay, own in self._by_stay(readings):
            if stay.place is not None:
                state, events = watch_few(self._taken_along(state, stay), own, stay.limits, stay.rules)
                happened += events
        return state, happened

    def _by_stay(self, readings: Sequence[Reading]) -> Iterable[tuple[Stay, Sequence[Reading]]]:
        if len(self.stays) == 1:
            return [(self.stays[0], readings)]
        with_stays = [(self.at(one.taken_at), one) for one in readings]
        runs = groupby(with_stays, key=lambda pair: pair[0].since)
        return [(of_it[0][0], [one for _, one in of_it]) for of_it in (list(run) for _, run in runs)]

    def watch_many(
        self, state: SensorState, readings: Series, left: list[Excursion] | None = None
    ) -> tuple[SensorState, list[Event]]:
        """The same for many readings of the sensor, in the order of their times. The excursions that it was in when it
        was carried elsewhere are put into `left`."""
        happened: list[Event] = []
        starts = [readings.number_before(stay.since) for stay in self.stays]
        for stay, start, end in zip(self.stays, starts, [*starts[1:], len(readings)], strict=True):
            if start == end or stay.place is None:
                continue
            before, state = state, self._taken_along(state, stay)
            if left is not None and before.excursion is not None and state.excursion is None:
                left.append(before.excursion)
            state, events = watch_series(state, readings[start:end], stay.limits, stay.rules)
            happened += events
        return state, happened

    def _taken_along(self, state: SensorState, stay: Stay) -> SensorState:
        """What is remembered of a sensor, which was carried here: nothing of where it hung before but its silence."""
        if len(self.stays) == 1 or state.last_taken_at is None:
            return state
        if self.at(state.last_taken_at).place == stay.place:
            return state
        silence = tuple(one for one in state.also if one.kind is AlarmKind.SILENT)
        fresh = SensorState(state.sensor_id, state.last_taken_at, state.last_c)
        return replace(fresh, ahead=state.ahead, also=silence)


Places = Mapping[str, SensorPlaces]
_worked_out: dict[tuple[frozenset[str], Rules], tuple[Sequence[str | None], Places]] = {}


def places_over_time(session: Session, sensor_ids: Iterable[str], usual: Rules = USUAL) -> Places:
    """What the sensors are judged by over time; one that is not known is left out. `usual` are the rules of a zone that
    has none of its own."""
    wanted = frozenset(sensor_ids)
    if len(wanted) < MANY:
        return _places_over_time(session, wanted, usual)
    session.flush()
    in_words = judged_by_in_words(session.connection(), wanted)  # first: what changes meanwhile shows the next time
    before, places = _worked_out.get((wanted, usual), (None, {}))
    if before != in_words:
        places = _places_over_time(session, wanted, usual)
        if len(_worked_out) >= GATEWAYS:
            _worked_out.clear()
        _worked_out[wanted, usual] = in_words, places
    return places


def _places_over_time(session: Session, wanted: frozenset[str], usual: Rules) -> Places:
    columns = (SensorRow.sensor_id, SensorRow.zone_id, SensorRow.interval_minutes, SensorRow.retired_at)
    sensors = session.execute(select(*columns).where(among(SensorRow.sensor_id, wanted))).tuples().all()
    before: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    earlier = select(SensorPlaceRow.sensor_id, SensorPlaceRow.until, SensorPlaceRow.zone_id)
    of_them = earlier.where(among(SensorPlaceRow.sensor_id, wanted)).order_by(SensorPlaceRow.until)
    for sensor_id, until, zone_id in session.execute(of_them).tuples():
        before[sensor_id].append((until, zone_id))
    zone_ids = {zone_id for _, zone_id, _, _ in sensors} | {zone for places in before.values() for _, zone in places}
    of_zones = select(ZoneRow.zone_id, ZoneRow.warehouse_id).where(among(ZoneRow.zone_id, zone_ids))
    warehouses = dict(session.execute(of_zones).tuples().all())
    limits, rules = limits_of_zones(session, zone_ids), rules_of_zones(session, zone_ids)

    @cache  # most sensors of a zone are judged alike
    def judged_by(
        earlier: tuple[tuple[datetime, str], ...], zone_now: str, every: float | None, retired_at: datetime | None
    ) -> SensorPlaces:
        stays = [
            Stay(since, Place(zone, warehouses[zone]), limits.get(zone, []), rules_of_sensor(ruled, every))
            for zone, since, ruled in _ruled(_since_when(earlier, zone_now), rules, usual)
            if retired_at is None or since < retired_at
        ]
        return SensorPlaces(stays if retired_at is None else [*stays, Stay(retired_at, None, (), usual)])

    return {
        sensor_id: judged_by(tuple(before[sensor_id]), zone_id, every, retired_at)
        for sensor_id, zone_id, every, retired_at in sensors
    }


def zones_of(places: Iterable[SensorPlaces]) -> set[str]:
    """All zones in which the sensors ever hung."""
    return {stay.place.zone_id for one in places for stay in one.stays if stay.place is not None}


def _since_when(before: Sequence[tuple[datetime, str]], zone_now: str) -> list[tuple[datetime, datetime | None, str]]:
    """From when up to when a sensor hung in which zone."""
    ends = [*(until for until, _ in before), None]
    begins = [FIRST_MOMENT, *(until for until, _ in before)]
    return list(zip(begins, ends, [*(zone for _, zone in before), zone_now], strict=True))


def _ruled(
    places: Iterable[tuple[datetime, datetime | None, str]], rules: Mapping[str, Sequence[RulesSince]], usual: Rules
) -> Iterable[tuple[str, datetime, Rules]]:
    """The same with the rules that held, anew where another rule set came into force."""
    for since, until, zone_id in places:
        kept = rules.get(zone_id, ())
        yield zone_id, since, next((one.rules for one in reversed(kept) if one.valid_from <= since), usual)
        for one in kept:
            if since < one.valid_from and (until is None or one.valid_from < until):
                yield zone_id, one.valid_from, one.rules


def rules_of_sensor(rules: Rules, interval_minutes: float | None) -> Rules:
    """A zone's rules for one of its sensors: how often it sends is its own."""
    return rules if interval_minutes is None else replace(rules, interval=timedelta(minutes=interval_minutes))
