"""Brings the catalogues up to what the code says: `python -m data.languages.extracting`.

Word modules (`api/texts.py`, `api/pages/texts/`) are read by what they assign: a text by itself, a text of a mapping
with its key as context, of a text with a bar both forms. Elsewhere Babel looks for `say(...)` and
what else takes a sentence.
"""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import write_po

from data.languages.catalogues import DOMAIN, catalogue, path_of
from data.languages.reading import Language

ROOT: Final = Path(__file__).parents[2]
METHODS: Final = [
    ("api/texts.py", "data.languages.extracting:assigned_words"),
    ("api/pages/texts/words.py", "data.languages.extracting:assigned_words"),
    ("api/pages/texts/*_words.py", "data.languages.extracting:assigned_words"),
    ("flows/notifying/forms/words.py", "data.languages.extracting:assigned_words"),
    ("flows/notifying/event_types.py", "python"),
    ("flows/commands/shell/*_words.py", "data.languages.extracting:assigned_words"),
    ("flows/commands/stopped.py", "data.languages.extracting:assigned_words"),
    ("flows/demand/models/choice_words.py", "data.languages.extracting:assigned_words"),
    ("flows/coldchain/zone_log/log_words.py", "data.languages.extracting:assigned_words"),
    ("data/languages/sentences.py", "data.languages.extracting_steps:said_by_steps"),
    ("flows/slotting/label_words.py", "data.languages.extracting:assigned_words"),
    ("flows/purchasing/showing/column_words.py", "data.languages.extracting:assigned_words"),
    ("flows/step_words.py", "data.languages.extracting:assigned_words"),
    ("flows/reports/accuracy_texts.py", "data.languages.extracting:assigned_words"),
    ("flows/reports/accuracy_*.py", "ignore"),  # they say words by their keys
    ("flows/**.py", "data.languages.extracting_steps:said_by_steps"),
    ("api/pages/**.py", "data.languages.extracting:sentences"),
    ("api/**.py", "python"),
    ("warehouse/coldchain/rules.py", "data.languages.extracting:sentences"),
    ("warehouse/coldchain/**.py", "data.languages.extracting_reasons:reasons"),
    ("warehouse/couriers/terms.py", "data.languages.extracting_reasons:reasons"),
    ("data/importers/problems.py", "data.languages.extracting_steps:said_by_steps"),
    ("data/importers/**.py", "data.languages.extracting_reasons:reasons"),
    ("data/backups/**.py", "data.languages.extracting_reasons:reasons"),
    ("data/migrations/versions/**.py", "data.languages.extracting_reasons:reasons"),
    ("data/schema_state.py", "data.languages.extracting_reasons:reasons"),
    ("data/database.py", "data.languages.extracting_reasons:reasons"),
    ("data/sample/region.py", "data.languages.extracting_reasons:reasons"),
]
SENTENCES: Final = {  # what takes a sentence, as the last of what has no name
    "Sentence", "Refusal", "Unknown", "Invalid", "NotNow", "Outdated", "OverLimit", "LinkEnded", "NothingToPlan",
    "PlanChanged", "Refused", "WrongRule",
}  # fmt: skip
KEYWORDS: Final = {
    **DEFAULT_KEYWORDS,
    **dict.fromkeys(SENTENCES),
    "say": None,
    "not_found": None,
    "EventType": (2,),
    "require_all_warehouses": (2,),
}
Found = tuple[int, str, str | tuple[str, ...], Sequence[str]]


def assigned_words(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """The texts that a module of words assigns to its names: line, kind of message, message, no comments."""
    for node in ast.parse(file.read()).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            if (text := text_of(node.value)) is not None:
                yield node.lineno, "gettext", text, []
            elif isinstance(node.value, ast.Tuple):
                yield from ((one.lineno, "gettext", said, []) for one in node.value.elts if (said := text_of(one)))
            elif isinstance(node.value, ast.Dict):
                yield from _of_mapping(node.value)


def _of_mapping(mapping: ast.Dict) -> Iterator[Found]:
    for key, value in zip(mapping.keys, mapping.values, strict=True):
        if key is None or (text := text_of(value)) is None:
            continue
        name = text_of(key)
        one, bar, many = text.partition("|")
        if name is None:
            yield value.lineno, "gettext", text, []
        elif bar:
            yield value.lineno, "npgettext", (name, one, many), []
        else:
            yield value.lineno, "pgettext", (name, text), []


def text_of(node: ast.expr) -> str | None:
    """What a literal says; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def sentences(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """What steps refuse with, and other sentences that are said when they are read."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SENTENCES and node.args:
            sentence = text_of(node.args[-1])
            if sentence is not None:
                yield node.lineno, "gettext", sentence, []


def said_by_the_code() -> Catalog:
    """Everything that a person may read, as a catalogue without translations."""
    template = Catalog(domain=DOMAIN, charset="utf-8")
    found = extract_from_dir(ROOT, METHODS, keywords=KEYWORDS, directory_filter=_may_have_words)
    for name, _, message, _, context in found:
        template.add(message, None, [(name, 0)], context=context)
    return template


def _may_have_words(folder: str) -> bool:
    return Path(folder).name not in ("tests", "docs", "deploy", "var") and not Path(folder).name.startswith(".")


def write_catalogue(kept: Catalog, path: Path) -> None:
    """Writes a catalogue, by file, without what changes from one writing to the next."""
    kept.project, kept.version = "Freshfront", "1"
    kept.msgid_bugs_address = kept.last_translator = kept.language_team = "Freshfront"
    with path.open("wb") as file:
        write_po(file, kept, width=120, include_lineno=False, omit_header=False, ignore_obsolete=True)


def main() -> None:
    """Adds what is new to every catalogue, with an empty translation, and drops what nobody says any more."""
    template = said_by_the_code()
    for language in set(Language) - {Language.EN}:
        kept = catalogue(language)
        dates = kept.creation_date, kept.revision_date
        kept.update(template, no_fuzzy_matching=True)
        kept.creation_date, kept.revision_date = dates
        write_catalogue(kept, path_of(language))
        lacking = sum(not _is_translated(message.string) for message in kept if message.id)
        print(f"{path_of(language).relative_to(ROOT)}: {lacking} without a translation (an empty msgstr)")


def _is_translated(string: Any) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    main()
