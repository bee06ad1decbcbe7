"""Where `freshfront` begins: it imports next to nothing before it knows what to say to a Ctrl-C, however early."""

import sys

from flows.commands.stopped import INTERRUPTED, STOPPED


def main() -> None:
    """Runs the command line."""
    try:
        from flows.commands.application import main as run_command  # takes a third of a second

        run_command()
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        sys.exit(INTERRUPTED)
