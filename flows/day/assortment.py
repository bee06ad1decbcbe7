"""The step of the day that judges ranges: once a week, all warehouses of a currency together; every night trials that
end soon are told, and what accepted proposals came to is kept."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from data.database import reading, writing
from data.languages import say
from flows.assortment.history import LookedBack, by_currency
from flows.assortment.proposing import Proposed, due_warehouses, propose_changes
from flows.assortment.reviewing import keep_what_came
from flows.assortment.trials import tell_ending_trials
from flows.database import database
from flows.for_each_warehouse import Each, RunSummary, finished, one_at_a_time
from flows.settings import Settings


def propose_ranges(warehouses: Sequence[str], now: datetime, each: Each, every: bool = False) -> RunSummary:
    """Proposes changes to the ranges of those warehouses whose week has passed, or of all; done by currency."""
    with database() as engine:
        with reading(engine) as session:
            due = list(warehouses) if every else due_warehouses(session, warehouses, now)
            together = by_currency(session, due)
        with writing(engine) as session:
            for name in warehouses:
                tell_ending_trials(session, name, now)
        keep_what_came(engine, warehouses, now)
    work = one_at_a_time(partial(_propose, together=together, now=now))
    summary = finished(each("assortment", work, list(together)))
    for of_currency in summary.done.values():
        summary.notes += [
            say(
                "{warehouse}: {products} products, {waiting} proposals wait, {new} of them new",
                warehouse=name,
                products=done.products,
                waiting=done.waiting,
                new=done.new,
            )
            for name, done in of_currency.items()
        ]
    summary.done = {name: done.waiting for of_currency in summary.done.values() for name, done in of_currency.items()}
    return summary


def _propose(currency: str, together: dict[str, list[str]], now: datetime) -> dict[str, Proposed]:
    settings = Settings()
    looked = LookedBack(settings.assortment_weeks, settings.assortment_basket_weeks, settings.assumed_markup)
    with database() as engine:
        return propose_changes(engine, together[currency], now, looked)
