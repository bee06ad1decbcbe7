"""How commands talk: progress bars on standard error, data on standard output."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from flows.for_each_warehouse import Progress as ShowProgress
from flows.for_each_warehouse import watched_by
from flows.step_words import step_in_words


@contextmanager
def progress_bars() -> Iterator[ShowProgress]:
    """A function (step, of, done) that draws one bar a step, told by the steps that run meanwhile too; on a plain log
    it says when a step begins."""
    # Prefect's lines would tear the bars apart; its page has them
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    bars: dict[str, Any] = {}
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:

        def show(step: str, of: int, done: int) -> None:
            if step not in bars:
                bars[step] = progress.add_task(step_in_words(step), total=of)
                if not console.is_terminal:
                    console.print(f"{step_in_words(step)} ...", highlight=False)
            progress.update(bars[step], total=of, completed=done)

        token = watched_by.set(show)
        try:
            yield show
        finally:
            watched_by.reset(token)


def answer(data: Any, text: str, as_json: bool) -> None:
    """Prints a command's result: one JSON document with --json, words otherwise."""
    typer.echo(json.dumps(data, default=str, ensure_ascii=False) if as_json else text)
