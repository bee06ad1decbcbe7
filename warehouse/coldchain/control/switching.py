"""What a fan or cooler is told to do next: a pure step (state, measurement or tick, rule) -> (state, commands).

First what temperature and humidity ask for, by two thresholds; over that what keeps it off (frost, an open door, a
defrost) or what it falls back to (nothing heard), and over all what a person has said, until that ends. Minimum times
and starts per hour hold whatever asks for a start; only a stop that protects goods or people comes at once.

The clock runs on the times of measurements. A tick moves only what no measurement can: an override that begins or ends,
and measurements that stay away; its commands bear the moment at which that was due, not the one at which it was
noticed. So the same measurements give the same commands, whenever they are looked at.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Self

from warehouse.coldchain.control.rule import ControlRule, Switch, Thresholds

HOUR = timedelta(hours=1)


class Reason(StrEnum):
    """Why an actuator is told to switch."""

    TOO_WARM = "too_warm"
    TOO_HUMID = "too_humid"
    IN_RANGE = "in_range"  # cold and dry enough
    TOO_COLD = "too_cold"
    DOOR_OPEN = "door_open"
    DEFROSTING = "defrosting"
    NOTHING_HEARD = "nothing_heard"
    OVERRIDDEN = "overridden"


# a stop for these does not wait for the minimum time of running
AT_ONCE = {Reason.TOO_COLD, Reason.DOOR_OPEN, Reason.DEFROSTING, Reason.NOTHING_HEARD, Reason.OVERRIDDEN}


@dataclass(frozen=True)
class Measured:
    """What a sensor of the actuator's zone says at a moment; None: it says nothing about that.

    Raises ValueError for a naive time."""

    sensor_id: str
    at: datetime
    temperature_c: float | None = None
    humidity_percent: float | None = None
    door_open: bool | None = None
    defrosting: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _utc(self.at))


@dataclass(frozen=True)
class Tick:
    """Nothing but time has passed."""

    at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _utc(self.at))


@dataclass(frozen=True)
class Override:
    """What a person has said an actuator is to be, and until when. Raises ValueError for a naive time."""

    to: Switch
    until: datetime
    by: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "until", _utc(self.until))


@dataclass(frozen=True)
class Value:
    """What was measured, and when."""

    at: datetime
    value: float


@dataclass(frozen=True)
class Lasting:
    """Whether something lasts, as was said `at`, and `since` when; None: it does not."""

    at: datetime
    since: datetime | None


@dataclass(frozen=True)
class Heard:
    """What a sensor said last of each quantity; None: nothing yet."""

    sensor_id: str
    temperature_c: Value | None = None
    humidity_percent: Value | None = None
    door_open: Lasting | None = None
    defrosting: Lasting | None = None


@dataclass(frozen=True)
class ActuatorState:
    """All that is remembered of an actuator between two measurements. `began_at` is when it was registered, `at` how
    far its clock has come; `wanted` what temperature and humidity ask for, `desired` what it was told last, for which
    `reason` and `since` when (None: nothing yet), `commands` how often."""

    actuator_id: str
    began_at: datetime
    at: datetime
    wanted: Switch = Switch.OFF
    desired: Switch | None = None
    reason: Reason | None = None
    since: datetime | None = None
    starts: tuple[datetime, ...] = ()
    heard: tuple[Heard, ...] = ()
    commands: int = 0

    @classmethod
    def registered(cls, actuator_id: str, at: datetime) -> Self:
        """Of an actuator that has not been told anything."""
        return cls(actuator_id, _utc(at), _utc(at))

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: times in ISO 8601 with their offset."""
        return vars(self) | {
            "began_at": self.began_at.isoformat(),
            "at": self.at.isoformat(),
            "since": _iso(self.since),
            "starts": [start.isoformat() for start in self.starts],
            "heard": [_said_last(one) for one in self.heard],
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Self:
        """The state that `as_dict` gave. Raises KeyError or ValueError where it is not one."""
        return cls(
            actuator_id=saved["actuator_id"],
            began_at=datetime.fromisoformat(saved["began_at"]),
            at=datetime.fromisoformat(saved["at"]),
            wanted=Switch(saved["wanted"]),
            desired=None if saved["desired"] is None else Switch(saved["desired"]),
            reason=None if saved["reason"] is None else Reason(saved["reason"]),
            since=_moment(saved["since"]),
            starts=tuple(map(datetime.fromisoformat, saved["starts"])),
            heard=tuple(map(_heard, saved["heard"])),
            commands=saved["commands"],
        )


@dataclass(frozen=True)
class Command:
    """An actuator is to switch. `said` is the reason in words and figures; `by` the person who said so, None: the rule.
    The id is the same for the same actuator's command of the same number, so none is there twice."""

    command_id: str
    actuator_id: str
    desired: Switch
    reason: Reason
    said: str
    at: datetime
    by: str | None = None


@dataclass(frozen=True)
class _Asked:
    """What is asked for at a moment, and why."""

    to: Switch
    reason: Reason
    said: str
    by: str | None = None


def control(
    state: ActuatorState, observed: Measured | Tick, rule: ControlRule, override: Override | None = None
) -> tuple[ActuatorState, tuple[Command, ...]]:
    """The actuator's next state and what it is told. `override` is what a person has said last, also when it is over.

    What came due before the measurement or tick is done first. A measurement of which nothing is newer than what the
    sensor said last of the same quantity changes nothing."""
    heard = _noted(state, observed) if isinstance(observed, Measured) else state.heard
    if isinstance(observed, Measured) and heard == state.heard:
        return state, ()
    commands: list[Command] = []
    while (due := next_look(state, rule, override)) is not None and _is_over(due, observed):
        state, command = _switched(state, due, rule, override)
        commands += command
    at = max(state.at, observed.at)
    if isinstance(observed, Measured):
        state = replace(state, heard=heard)
        state = replace(state, wanted=_wanted(state, at, rule))
        state, command = _switched(state, at, rule, override)
        commands += command
    elif _in_force(override, at) or state.reason is Reason.OVERRIDDEN:
        state, command = _switched(state, at, rule, override)
        commands += command
    return state, tuple(commands)


def next_look(state: ActuatorState, rule: ControlRule, override: Override | None = None) -> datetime | None:
    """When something comes due that no measurement moves, after what has been done; None: nothing does."""
    heard_until = _heard_until(state, rule)
    due = [heard_until] if override is None else [heard_until, override.until]
    if _in_force(override, state.at) or state.at >= heard_until:  # it is not for measurements to say
        asked = _asked(state, state.at, rule, override)
        if asked is not None and asked.to is not state.desired:
            due.append(_may_start_at(state, rule))
    ahead = [moment for moment in due if moment > state.at]
    return min(ahead, default=None)


def _is_over(due: datetime, observed: Measured | Tick) -> bool:
    """Whether a moment lies before what is observed: a measurement at that very moment is still in time."""
    return due < observed.at if isinstance(observed, Measured) else due <= observed.at


def _noted(state: ActuatorState, measured: Measured) -> tuple[Heard, ...]:
    """All that was heard, with what is new; what the measurement says nothing about stays. A door may be told of beside
    the temperature or apart from it, so each quantity has its own last word."""
    heard = {one.sensor_id: one for one in state.heard}
    last = heard.get(measured.sensor_id, Heard(measured.sensor_id))
    noted = Heard(
        sensor_id=measured.sensor_id,
        temperature_c=_newer(last.temperature_c, measured.temperature_c, measured.at),
        humidity_percent=_newer(last.humidity_percent, measured.humidity_percent, measured.at),
        door_open=_lasting(last.door_open, measured.door_open, measured.at),
        defrosting=_lasting(last.defrosting, measured.defrosting, measured.at),
    )
    if noted != last:
        heard[measured.sensor_id] = noted
    return tuple(heard.values())


def _newer(last: Value | None, value: float | None, at: datetime) -> Value | None:
    if value is None or (last is not None and at <= last.at):
        return last
    return Value(at, value)


def _lasting(last: Lasting | None, lasts: bool | None, at: datetime) -> Lasting | None:
    if lasts is None or (last is not None and at <= last.at):
        return last
    began = last.since if last is not None and last.since is not None else at
    return Lasting(at, began if lasts else None)


def _wanted(state: ActuatorState, at: datetime, rule: ControlRule) -> Switch:
    """What temperature and humidity ask for: between the thresholds what they asked for before."""
    known = [(thresholds, values) for _, thresholds, values in _quantities(state, at, rule)]
    if any(values and max(values) > thresholds.start_above for thresholds, values in known):
        return Switch.ON
    if all(values and max(values) < thresholds.stop_below for thresholds, values in known):
        return Switch.OFF
    return state.wanted


def _asked(state: ActuatorState, at: datetime, rule: ControlRule, override: Override | None) -> _Asked | None:
    """What is asked for; None: nothing yet, since the first measurements are still to come."""
    if override is not None and _in_force(override, at):
        said = f"{override.by} says so until {override.until.isoformat(timespec='seconds')}"
        return _Asked(override.to, Reason.OVERRIDDEN, said, override.by)
    if at >= _heard_until(state, rule):
        minutes = rule.reading_valid / timedelta(minutes=1)
        return _Asked(rule.safe_state, Reason.NOTHING_HEARD, f"no measurement for {minutes:g} min, so the safe state")
    if not all(values for *_, values in _quantities(state, at, rule)):
        return None
    temperatures = _temperatures(state, at, rule)
    if rule.never_below_c is not None and temperatures and min(temperatures) < rule.never_below_c:
        return _Asked(Switch.OFF, Reason.TOO_COLD, f"{min(temperatures):g} C, never below {rule.never_below_c:g} C")
    if rule.door_open_stops and _holds((one.door_open for one in state.heard), at, rule):
        return _Asked(Switch.OFF, Reason.DOOR_OPEN, "the door is open")
    if rule.defrost_stops and _holds((one.defrosting for one in state.heard), at, rule):
        return _Asked(Switch.OFF, Reason.DEFROSTING, "it defrosts")
    return _by_values(state, at, rule)


def _by_values(state: ActuatorState, at: datetime, rule: ControlRule) -> _Asked:
    """What temperature and humidity ask for, in words. All that count are known."""
    said: list[str] = []
    above: list[Reason] = []
    between: list[Reason] = []
    for reason, thresholds, values in _quantities(state, at, rule):
        most = max(values)
        said.append(_measured(most, thresholds))
        if most > thresholds.start_above:
            above.append(reason)
        elif most >= thresholds.stop_below:
            between.append(reason)
    reasons = [Reason.IN_RANGE] if state.wanted is Switch.OFF else [*above, *between, Reason.IN_RANGE]
    return _Asked(state.wanted, reasons[0], ", ".join(said))


def _measured(most: float, thresholds: Thresholds) -> str:
    start, stop = thresholds.start_above, thresholds.stop_below
    return f"{most:g} {thresholds.unit} (starts above {start:g}, stops below {stop:g})"


def _switched(
    state: ActuatorState, at: datetime, rule: ControlRule, override: Override | None
) -> tuple[ActuatorState, list[Command]]:
    """The state at a moment, and the command where something else is asked for than it was told, and it may."""
    state = replace(state, at=at)
    asked = _asked(state, at, rule, override)
    if asked is None or asked.to is state.desired or not _may(state, asked, at, rule):
        return state, []
    number = state.commands + 1
    recent = tuple(start for start in state.starts if at - start < HOUR)
    after = replace(
        state,
        desired=asked.to,
        reason=asked.reason,
        since=at,
        starts=(*recent, at) if asked.to is Switch.ON else recent,
        commands=number,
    )
    command_id = command_id_of(state.actuator_id, number)
    return after, [Command(command_id, state.actuator_id, asked.to, asked.reason, asked.said, at, asked.by)]


def command_id_of(actuator_id: str, number: int) -> str:
    """What names the command of this number of an actuator."""
    return f"co_{sha256(f'{actuator_id}:{number}'.encode()).hexdigest()[:20]}"


def _may(state: ActuatorState, asked: _Asked, at: datetime, rule: ControlRule) -> bool:
    if asked.to is Switch.ON:
        return at >= _may_start_at(state, rule)
    return state.since is None or asked.reason in AT_ONCE or at - state.since >= rule.min_on


def _may_start_at(state: ActuatorState, rule: ControlRule) -> datetime:
    """From when on it may start: it has rested, and its last starts are long enough ago."""
    moments = [state.at]
    if state.since is not None and state.desired is Switch.OFF:
        moments.append(state.since + rule.min_off)
    if len(state.starts) >= rule.starts_per_hour:
        moments.append(state.starts[-rule.starts_per_hour] + HOUR)
    return max(moments)


def _heard_until(state: ActuatorState, rule: ControlRule) -> datetime:
    """From when on one of the quantities that switch it is not known any more."""
    known = []
    if rule.temperature is not None:
        known.append([one.temperature_c for one in state.heard])
    if rule.humidity is not None:
        known.append([one.humidity_percent for one in state.heard])
    last = (max((value.at for value in values if value is not None), default=state.began_at) for values in known)
    return min(last) + rule.reading_valid


def _quantities(
    state: ActuatorState, at: datetime, rule: ControlRule
) -> Iterator[tuple[Reason, Thresholds, list[float]]]:
    """Of each quantity that switches it: the reason to start, the thresholds, and the values that count."""
    if rule.temperature is not None:
        yield Reason.TOO_WARM, rule.temperature, _temperatures(state, at, rule)
    if rule.humidity is not None:
        yield Reason.TOO_HUMID, rule.humidity, _valid((one.humidity_percent for one in state.heard), at, rule)


def _temperatures(state: ActuatorState, at: datetime, rule: ControlRule) -> list[float]:
    return _valid((one.temperature_c for one in state.heard), at, rule)


def _valid(values: Iterable[Value | None], at: datetime, rule: ControlRule) -> list[float]:
    return [one.value for one in values if one is not None and at - one.at < rule.reading_valid]


def _holds(said: Iterable[Lasting | None], at: datetime, rule: ControlRule) -> bool:
    """Whether an interlock holds: something lasts, and not for too long to believe."""
    since = [one.since for one in said if one is not None and one.since is not None]
    return any(at - began < rule.interlock_at_most for began in since)


def _in_force(override: Override | None, at: datetime) -> bool:
    return override is not None and at < override.until


def _heard(saved: Mapping[str, Any]) -> Heard:
    return Heard(
        sensor_id=saved["sensor_id"],
        temperature_c=_value(saved["temperature_c"]),
        humidity_percent=_value(saved["humidity_percent"]),
        door_open=_saved_lasting(saved.get("door_open")),
        defrosting=_saved_lasting(saved.get("defrosting")),
    )


def _value(saved: Mapping[str, Any] | None) -> Value | None:
    return None if saved is None else Value(datetime.fromisoformat(saved["at"]), saved["value"])


def _saved_lasting(saved: Mapping[str, Any] | None) -> Lasting | None:
    return None if saved is None else Lasting(datetime.fromisoformat(saved["at"]), _moment(saved["since"]))


def _said_last(one: Heard) -> dict[str, Any]:
    return {
        "sensor_id": one.sensor_id,
        "temperature_c": _plain(one.temperature_c),
        "humidity_percent": _plain(one.humidity_percent),
        "door_open": _plain_lasting(one.door_open),
        "defrosting": _plain_lasting(one.defrosting),
    }


def _plain(value: Value | None) -> dict[str, Any] | None:
    return None if value is None else {"at": value.at.isoformat(), "value": value.value}


def _plain_lasting(lasting: Lasting | None) -> dict[str, Any] | None:
    return None if lasting is None else {"at": lasting.at.isoformat(), "since": _iso(lasting.since)}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC)
