"""What stands in the way of a whole process rather than of a request: a full disk, a folder that may not be written, a
database that is not there or is another process's, a library that is not installed, a process of its own that was
killed. Each in a sentence that says the remedy; the one place for it.

Errors of drivers are known by their codes, so that saying it loads none of them."""

import errno
from collections.abc import Iterator
from typing import Final

from data.languages import Sentence, say

FULL: Final = (
    "The disk is full{at}. Make room on it and try again: what was acknowledged is kept, what could not be written is "
    "not there at all."
)
FAILS: Final = (
    "The disk refuses to be read or written. Most often it is full, then make room on it and try again; else it is "
    "failing, or its volume is gone."
)
NOT_WRITABLE: Final = (
    "{what} may not be written. Give the user that Freshfront runs as the right to write there (chown, chmod, or a "
    "volume that is not read-only), or name another place in FRESHFRONT_DATABASE_URL."
)
BUSY: Final = "Another process has been writing to the database for too long. Wait until it is done and try again."
CANNOT_OPEN: Final = (
    "The database's file cannot be opened. See that its folder exists and may be written, and that "
    "FRESHFRONT_DATABASE_URL names it."
)
NO_DATABASE: Final = (
    "The file that FRESHFRONT_DATABASE_URL names is no database, or is damaged. Name another one, or restore a backup."
)
NOT_THERE: Final = (
    "The database does not answer: {why}. See that the server runs and that FRESHFRONT_DATABASE_URL names it with the "
    "right user and password."
)
LIBRARY: Final = (
    "This machine lacks the library {name}. Install its package (libgomp1 has libgomp.so.1, on Debian and Ubuntu: "
    "apt-get install libgomp1) and start again."
)
KILLED: Final = (
    "A process that worked beside this one was ended from outside, most often because memory ran out; what it worked "
    "on is not kept. Free memory, or do less at once, and try again."
)
NO_LIBRARY: Final = ": cannot open shared object file"  # what the loader says after its name

_OF_SQLITE = {
    "SQLITE_FULL": Sentence(FULL, at=""),
    "SQLITE_IOERR": Sentence(FAILS),
    "SQLITE_READONLY": Sentence(NOT_WRITABLE, what=Sentence("The database's file or its folder")),
    "SQLITE_CANTOPEN": Sentence(CANNOT_OPEN),
    "SQLITE_BUSY": Sentence(BUSY),
    "SQLITE_LOCKED": Sentence(BUSY),
    "SQLITE_CORRUPT": Sentence(NO_DATABASE),
    "SQLITE_NOTADB": Sentence(NO_DATABASE),
}
_OF_POSTGRESQL = {
    "53100": Sentence(FULL, at=Sentence(" on the database's machine")),
    "25006": Sentence(NOT_WRITABLE, what=Sentence("The database, a standby or set to be read only,")),
    "55P03": Sentence(BUSY),
}
_OF_THE_DISK = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "53100", "25006")


def in_words(error: BaseException) -> str | None:
    """The sentence for an error, or for what it came from; None where it is a mistake of ours, whose traceback helps
    more."""
    return next((said for one in _and_its_causes(error) if (said := _of_one(one))), None)


def disk_in_words(error: BaseException) -> str | None:
    """The same for those errors of a database that are the disk's and do not pass by waiting."""
    of_the_disk = any(_code(one).startswith(_OF_THE_DISK) for one in _and_its_causes(error))
    return in_words(error) if of_the_disk else None


def _and_its_causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = getattr(found, "orig", None) or found.__cause__ or found.__context__


def _code(error: BaseException) -> str:
    """What SQLite or PostgreSQL calls an error; empty for others."""
    return str(getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or "")


def _of_one(error: BaseException) -> str | None:
    code = _code(error)
    if code.startswith("SQLITE_"):
        return next((str(said) for name, said in _OF_SQLITE.items() if code.startswith(name)), None)
    if type(error).__module__.partition(".")[0] == "psycopg":
        never_reached = type(error).__name__ in ("OperationalError", "ConnectionTimeout") and not code
        said = Sentence(NOT_THERE, why=" ".join(str(error).split())) if never_reached else _OF_POSTGRESQL.get(code)
        return None if said is None else str(said)
    if type(error).__name__ == "BrokenProcessPool":
        return say(KILLED)
    if isinstance(error, (OSError, ImportError)) and NO_LIBRARY in str(error):  # ctypes; a module of an import
        return say(LIBRARY, name=str(error).partition(":")[0])
    return _of_system(error) if isinstance(error, OSError) else None


def _of_system(error: OSError) -> str | None:
    where = error.filename
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return say(FULL, at=say(", at {where}", where=where) if where else "")
    if error.errno == errno.EIO:
        return say(FAILS)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return say(NOT_WRITABLE, what=where or say("A file or folder"))
    return None
