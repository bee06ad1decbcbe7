"""Commands whose help, usage and errors are said in the language read now, those of typer's own sentences too.

typer words its errors when it raises them: each is known again by its English sentence and said anew with what stands
in it."""

import sys
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from typer import Abort, TyperException
from typer.core import TyperArgument, TyperCommand, TyperGroup

from data.languages import say, worded
from data.languages.rewording import pattern_of
from flows.commands.shell.typer_words import PANELS, PIECES_OF_USAGE, SHOW_HELP, TOLD_WRONG, USAGE

Spoken: Any = object  # typer's command or group, which is mixed in

ABORTED = 1  # exit code


def in_paragraphs(english: str | None, values: Mapping[str, object]) -> str:
    """A help text, paragraph by paragraph, as the catalogue has them."""
    parts = (" ".join(part.split()) for part in cleandoc(english or "").split("\n\n"))
    return "\n\n".join(say(part, **values) for part in parts)


class InLanguage(Spoken):  # type: ignore[misc]  # what typer has is not one class for both
    """What is English where it is written, and in the language read now where it is shown."""

    values: Mapping[str, object] = {}  # of places in its help

    @property
    def help(self) -> str | None:
        """What it does, in the language read now."""
        return in_paragraphs(self._english, self.values)

    @help.setter
    def help(self, english: str | None) -> None:
        self._english = english

    def get_help_option(self, ctx: Any) -> Any:
        """The option --help."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say(SHOW_HELP)
        return option

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What stands in the line of usage behind the name."""
        return [say(piece) if piece in PIECES_OF_USAGE else piece for piece in super().collect_usage_pieces(ctx)]

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """The line of usage."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=say(USAGE))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help, its panels named in the language read now."""
        _rich()
        super().format_help(ctx, formatter)


class CommandInLanguage(InLanguage, TyperCommand):
    """A command with its options."""

    def say_options(self, values: Mapping[str, object]) -> None:
        """Says its own help and that of each argument and option; `values` are of {places} in them."""
        self.values = values
        for one in self.params:
            option: Any = one
            option.help = in_paragraphs(option.help, values)
            if isinstance(option, TyperArgument):
                option.metavar = say(option.metavar or str(option.name).upper())
            elif option.metavar:
                option.metavar = say(option.metavar)


class GroupInLanguage(InLanguage, TyperGroup):
    """Commands under one name; what is wrong with what was typed is said where they are run from."""

    def main(self, *args: Any, **more: Any) -> Any:
        """Runs what was typed and ends with its exit code; not `standalone_mode` only runs it."""
        if not more.setdefault("standalone_mode", True):
            return super().main(*args, **more)
        try:
            ended = super().main(*args, **(more | {"standalone_mode": False}))
        except TyperException as error:
            _tell(error)
            sys.exit(error.exit_code)
        except Abort:
            _rich().rich_abort_error()
            sys.exit(ABORTED)
        sys.exit(ended if isinstance(ended, int) else 0)


def _rich() -> Any:
    """typer's module that prints, with its fixed words in the language read now."""
    from typer import rich_utils  # slow to import, and only wanted here

    class Folding(rich_utils.OptionHighlighter):
        """Breaks lines within words where it must: Chinese has no spaces, and rich would cut its sentences off."""

        def __call__(self, text: Any) -> Any:
            folding = super().__call__(text)
            folding.overflow = "fold"
            return folding

    for name, english in PANELS.items():
        setattr(rich_utils, name, worded(name, english))
    rich_utils.highlighter = Folding()
    return rich_utils


def _tell(error: TyperException) -> None:
    english = error.format_message()
    error.format_message = lambda: said_anew(english)  # type: ignore[method-assign]  # of this one
    _rich().rich_format_error(error)


def said_anew(english: str) -> str:
    """What typer said, in the language read now; as it is where it is none of the sentences known."""
    for sentence in TOLD_WRONG:
        if found := pattern_of(sentence).fullmatch(english):
            values = found.groupdict()
            return say(sentence, **(values | {"why": said_anew(values["why"])} if "why" in values else values))
    return english
