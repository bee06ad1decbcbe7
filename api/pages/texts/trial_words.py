"""The labels and short sentences of the trials."""

from collections.abc import Mapping

TRIAL_WORDS: Mapping[str, str] = {
    "trials.title": "Trials",
    "trials.open_page": "Trials",
    "trials.means": "A challenger is tried on some warehouses' days beside what holds on the others. The bar is where "
    "the effect lies with 95%: once it leaves the broken line, the trial has shown something.",
    "trials.none": "No trial has been made yet. An operator begins one with: freshfront trial start",
    "trials.running": "running",
    "trials.decided": "decided",
    "trials.undecided": "over, undecided",
    "trials.stopped": "stopped",
    "trials.promoted": "the challenger holds",
    "trials.nothing_yet": "Nothing is known yet: it begins on {first}, and is looked at when a period has ended.",
    "trials.nothing_seen": "It ended before anything was seen.",
    "trials.effect": "{figure}: {effect} with the challenger, {interval}. ",
    "trials.interval": "between {low} and {high}",
    "trials.no_interval": "its interval not known yet",
    "trials.challenger_wins": "The challenger is better.",
    "trials.champion_wins": "What holds is better.",
    "trials.open": "That can still be chance.",
    "trials.not_shown": "That can be chance: nothing was shown.",
    "trials.against": "{what}: {new} instead of {old}",
    "trials.unset": "none",
    "trials.term_fill_rate_floor": "Least fill rate",
    "trials.term_goodwill": "Goodwill per unit short",
    "trials.term_disposal": "Disposal per unit thrown away",
    "trials.term_display_minimum": "On display",
    "trials.term_freshest_first": "Taken freshest first",
    "trials.term_model_id": "Models",
    "trials.today": "Today with the challenger: {warehouses}.",
    "trials.set_anew": "What holds was set anew while it ran ({at}): the effect is one beside several terms.",
    "trials.longer": "It needs {needed} periods instead of the {stated} stated, since its days scatter more than "
    "those before it, or are missing. It ends on {latest} at the latest.",
    "trials.may_be_longer": "Should its days scatter more than those before it, it is lengthened, until {latest} at "
    "the latest.",
    "trials.because": "Because: {because}",
    "trials.switchback": "{first} to {last}, to find {effect}: warehouses change sides every {days} days, of which the "
    "first {washout} do not count.",
    "trials.paired": "{first} to {last}, to find {effect}: of two like warehouses one has the challenger throughout; "
    "the first {washout} days do not count.",
    "trials.chart": "The effect of the challenger after each period, with the interval in which it lies",
    "trials.axis": "effect",
    "trials.better": "challenger better",
    "trials.worse": "challenger worse",
    "trials.tip": "Up to {day}: {effect}, {interval}",
}
