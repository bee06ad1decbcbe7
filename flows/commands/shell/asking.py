"""Asks whoever runs a command whether it shall go on, and says what to do where nobody can answer."""

import typer

from data.languages import Sentence
from flows.errors import NotNow


def refuse_unless_agreed(question: str, undone: Sentence) -> None:
    """Returns where the answer is yes. `undone` is what a no leaves as it was, as "Nothing was changed.".

    Raises NotNow for a no, and with the option that answers beforehand where no answer comes, as without a terminal."""
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        raise NotNow("{undone} Nobody answered: --yes does it without asking.", undone=undone) from None
    if not agreed:
        raise NotNow(undone)
