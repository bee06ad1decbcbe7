"""What is said of a database whose schema is not the one this version needs. Apart from what finds it out, so that the
command line can name it without loading SQLAlchemy."""


class SchemaIsNotCurrent(RuntimeError):
    """The database was made by another version of Freshfront, or not made yet."""


class DatabaseIsNotUtf8(SchemaIsNotCurrent):
    """The database keeps text in another encoding, so no version's schema has room in it for all names."""
