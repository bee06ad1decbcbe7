"""A process of `freshfront run`: what it refuses and what stands in its way end it with a sentence in its log."""

import sys
from collections.abc import Callable

from data.schema_state import SchemaIsNotCurrent
from flows.errors import Refusal
from flows.failures import in_words
from flows.settings import Settings


def alone(work: Callable[[Settings], None]) -> None:
    """Does the work of the process until it is told to end. Exits with 2 for what is refused and 1 for a failure."""
    try:
        work(Settings())
    except (Refusal, SchemaIsNotCurrent) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        if (said := in_words(error)) is None:
            raise
        print(said, file=sys.stderr)
        sys.exit(1)
