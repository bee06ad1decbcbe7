"""A sentence with what stands in it, said when somebody reads it: whoever made it need not know who that will be."""

from data.languages.catalogues import say


class Sentence:
    """An English sentence of the catalogue with {names}, and their values: words among them are sentences themselves,
    several things are listed as the language lists them."""

    def __init__(self, english: str, /, **values: object) -> None:
        self.english, self.values = english, values

    def with_values(self, **more: object) -> "Sentence":
        """The sentence with the values of other places too."""
        return Sentence(self.english, **self.values, **more)

    def __str__(self) -> str:
        return say(self.english, **self.values)
