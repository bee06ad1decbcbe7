"""Before the schema is changed: what is in the database, and so whether somebody is asked and a backup is made.

An empty database loses nothing. One of the sample region is backed up and not asked about: what people did in it comes
back from the backup. Everything else is somebody's, and asked about.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine, MetaData, Table, exists, inspect, select, text

from data.database import losses_between, newest_schema, older_schemas, refuse_newer_schema, schema_of
from data.languages import Sentence
from data.schema_state import SchemaIsNotCurrent
from flows.errors import Invalid

TELLS_NOTHING = {"alembic_version"}


class Holds(StrEnum):
    """What is in a database."""

    NOTHING = "nothing"
    SAMPLE = "the sample region"
    DATA = "data"


@dataclass(frozen=True)
class SchemaChange:
    """From a schema (None: there is none) to another, and what the database holds."""

    found: str | None
    to: str
    holds: Holds

    @property
    def is_any(self) -> bool:
        return self.found != self.to


def upgrade_needed(engine: Engine) -> SchemaChange:
    """What an upgrade would change. Raises SchemaIsNotCurrent for a newer schema."""
    refuse_newer_schema(engine)
    return SchemaChange(schema_of(engine), newest_schema(), what_it_holds(engine))


def downgrade_asked(engine: Engine, revision: str | None) -> tuple[SchemaChange, list[str]]:
    """What going back to a revision (None: the one before) would change, and what it would lose, in words. Raises
    SchemaIsNotCurrent, or Invalid for what is no revision before it."""
    refuse_newer_schema(engine)
    found = schema_of(engine)
    if found is None:
        raise SchemaIsNotCurrent("The database has no Freshfront schema, so there is nothing to take back.")
    before = older_schemas(found)
    if revision is None and not before:
        raise Invalid("Schema {found} is the first: there is none before it.", found=found, field="revision")
    to = revision or before[0]
    if to not in before:
        raise Invalid(
            "{to!r} is no schema before {found}; those are {before}.",
            to=to,
            found=found,
            before=before or Sentence("none"),
            field="revision",
        )
    return SchemaChange(found, to, what_it_holds(engine)), losses_between(found, to)


def what_it_holds(engine: Engine) -> Holds:
    """Nothing, the sample region, of which true demand is known as of no other, or data."""
    names = set(inspect(engine).get_table_names()) - TELLS_NOTHING
    with engine.connect() as connection:

        def some(name: str) -> bool:
            return bool(connection.scalar(select(exists().select_from(Table(name, MetaData())))))

        if not any(map(some, sorted(names))):
            return Holds.NOTHING
        if "true_demand" not in names or not some("true_demand"):
            return Holds.DATA
        others = text(
            "SELECT 1 FROM warehouses WHERE warehouse_id NOT IN (SELECT DISTINCT warehouse_id FROM true_demand) LIMIT 1"
        )
        return Holds.DATA if connection.scalar(others) else Holds.SAMPLE
