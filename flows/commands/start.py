"""Where `freshfront` begins: it imports nothing before it knows what to say to a Ctrl-C, however early."""

import sys
from typing import Final

INTERRUPTED: Final = 130  # the exit code of who was stopped by Ctrl-C
STOPPED: Final = "Stopped. What was not finished is not kept: the same command goes on from there."


def main() -> None:
    """Runs the command line."""
    try:
        from flows.commands.application import main as run_command  # takes a third of a second

        run_command()
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        sys.exit(INTERRUPTED)
