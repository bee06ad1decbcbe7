"""One installation a folder: what runs holds a lock on a file in it, whatever its ports, so that a second start is
refused and no two write the same files. The lock ends with its process, by `kill -9` too; the file stays and means
nothing.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.languages import Sentence
from flows.errors import NotNow

VAR = Path("var")


@contextmanager
def one_installation(with_broker: bool, folder: Path = VAR) -> Iterator[None]:
    """Holds the folder for all of Freshfront. Raises NotNow where it runs in there already, or where the broker does by
    itself and one is wanted (`with_broker`)."""
    with held("run", folder):
        if with_broker:
            with held("broker", folder):  # to be held by the broker's own process
                pass
        yield


@contextmanager
def held(what: str, folder: Path = VAR) -> Iterator[None]:
    """Holds the lock of `what`, "run" or "broker", in the folder. Raises NotNow while another process does, and for a
    folder in which nothing can be written."""
    path = folder / f"{what}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    except OSError as error:
        raise NotNow(
            "Nothing can be written in {folder} ({why}): make it writable, or start in another folder.",
            folder=folder.absolute(),
            why=error.strerror,
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise _in_use(what, folder, file.read().strip()) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _in_use(what: str, folder: Path, process: str) -> NotNow:
    return NotNow(
        "{what} runs in {place} already{process} and keeps its files in {folder}/. End it, or start this one in a "
        "folder of its own.",
        what={"run": Sentence("Freshfront"), "broker": Sentence("The built-in broker")}[what],
        place=folder.absolute().parent,
        process=Sentence(" (process {process})", process=process) if process else "",
        folder=folder.name,
    )
