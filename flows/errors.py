"""What a step of the day answers when it cannot do what was asked. `api` turns the kinds into HTTP statuses,
the command line into messages and exit code 2."""

from collections.abc import Sequence

from data.languages import Sentence


class Refusal(Exception):
    """Something asked for that cannot be done; the sentence names the thing, what is wrong and the remedy, with {names}
    for the values, and is said in the language of who reads it. `others` are what else is wrong with what was asked."""

    def __init__(
        self,
        sentence: str | Sentence,
        /,
        *,
        field: str | None = None,
        others: Sequence["Refusal"] = (),
        **values: object,
    ) -> None:
        super().__init__(sentence)
        self.sentence = Sentence(sentence, **values) if isinstance(sentence, str) else sentence
        self.field, self.others = field, others

    def __str__(self) -> str:
        return str(self.sentence)


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
