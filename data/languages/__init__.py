"""What people read, in their language: English sentences are the keys, a Babel catalogue has the Chinese ones.

Whoever answers somebody says first in which language (`reading_in`); what is said from then on (`say`, `worded`) is in
it. What is made before somebody reads it is a `Sentence`. `python -m data.languages.extracting` brings the catalogue up
to what the code says.
"""

from data.languages.catalogues import counted, listed, say, worded, worded_by_number
from data.languages.reading import (
    LOCALES,
    best_of,
    kept_by_language,
    language_now,
    locale_now,
    read_in,
    reading_in,
    usually_read_in,
)
from data.languages.rewording import Reworded, reworded
from data.languages.sentences import Sentence, all_of, in_one_paragraph

__all__ = [
    "LOCALES",
    "Reworded",
    "Sentence",
    "all_of",
    "best_of",
    "counted",
    "in_one_paragraph",
    "kept_by_language",
    "language_now",
    "listed",
    "locale_now",
    "read_in",
    "reading_in",
    "reworded",
    "say",
    "usually_read_in",
    "worded",
    "worded_by_number",
]
