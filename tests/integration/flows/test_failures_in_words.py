"""What stands in the way of a command is a sentence with its remedy on standard error, and an exit code: real errors of
SQLite, PostgreSQL and the system, no traceback."""

import ctypes
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from data.database import open_database, require_current_schema, upgrade_schema
from flows.commands import application, start
from flows.commands.application import exit_code_of
from flows.commands.stopped import STOPPED
from flows.failures import disk_in_words, in_words
from flows.processes.alone import alone

GROWS = "CREATE TABLE more AS SELECT hex(randomblob(100000)) AS much"


def _sqlite(pragma: str, statement: str = GROWS) -> None:
    engine = open_database("sqlite:///there.sqlite")
    try:
        with engine.connect() as connection:
            connection.execute(text(pragma))
            connection.execute(text(statement))
    finally:
        engine.dispose()


def _full_disk() -> None:  # as one is to SQLite, which answers with the same error
    _sqlite("PRAGMA max_page_count = 1")


def _written_by_another() -> None:
    holds = open_database("sqlite:///there.sqlite")
    with holds.connect().execution_options(freshfront_writes=True) as connection:
        connection.execute(text("SELECT 1"))
        try:
            _sqlite("PRAGMA busy_timeout = 0")
        finally:
            connection.rollback()
            holds.dispose()


def _no_database() -> None:
    Path("there.sqlite").write_text("a shopping list " * 1000)
    _sqlite("PRAGMA user_version")


def _no_server() -> None:
    upgrade_schema(open_database("postgresql+psycopg://somebody@127.0.0.1:9/freshfront"))


def _system(number: int) -> Callable[[], None]:
    def fails() -> None:
        try:
            raise OSError(number, os.strerror(number), "var/log/service.log")
        except OSError as error:
            raise RuntimeError("the log cannot be opened") from error

    return fails


def _no_library() -> None:
    ctypes.CDLL("libgomp.so.0")


def _of_another_version() -> None:
    require_current_schema(open_database("sqlite:///there.sqlite"))


def _of_ours() -> None:
    1 / 0  # noqa: B018 - it is to fail


FULL_DISK = "The disk is full"
FAILURES: dict[str, tuple[Callable[[], None], str]] = {
    "a full disk": (_full_disk, FULL_DISK),
    "a read-only database": (lambda: _sqlite("PRAGMA query_only = 1"), "may not be written"),
    "a database that another process writes to": (_written_by_another, "Another process has been writing"),
    "a file that is no database": (_no_database, "is no database"),
    "no server": (_no_server, "The database does not answer"),
    "a full disk under a log": (_system(errno.ENOSPC), "The disk is full, at var/log/service.log"),
    "a library that is not installed": (_no_library, "lacks the library libgomp.so.0. Install its package"),
    "a read-only folder": (_system(errno.EROFS), "var/log/service.log may not be written"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_is_a_sentence_and_no_traceback(
    failure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fails, sentence = FAILURES[failure]

    assert exit_code_of(fails) == 1

    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert "in time" not in said


@pytest.mark.parametrize(
    ("fails", "code", "sentence"),
    [(_full_disk, 1, FULL_DISK), (_of_another_version, 2, "has no Freshfront schema yet"), (_of_ours, None, "")],
)
def test_a_process_that_cannot_go_on_says_why_in_its_log(
    fails: Callable[[], None],
    code: int | None,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ZeroDivisionError if code is None else SystemExit) as ended:
        alone(lambda _: fails())

    if code is not None:
        assert ended.value.code == code
    assert sentence in capsys.readouterr().err


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_code_of(_of_ours)


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, lambda: SystemExit(130)])
def test_ctrl_c_is_a_sentence_however_early(
    stopped: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(*_: Any, **__: Any) -> None:
        raise stopped()

    assert exit_code_of(command) == 130
    assert capsys.readouterr().err == f"{STOPPED}\n"

    monkeypatch.setattr(application, "exit_code_of", command)
    with pytest.raises(SystemExit) as ended:
        start.main()
    assert ended.value.code == 130


def test_what_does_not_pass_by_waiting_is_told_to_requests_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def error_of(fails: Callable[[], None]) -> Exception:
        with pytest.raises(Exception) as found:  # noqa: PT011 - which it is, is not the question
            fails()
        return found.value

    assert "The disk is full" in (disk_in_words(error_of(_full_disk)) or "")
    assert disk_in_words(error_of(_written_by_another)) is None
    assert in_words(ValueError("a value")) is None
