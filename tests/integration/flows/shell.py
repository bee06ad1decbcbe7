"""The command line as tests call it."""

import pytest

from flows.commands import application


class Shell:
    """Runs `freshfront` commands and keeps what the last one said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch
        self.out = self.err = ""

    def __call__(self, *command: str) -> int:
        self.monkeypatch.setattr("sys.argv", ["freshfront", *command])
        with pytest.raises(SystemExit) as ended:
            application.main()
        self.out, self.err = self.capsys.readouterr()
        return int(ended.value.code or 0)
