"""What a step of the day answers when it cannot do what was asked. `api` turns the kinds into HTTP statuses,
the command line into messages and exit code 2."""

from collections.abc import Sequence

from data.languages import say


class Refusal(Exception):
    """Something asked for that cannot be done; the message names the thing, what is wrong and the remedy; one without
    values in it is said in the language read now. `others` are what else is wrong with what was asked for."""

    def __init__(self, message: str, *, field: str | None = None, others: Sequence["Refusal"] = ()) -> None:
        super().__init__(say(message))
        self.field, self.others = field, others


class Unknown(Refusal):
    """There is no such warehouse, plan, alarm, ..."""


class Invalid(Refusal):
    """A value that no state of the database would make right: a negative quantity, a reading from the future."""


class NotNow(Refusal):
    """The thing is in a state that does not allow it: an approved plan is not edited, a done move not refused."""


class Outdated(NotNow):
    """The thing has changed since whoever asks has seen it: nothing is written over what another did."""


class OverLimit(Refusal):
    """More than whoever asks may decide alone."""
