"""What typer says by itself: heads of its help, and what can be wrong with what was typed, with {names} for what stands
in it. They are typer's own English sentences; one that it words anew is said in English until it is changed here too.
"""

from collections.abc import Mapping
from typing import Final

USAGE: Final = "Usage: "
SHOW_HELP: Final = "Show this message and exit."
PIECES_OF_USAGE: Final = ("[OPTIONS]", "COMMAND [ARGS]...")
# of arguments that have no metavar of their own
ARGUMENTS: Final = ("NAME", "KEY_ID", "FILE", "REVISION")
PANELS: Final[Mapping[str, str]] = {  # by their names in typer.rich_utils
    "DEFAULT_STRING": "[default: {}]",
    "REQUIRED_LONG_STRING": "[required]",
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "ERRORS_PANEL_TITLE": "Error",
    "ABORTED_TEXT": "Aborted.",
    "RICH_HELP": "Try [blue]'{command_path} {help_option}'[/] for help.",
}
# the first that fits is said; {why} is one of them itself
TOLD_WRONG: Final = (
    "Missing command.",
    "No such command {name}. Did you mean {others}?",
    "No such command {name}.",
    "No such option: {name} (Possible options: {others})",
    "No such option: {name}",
    "Missing argument {name}. Choose from:\n\t{choices}",
    "Missing argument {name}.",
    "Missing option {name}. Choose from:\n\t{choices}",
    "Missing option {name}.",
    "Option {name} requires an argument.",
    "Option {name} does not take a value.",
    "Got unexpected extra argument(s) ({names})",
    "Invalid value for {name}: {why}",
    "Invalid value: {why}",
    "Value error, {why}",
    "{value} is not one of {choices}.",
    "{value} does not match the format {format}.",
    "{value} does not match the formats {formats}.",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be greater than or equal to {least}",
    "Input should be less than or equal to {most}",
)
