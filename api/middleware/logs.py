"""Structured logs: one JSON object a line on standard error, each with the id of the request it belongs to.

What is logged are ids, routes and counts, never headers, bodies or query strings: the sign-in address carries a token,
and so does the path of a supplier's link, which is logged without it.
"""

import logging
import re
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

log: Any = structlog.get_logger("freshfront.api")


_WITH_TOKEN = re.compile(r"^(/+supplier/+).+", re.IGNORECASE | re.DOTALL)


def path_without_token(path: str) -> str:
    """A request's path as it is logged."""
    return _WITH_TOKEN.sub(r"\1…", path)


def silence_access_log() -> None:
    """Ends uvicorn's own access log, which writes query strings. It has set up its loggers when the app starts."""
    logging.getLogger("uvicorn.access").disabled = True


class _WhereThereIsRoom:
    """Standard error, of which lines are lost while they cannot be written, on a full disk say: what was done and
    committed must not be answered as a failure for want of a line about it."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def configure_logs(level: str) -> None:
    """Sets up structlog for lines at `level` and above."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: structlog.PrintLogger(cast(TextIO, _WhereThereIsRoom())),
        cache_logger_on_first_use=False,
    )
