"""The file of a backup: a zip of the manifest and of what was copied, so that any tool opens it.

It is written under another name and gets its own when it is whole and on the disk; a killed backup leaves a `.partial`
that the next one to the same name writes over. Only its owner may read it: there are keys' digests in it.
"""

import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from hashlib import sha256
from pathlib import Path
from typing import IO

from data.backups.manifest import FileInBackup, Manifest
from data.backups.problems import BackupProblem

MANIFEST = "manifest.json"
CHUNK = 1 << 20
OWNER_ONLY = 0o600
QUICKLY = 1  # zip's level: a copy of SQLite shrinks to a third, ever more work makes it little smaller


def partial_of(path: Path) -> Path:
    """The name under which a backup is written until it is whole."""
    return path.with_name(f"{path.name}.partial")


class Archive:
    """A backup that is being written."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._zip = file
        self.files: dict[str, FileInBackup] = {}

    def add(self, name: str, chunks: Iterable[bytes], compress: bool = True) -> None:
        """Adds a file with these contents."""
        info = zipfile.ZipInfo(name)
        info.external_attr = OWNER_ONLY << 16
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        digest, size = sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as member:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                member.write(chunk)
        self.files[name] = FileInBackup(size, digest.hexdigest())

    def finish(self, manifest: Manifest) -> Manifest:
        """Adds the manifest, with the files that were added; returns it so."""
        whole = replace(manifest, files=self.files)
        self._zip.writestr(zipfile.ZipInfo(MANIFEST), whole.to_json())
        return whole


@contextmanager
def new_archive(path: Path) -> Iterator[Archive]:
    """An archive that has the name `path` once it is left without an error. Raises BackupProblem where that is there
    already, or being written; OSError where the disk is full, say."""
    partial = partial_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _owned(partial, path) as file:
        try:
            file.truncate()
            with zipfile.ZipFile(file, "w", compresslevel=QUICKLY) as archive:
                yield Archive(archive)
            file.flush()
            os.fsync(file.fileno())
            _refuse_what_is_there(path)
            partial.rename(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    keep_name(path.parent)


@contextmanager
def _owned(partial: Path, path: Path) -> Iterator[IO[bytes]]:
    """The file, for this process alone."""
    _refuse_what_is_there(path)
    with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT, OWNER_ONLY), "r+b") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise BackupProblem(f"{path} is being written already; wait for it, or choose another name.") from None
        _refuse_what_is_there(path)  # which another has finished since: the file may be that one
        os.fchmod(file.fileno(), OWNER_ONLY)
        yield file


def _refuse_what_is_there(path: Path) -> None:
    if path.exists():
        raise BackupProblem(f"{path} is there already and is not written over; remove it or choose another name.")


def keep_name(folder: Path) -> None:
    """Keeps a new name in a folder also when the machine goes down."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """A backup to read. Raises BackupProblem where there is none, or one cut short."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise BackupProblem(f"There is no file {path}.") from None
    except (OSError, zipfile.BadZipFile) as error:
        raise BackupProblem(f"{path} is no backup, or not a whole one ({error}): take another.") from error
    with archive:
        yield archive


def manifest_of(path: Path) -> Manifest:
    """What a backup says of itself. Raises BackupProblem."""
    with opened(path) as archive:
        try:
            text = archive.read(MANIFEST)
        except (KeyError, zipfile.BadZipFile) as error:
            raise BackupProblem(
                f"{path} has no manifest that can be read: it is no whole Freshfront backup."
            ) from error
    return Manifest.from_json(text)


def check_whole(path: Path, manifest: Manifest) -> None:
    """Reads all of a backup; raises BackupProblem naming the first file that is not as it was written."""
    with opened(path) as archive:
        if strange := set(archive.namelist()) ^ {MANIFEST, *manifest.files}:
            raise BackupProblem(f"{path}: {min(strange)} is in its manifest or in it, and not in both: take another.")
        for name, written in manifest.files.items():
            digest, size = sha256(), 0
            try:
                for chunk in chunks_of(archive, name):
                    digest.update(chunk)
                    size += len(chunk)
            except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
                raise BackupProblem(f"{path}: {name} in it cannot be read ({error}): take another.") from error
            if (size, digest.hexdigest()) != (written.bytes, written.sha256):
                raise BackupProblem(f"{path}: {name} in it is not what was written there: take another.")


def chunks_of(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The contents of a file in a backup."""
    with archive.open(name) as member:
        while chunk := member.read(CHUNK):
            yield chunk


def chunks_of_file(path: Path) -> Iterator[bytes]:
    """The contents of a file beside it."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def remove_left_over(folder: Path, before: datetime) -> None:
    """Removes what killed backups left in a folder and nobody has written to since then."""
    for partial in folder.glob("*.partial*"):
        with suppress(FileNotFoundError):
            if partial.stat().st_mtime < before.timestamp():
                partial.unlink()
