"""The days that a report can be asked for: those of this century, as imports take them. Other ones would lead to days
that no calendar has."""

from datetime import date

from data.importers.rows.values import EARLIEST, LATEST
from flows.errors import Invalid


def check_until(until: date) -> None:
    """Raises Invalid for a day before all history, or so far ahead that there is none to come."""
    if until < EARLIEST:
        raise Invalid("{until} lies before {oldest}.", until=until, oldest=EARLIEST, field="until")
    if until > LATEST:
        raise Invalid("{until} lies after {latest}.", until=until, latest=LATEST, field="until")
