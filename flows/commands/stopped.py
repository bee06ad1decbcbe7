"""What is said to who stops a command with Ctrl-C, and how it ends."""

from typing import Final

INTERRUPTED: Final = 130  # the exit code
STOPPED: Final = "Stopped. What was not finished is not kept: the same command goes on from there."
