"""Fewer alarms on the recorded cold store, and what that costs: each recovery rule a point of the curve.

The operators' limits over time with their delays, seven sensors, each a zone of its own. By month: the first ones to
choose on, the later ones to see whether the choice holds. Counted as the operators' log counts, by alarms raised.

    python -m tests.bench.coldchain_tradeoff ../shared/data/cold_store [--chart docs/img/coldchain-tradeoff.png]
"""

import argparse
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import altair as alt
import pandas as pd

from data.datasets.cold_store import cold_store_events
from tests.worlds.cold_store import ONE_READING, ONE_TO_ONE, SIDES, operators_limits, recorded_readings
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.many_readings import watch_readings
from warehouse.coldchain.replaying import TEMPERATURE_KINDS, PastAlarm, WatchedSensor, alarms_of, replay_rules
from warehouse.coldchain.rules import Rules

CHOSEN_ON_UNTIL = datetime(2021, 10, 13, tzinfo=UTC)
LONG = timedelta(hours=3)
HOUR = timedelta(hours=1)
PLAIN = Rules(outside_at_most=None, learn_defrosts=False)
CHOSEN = Rules(
    recovery_margin_c=1.0, recovered_for=2 * HOUR, back_inside_for=6 * HOUR, outside_at_most=None, learn_defrosts=False
)


@dataclass(frozen=True)
class Score:
    """What a rule set does on a part of the record."""

    alarms: int
    operators: int
    open_by_outside: float
    long_episodes: int
    long_missed: int

    @property
    def share(self) -> float:
        """Of as many alarms as the operators had."""
        return self.alarms / self.operators


@dataclass(frozen=True)
class Record:
    """A part of the record: readings, what the operators' system raised, and by the limits the stays outside of three
    hours or more and the hours outside in all."""

    readings: pd.DataFrame
    limits: Mapping[str, list[Limit]]
    operators: int
    episodes: list[PastAlarm]
    hours_outside: float

    def score(self, rules: Rules) -> Score:
        """What a rule set does here. An episode of three hours or more counts as found where an alarm of its kind is
        open within the delay and one reading of its beginning."""
        watched = watch_readings({}, self.readings, self.limits, dict.fromkeys(ONE_TO_ONE, rules))
        ours = [alarm for alarm in alarms_of(watched.events) if alarm.kind in TEMPERATURE_KINDS]
        last = self.readings["taken_at"].max().to_pydatetime()
        hours_open = sum(((alarm.ended_at or last) - alarm.raised_at) / HOUR for alarm in ours)
        missed = [one for one in self.episodes if not self._found(one, ours)]
        return Score(len(ours), self.operators, hours_open / self.hours_outside, len(self.episodes), len(missed))

    def _found(self, episode: PastAlarm, ours: list[PastAlarm]) -> bool:
        delay = self.limits[episode.sensor_id][0].high_delay
        return any(
            alarm.sensor_id == episode.sensor_id
            and alarm.kind is episode.kind
            and alarm.raised_at <= episode.began_at + delay + ONE_READING
            and (alarm.ended_at is None or alarm.ended_at > episode.began_at)
            for alarm in ours
        )


def record(folder: Path, first: datetime, until: datetime) -> Record:
    """The part of the record from a moment to another."""
    limits, readings = operators_limits(folder), recorded_readings(folder)
    readings = readings[(readings["taken_at"] >= first) & (readings["taken_at"] < until)]
    raised = [
        event
        for event in cold_store_events(folder)
        if event.sensor_id in ONE_TO_ONE and event.event in SIDES and first <= event.at < until
    ]
    at_once = {name: WatchedSensor(name, _without_delay(limits[name]), PLAIN) for name in ONE_TO_ONE}
    replayed = replay_rules(readings, at_once)
    stays = [stay for stay in replayed.alarms if stay.kind in TEMPERATURE_KINDS]
    episodes = [stay for stay in stays if stay.ended_at and stay.ended_at - stay.began_at >= LONG]
    return Record(readings, limits, len(raised), episodes, replayed.cost.hours_outside)


def curve() -> Iterator[tuple[str, Rules]]:
    """The rule sets of the curve, each with what it is called."""
    for hours, margin in itertools.product((0, 2), (0.0, 0.5, 1.0, 1.5, 2.0)):
        for longest in (None, 6 * HOUR) if margin and hours else (None,):
            rules = Rules(
                recovery_margin_c=margin,
                recovered_for=hours * HOUR,
                back_inside_for=longest,
                outside_at_most=None,
                learn_defrosts=False,
            )
            yield f"back for {hours} h" + (", or inside for 6 h" if longest else ""), rules


def _without_delay(limits: list[Limit]) -> list[Limit]:
    at_once = timedelta(0)
    return [Limit(one.zone_id, one.low_c, one.high_c, at_once, at_once, one.valid_from) for one in limits]


def main() -> None:
    """Prints the table of the curve, and draws it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chart", type=Path)
    arguments = parser.parse_args()
    parts = {
        "chosen on": record(arguments.folder, datetime(2021, 1, 1, tzinfo=UTC), CHOSEN_ON_UNTIL),
        "later months": record(arguments.folder, CHOSEN_ON_UNTIL, datetime(2023, 1, 1, tzinfo=UTC)),
    }
    rows = []
    print("| part | margin C | rule | alarms | of the operators' | open / outside | episodes >= 3 h missed |")
    print("|---|---|---|---|---|---|---|")
    for part, its_record in parts.items():
        for name, rules in [*curve(), ("chosen", CHOSEN)] if arguments.chart else [("chosen", CHOSEN)]:
            score = its_record.score(rules)
            print(
                f"| {part} | {rules.recovery_margin_c:g} | {name} | {score.alarms} of {score.operators} | "
                f"{score.share:.0%} | {score.open_by_outside:.2f} | {score.long_missed} of {score.long_episodes} |"
            )
            rows.append((part, name, rules.recovery_margin_c, score.share, score.open_by_outside))
    if arguments.chart:
        _draw(pd.DataFrame(rows, columns=["part", "rule", "margin", "share", "open"]), arguments.chart)


def _draw(scores: pd.DataFrame, path: Path) -> None:
    lines = alt.Chart().transform_filter("datum.rule != 'chosen'").mark_line(point=True)
    chosen = alt.Chart().transform_filter("datum.rule == 'chosen'").mark_point(shape="diamond", size=180, color="black")
    x = alt.X("share:Q", title="alarms, of as many as the operators had", axis=alt.Axis(format="%"))
    y = alt.Y("open:Q", title="time in alarm / time outside", scale=alt.Scale(zero=False))
    curves = lines.encode(x=x, y=y, color=alt.Color("rule:N", title="an alarm ends when"), order="margin:Q")
    layers = alt.layer(curves, chosen.encode(x=x, y=y), data=scores).properties(width=330, height=300)
    faceted = layers.facet(column=alt.Column("part:N", title=None))
    faceted.save(str(path), scale_factor=2)


if __name__ == "__main__":
    main()
