"""Which days may be named: those of this century, as imports take them. A report around the last day of all calendars,
or a trial that begins on it, would lead beyond them."""

from datetime import date

from data.importers.rows.values import EARLIEST, LATEST
from flows.errors import Invalid


def require_this_century(day: date | None, field: str) -> None:
    """Raises Invalid for a day that lies in none of its years; None: no day is named."""
    if day is not None and day < EARLIEST:
        raise Invalid("{day} lies before {earliest}.", day=day, earliest=EARLIEST, field=field)
    if day is not None and day > LATEST:
        raise Invalid("{day} lies after {latest}.", day=day, latest=LATEST, field=field)
