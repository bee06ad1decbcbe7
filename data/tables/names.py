"""What things are called in each language, beside the one name that each of them has: the plain one.

A name is looked up where it is read, in the language read then; where none is known in it, the plain one stands. Rows
that have a name bring their names with them (`Named`), in the statement that reads them; a query asks for `called`; for
what is a text of other rows, as a category, there is `names_of`, which asks once a session.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final, cast

from sqlalchemy import ColumnElement, String, bindparam, func, literal_column, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, MappedSQLExpression, Session, column_property, declared_attr, mapped_column

from data.languages.reading import Language, language_now
from data.tables.declaration import Base


class NameKind(StrEnum):
    """What has names by language."""

    PRODUCTS = "products"
    CATEGORIES = "categories"
    SUBCATEGORIES = "subcategories"
    SUPPLIERS = "suppliers"
    WAREHOUSES = "warehouses"
    CITIES = "cities"
    ZONES = "zones"
    SENSORS = "sensors"
    ACTUATORS = "actuators"


TEXTS: Final = (NameKind.CATEGORIES, NameKind.SUBCATEGORIES, NameKind.CITIES)  # their plain names are their ids


class NameRow(Base):
    """What people of a language call a thing, by its id; a category, subcategory or city by its plain name."""

    __tablename__ = "names"
    __table_args__ = ({"sqlite_with_rowid": False},)

    kind: Mapped[NameKind] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[Language] = mapped_column(primary_key=True)
    name: Mapped[str]


# the language is the one read when the statement is asked, not when it is written
READ_NOW: Final = bindparam("language_read", callable_=lambda: language_now().value, type_=String())
NAMES: Final = "names_by_language"  # what a session keeps of the texts' names


def called(kind: NameKind, id: Any, plain: Any) -> ColumnElement[str]:
    """In a query: the name in the language read now of what has this id, else the plain one."""
    return func.coalesce(_name_in(READ_NOW, kind, id), plain, type_=String())


def has_name_like(kind: NameKind, id: Any, pattern: Any) -> ColumnElement[bool]:
    """In a query: whether what has this id is called like a pattern in any language; the pattern is in small letters,
    and `/` escapes in it."""
    alike = select(NameRow.id).where(_is(kind), func.lower(NameRow.name).like(pattern, escape="/"))
    return cast(ColumnElement[bool], id.in_(alike))


class CalledSo(dict[str, str]):
    """What texts are called; what has no name is called what it is."""

    def __missing__(self, text: str) -> str:
        return text


def names_of(session: Session, kind: NameKind) -> Mapping[str, str]:
    """What categories, subcategories or cities are called in the language read now: any text has a name. All of them
    are asked for once a session."""
    known: dict[Language, dict[NameKind, CalledSo]] = session.info.setdefault(NAMES, {})
    language = language_now()
    if language not in known:
        found = select(NameRow.kind, NameRow.id, NameRow.name)
        found = found.where(NameRow.kind.in_(TEXTS), NameRow.language == language)
        known[language] = {one: CalledSo() for one in TEXTS}
        for of, id, name in session.execute(found):
            known[language][of][id] = name
    return known[language][kind]


def in_order_of_names(session: Session, kind: NameKind, texts: Iterable[str]) -> dict[str, str]:
    """What each of these is called, by name."""
    names = names_of(session, kind)
    return {text: names[text] for text in sorted(texts, key=names.__getitem__)}


def _is(kind: NameKind) -> ColumnElement[bool]:
    return NameRow.kind == literal_column(f"'{kind}'")  # part of the statement, which is read once for all values


def _name_in(language: Any, kind: NameKind, id: Any) -> ColumnElement[str | None]:
    of_it = _is(kind), NameRow.id == id, NameRow.language == language
    return select(NameRow.name).where(*of_it).correlate_except(NameRow).scalar_subquery()


class Named:
    """A row that has a name: `name` as it is called in the language read now, else as it was told us, `plain_name`.

    Another language can be read after the row: it knows its names in all of them."""

    NAMES_OF: ClassVar[NameKind]
    ID: ClassVar[str]

    plain_name: Mapped[str] = mapped_column("name")

    @declared_attr
    @classmethod
    def name_en(cls) -> MappedSQLExpression[str | None]:
        return column_property(_name_in(literal_column("'en'"), cls.NAMES_OF, getattr(cls, cls.ID)))

    @declared_attr
    @classmethod
    def name_zh(cls) -> MappedSQLExpression[str | None]:
        return column_property(_name_in(literal_column("'zh'"), cls.NAMES_OF, getattr(cls, cls.ID)))

    @property
    def names(self) -> dict[Language, str]:
        """By language, where it has names."""
        plain = self.plain_name  # it may have to be read again; with it come the others
        known = {one: vars(self).get(f"name_{one}") for one in Language}
        return {one: name for one, name in known.items() if plain and name}

    @hybrid_property
    def name(self) -> str:
        return self.names.get(language_now(), self.plain_name)

    @property
    def all_names(self) -> list[str]:
        """By which it is known to anybody: the plain one and those of any language."""
        return list(dict.fromkeys((self.plain_name, *self.names.values())))

    def is_called_like(self, words: str) -> bool:
        """Whether one of its names, in any language, holds these words."""
        return any(words.casefold() in name.casefold() for name in self.all_names)

    @name.inplace.setter
    def _rename(self, value: str) -> None:
        self.plain_name = value

    @name.inplace.expression
    @classmethod
    def _called(cls) -> ColumnElement[str]:
        return called(cls.NAMES_OF, getattr(cls, cls.ID), cls.plain_name)

    @name.inplace.update_expression
    @classmethod
    def _renamed(cls, value: Any) -> list[tuple[Any, Any]]:
        return [(cls.plain_name, value)]
