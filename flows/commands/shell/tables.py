"""Rows as a table of plain text."""

from collections.abc import Collection, Sequence

from rich.cells import cell_len

from flows.commands.shell.code_words import head_of


def as_table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[int] = ()) -> str:
    """Columns wide enough for what they hold, the first row their names in the language read now; `numbers` are the
    columns set to the right. A Chinese character is as wide as two letters."""
    table = [list(map(head_of, head)), *rows]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            _filled(text, width, to_the_right=number in numbers)
            for number, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    )


def _filled(text: str, width: int, *, to_the_right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if to_the_right else text + space
