"""In which language the command line talks: the one that FRESHFRONT_LANGUAGE names, in the environment or in .env, else
that of the locale where gettext looks for it, else English.

Settings are not read for it, since help must not wait for what they need."""

import os
from typing import Final

from dotenv import dotenv_values

from data.languages import best_of, usually_read_in
from data.languages.reading import Language

SETTING: Final = "FRESHFRONT_LANGUAGE"
LOCALE: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set holds; the first has several


def speak_as_asked() -> None:
    """From here on this process talks in the language of whoever runs the command."""
    usually_read_in(asked_language())


def asked_language() -> Language:
    """The language of the setting, else of the locale."""
    named = os.environ.get(SETTING) or dotenv_values(".env").get(SETTING) or ""
    locale = next(filter(None, map(os.environ.get, LOCALE)), "")
    return best_of(named) or best_of(locale.replace(":", ",").replace("_", "-")) or Language.EN
