"""`freshfront import`: files of the documented kinds, one kind or each by its name, and two public data sets as they
are published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from data.database import require_current_schema
from data.importers.importing import KINDS
from data.importers.named_files import FilesByKind, in_order
from data.importers.problems import BadFile
from data.importers.result import ImportResult
from data.languages import in_one_paragraph, reworded, say
from flows.commands.shell.cities import Cities, city_numbers
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer, progress_bars
from flows.database import database
from flows.errors import Invalid
from flows.importing.documented_kinds import HowToImport, how_to_import, import_documented_file
from flows.settings import Settings

FRESHRETAILNET, COLD_STORE = "freshretailnet", "cold-store"
DATA_SETS = (FRESHRETAILNET, COLD_STORE)
OPTIONS = {"skip_bad_rows": "--skip-bad-rows", "whole_stock": "--whole-stock", "counted_at": "--counted-at"}
IN_HELP = {"kinds": KINDS, "freshretailnet": FRESHRETAILNET, "cold_store": COLD_STORE}
OF_A_RESULT = ("rows", "bad_rows", "bad_rows_file", "notes")
Imported = tuple[str, Path, ImportResult]  # kind, file, what became of it


def import_(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="[KIND] FILE...",
            help="files of one kind: {kinds}; without a KIND, files whose names begin with theirs (orders-HQ.csv), or "
            "folders of such files; or a data set as published: {freshretailnet} (a Parquet file), {cold_store} (a "
            "folder). docs/data-formats.md has the columns of each kind.",
        ),
    ],
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="keep the good rows, and write the bad ones to FILE.bad.csv")
    ] = False,
    cities: Cities = "",
    weather_forecasts: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="SEED",
            help="{freshretailnet} only, which has observed weather: make forecasts of it, with an error drawn from "
            "this seed. docs/weather.md",
        ),
    ] = None,
    whole_stock: Annotated[
        bool,
        typer.Option(
            "--whole-stock",
            help="lots and stock only: each file names all that its warehouses have; what it does not name is 0",
        ),
    ] = False,
    counted_at: Annotated[
        str,
        typer.Option(
            metavar="MOMENT",
            help="lots and stock only: when so much was there, as 2026-03-01T22:00 (at each warehouse), for rows that "
            "do not say it",
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Import files: of one kind, or each by its name; or a folder.

    Files without a KIND are imported in the order in which they need each other, each as a whole. A bad row is told
    with its line, column, reason and remedy, nothing of its file is kept, and the import stops there. Importing the
    same files again changes nothing."""
    chosen = _chosen(what)
    asked = _asked_of(chosen, skip_bad_rows, cities, weather_forecasts, whole_stock, counted_at)
    done = _import_in_order(chosen, asked)
    data = {
        "rows": sum(result.rows for _, _, result in done),
        "bad_rows": sum(result.bad_rows for _, _, result in done),
        "files": [
            {"file": file, "kind": kind} | {name: getattr(result, name) for name in OF_A_RESULT}
            for kind, file, result in done
        ],
        "left_out": chosen.left_out,
    }
    answer(data, "\n".join([*map(_line, done), *map(_left_out, chosen.left_out)]), json)


def _asked_of(
    chosen: FilesByKind,
    skip_bad_rows: bool,
    cities: str,
    weather_forecasts: int | None,
    whole_stock: bool,
    counted_at: str,
) -> "_Asked":
    """What the options ask for. Raises Invalid for one that does not go with the files chosen."""
    of_data_set = any(kind == FRESHRETAILNET for kind, _ in chosen.files)
    if cities and not of_data_set:
        raise Invalid("--cities goes with {freshretailnet} only.", freshretailnet=FRESHRETAILNET, field="cities")
    if weather_forecasts is not None and not of_data_set:
        raise Invalid(
            "--weather-forecasts goes with {freshretailnet} only.",
            freshretailnet=FRESHRETAILNET,
            field="weather_forecasts",
        )
    how = how_to_import({kind for kind, _ in chosen.files}, skip_bad_rows, whole_stock, counted_at, OPTIONS)
    return _Asked(how, city_numbers(cities), weather_forecasts)


