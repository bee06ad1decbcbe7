"""What a backup says of itself: when and from what it was made, how many rows each table had, and the size and SHA-256
of each file in it. What comes back is checked against it.

It tells damage, not forgery: whoever can change the files can change the manifest too.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from data.backups.problems import BackupProblem

FORMAT = 1
WHAT = "freshfront backup"


@dataclass(frozen=True)
class FileInBackup:
    """A file of the backup: its size in bytes and the SHA-256 of its contents in hexadecimal digits."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """database: sqlite or postgresql. version: of the server, or of the SQLite library. schema: its revision. rows: by
    table, those of the one state that the backup holds. tool_version: of pg_dump (SQLite: none)."""

    made_at: datetime
    database: str
    version: str
    schema: str
    rows: Mapping[str, int]
    tool_version: str | None = None
    files: Mapping[str, FileInBackup] = field(default_factory=dict)

    def to_json(self) -> bytes:
        told = {"what": WHAT, "format": FORMAT} | asdict(self) | {"made_at": self.made_at.isoformat()}
        return json.dumps(told, indent=1, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Raises BackupProblem for what is no manifest, or one of a later format."""
        try:
            told: dict[str, Any] = json.loads(text)
            if told["what"] != WHAT:
                raise ValueError(told["what"])
            if told["format"] > FORMAT:
                raise BackupProblem(
                    f"The backup has format {told['format']}, this version reads up to {FORMAT}: restore it with the "
                    "version of Freshfront that made it, or a newer one."
                )
            known = {one.name: told[one.name] for one in fields(cls)}
            known["made_at"] = datetime.fromisoformat(known["made_at"])
            known["files"] = {name: FileInBackup(**one) for name, one in known["files"].items()}
            return cls(**known)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BackupProblem("The file's manifest is not that of a Freshfront backup.") from error
