"""The tables of docs/data-formats.md, written from the kinds themselves.

`python -m data.importers.documented docs/data-formats.md` writes them anew; a test holds the page to them.
"""

import sys
from pathlib import Path

from data.importers.importing import KINDS
from data.importers.kind import ImportKind

BEGIN, END = "<!-- kinds: written by data.importers.documented -->", "<!-- end of kinds -->"


def kind_tables() -> str:
    """All kinds as Markdown, a section each."""
    return "\n\n".join(map(_section, KINDS.values()))


def with_kind_tables(page: str) -> str:
    """The page with the part between its two marks written anew. Raises ValueError where a mark is missing."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"the page lacks {BEGIN!r} or {END!r}")
    return f"{before}{BEGIN}\n\n{kind_tables()}\n\n{END}{after}"


def _section(kind: ImportKind) -> str:
    key = ", ".join(f"`{name}`" for name in kind.once[0].key)
    lines = [f"### {kind.name}", kind.summary, "", "| column | | type | unit | meaning |", "|---|---|---|---|---|"]
    for column in kind.columns:
        meaning = column.meaning + (f"; one of the {column.refers}" if column.refers else "")
        must = "required" if column.required else "optional"
        lines.append(f"| `{column.name}` | {must} | {column.type.name} | {column.unit} | {meaning} |")
    return "\n".join([*lines, "", f"Key: {key}.", *kind.rules])


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(with_kind_tables(target.read_text(encoding="utf-8")), encoding="utf-8")
