"""Commands that are imported when they run, so that help and a short command do not wait for what others need.

The command line is a table of names, one line of help each, and where the function of a command is. typer makes the
rest of a command, its options and its own help, from that function once it is asked for."""

from collections.abc import Callable, Mapping
from functools import partial, wraps
from getpass import getuser
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from data.deciding import Decision, deciding
from flows.commands.shell.in_language import CommandInLanguage, GroupInLanguage, InLanguage

VALUES_IN_HELP = "IN_HELP"  # of a module: what stands at the {places} of its commands' help
# What runs for long decides nothing by itself
PROCESSES = ("flows.commands.operating.processes:", "flows.commands.operating.running:")


def _who() -> str:
    """The user of this machine that the command runs as; in a container it may have no name."""
    try:
        return f"command line ({getuser()})"
    except (KeyError, OSError):
        return "command line"


def _words(name: str | None, parent: Any) -> str:
    """The words of a command, without what it was given."""
    return f"{parent.command_path} {name}" if parent is not None else str(name)


class CommandOnDemand(InLanguage, TyperCommand):
    """A command that is a name and a line of help until it runs or explains itself."""

    def __init__(self, where: str, summary: str) -> None:
        super().__init__(None, help=summary)
        self.where = where  # module:function

    def imported(self) -> Any:
        """The whole command, as typer makes it from its function."""
        name, function = self.where.split(":")
        module, app = import_module(name), typer.Typer(add_completion=False)
        app.command(self.name, cls=CommandInLanguage)(getattr(module, function))
        whole = cast(CommandInLanguage, get_command(app))
        whole.say_options(getattr(module, VALUES_IN_HELP, {}))
        return whole

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """The context of the whole command, which is then the one that is run."""
        whole = self.imported()
        if not self.where.startswith(PROCESSES):
            whole.callback = self._decided(whole.callback, extra.get("parent"))
        return whole.make_context(*args, **extra)

    def _decided(self, callback: Callable[..., Any], parent: Any) -> Callable[..., Any]:
        """The command's function, which says who decides while it runs."""

        @wraps(callback)
        def run(*args: Any, **values: Any) -> Any:
            before = deciding.set(Decision(_who(), partial(_words, self.name, parent)))
            try:
                return callback(*args, **values)
            finally:
                deciding.reset(before)

        return run


def group(summary: str, commands: Mapping[str, TyperCommand | TyperGroup]) -> TyperGroup:
    """Commands under one name; alone it lists them."""
    for name, command in commands.items():
        command.name = name
    return GroupInLanguage(commands=dict(commands), help=summary, no_args_is_help=True)
