"""The command line as tests call it."""

from pathlib import Path

import pytest

from data.deciding import deciding
from data.languages import usually_read_in
from data.languages.reading import Language
from flows.commands import application


class Shell:
    """Runs `freshfront` commands and keeps what the last one said, in English whatever this machine speaks."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch
        self.out = self.err = ""
        monkeypatch.setenv("LANGUAGE", "en")

    def __call__(self, *command: str) -> int:
        self.monkeypatch.setattr("sys.argv", ["freshfront", *command])
        with pytest.raises(SystemExit) as ended:
            application.main()
        usually_read_in(Language.EN)
        self.out, self.err = self.capsys.readouterr()
        assert deciding.get() is None, "a command decides while it runs"
        return int(ended.value.code or 0)


def shell_on_a_file(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The command line on an empty SQLite database in a folder, where no Prefect server answers."""
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", f"sqlite:///{folder / 'freshfront.sqlite'}")
    monkeypatch.setenv("FRESHFRONT_PREFECT_PORT", "9")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    shell = Shell(capsys, monkeypatch)
    assert shell("db", "upgrade") == 0
    return shell