def _import_in_order(chosen: FilesByKind, asked: "_Asked") -> list[Imported]:
    """What became of the files, one after the other. Raises BadFile for the first that is refused, naming those that
    were kept before it and those that wait."""
    done: list[Imported] = []
    with database() as engine:
        require_current_schema(engine)
        for kind, file in chosen.files:
            try:
                done.append((kind, file, _import(engine, kind, file, asked)))
            except BadFile as error:
                raise _stopped(error, done, chosen.files[len(done) + 1 :]) from error
    return done


def _chosen(what: Sequence[str]) -> FilesByKind:
    """The files to import with their kinds, in order. Raises Invalid for what is no kind, no file or says no kind."""
    first, *others = what
    if first in (*KINDS, *DATA_SETS) and (others or not Path(first).exists()):
        if not others:
            raise Invalid("Name the file of {first}: freshfront import {first} FILE.", first=first, field="file")
        return FilesByKind([(first, _existing(name)) for name in others], [])
    if not Path(first).exists() and others and not Path(first).suffix:
        kinds = (*KINDS, *DATA_SETS)
        raise Invalid(
            "{first!r} is neither a kind of data nor a file. Kinds: {kinds}.", first=first, kinds=kinds, field="kind"
        )
    paths = list(map(_existing, what))
    named = in_order(path for path in paths if path.is_file())
    if named.left_out:
        raise Invalid(
            "The name of {file} does not begin with a kind: write freshfront import KIND FILE, or rename "
            "it. Kinds: {kinds}.",
            file=named.left_out[0],
            kinds=KINDS,
            field="file",
        )
    found = in_order(file for path in paths for file in (path.iterdir() if path.is_dir() else [path]))
    if not found.files:
        raise Invalid(
            "No file in {first} has a name that begins with a kind. Kinds: {kinds}.",
            first=first,
            kinds=KINDS,
            field="file",
        )
    return found


def _existing(name: str) -> Path:
    path = Path(name)
    if not path.exists():
        raise Invalid("File {path} was not found.", path=path, field="file")
    return path


@dataclass(frozen=True)
class _Asked:
    """How the files are imported."""

    how: HowToImport
    cities: list[int] | None
    weather_forecasts: int | None


def _import(engine: Engine, kind: str, file: Path, asked: _Asked) -> ImportResult:
    with progress_bars() as show:
        read = 0

        def progress(rows: int) -> None:
            nonlocal read
            read += rows
            show(say("import {kind} (rows)", kind=kind), 0, read)

        if kind == FRESHRETAILNET:
            from data.datasets.freshretailnet import import_freshretailnet  # slow to import, and only wanted here

            return import_freshretailnet(engine, file, asked.cities, progress, asked.weather_forecasts)
        if kind == COLD_STORE:
            from data.datasets.cold_store import import_cold_store  # slow to import, and only wanted here

            imported = import_cold_store(engine, file)  # its readings are replayed, so that they raise alarms
            return ImportResult(rows=imported.sensors + imported.limits)
        return import_documented_file(
            engine,
            kind,
            file,
            asked.how,
            now=datetime.now(UTC),
            overdue_counts=Settings().overdue_order_counts,
            progress=progress,
        )


def _line(imported: Imported) -> str:
    kind, file, result = imported
    said = [say("{rows:,} rows of {file} are kept as {kind}.", rows=result.rows, file=file.name, kind=kind)]
    if result.bad_rows:
        said.append(
            say(
                "{rows:,} bad rows are in {file}, each with its reason.",
                rows=result.bad_rows,
                file=result.bad_rows_file,
            )
        )
    return in_one_paragraph([*said, *map(str, result.notes)])


def _left_out(path: Path) -> str:
    return say("{path} was left out: its name does not begin with a kind.", path=path)


def _stopped(error: BadFile, done: Sequence[Imported], to_come: Sequence[tuple[str, Path]]) -> BadFile:
    """The error with what was imported before it and what was not any more; as it is where it was the only file."""
    if not done and not to_come:
        return error
    kept, rest = ([file.name for _, file, *_ in files] or say("none") for files in (done, to_come))
    said = say(
        "Imported before it: {kept}. Not imported after it: {rest}. Mend the file and import all again.",
        kept=kept,
        rest=rest,
    )
    return BadFile(f"{reworded(str(error))}\n{said}", error.problems, error.count)
