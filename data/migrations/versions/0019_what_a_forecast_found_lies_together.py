"""what one forecast found lies together: the keys of silent products and bulk orders begin with its origin"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from data.tables.types import Moment

revision = "0019"
down_revision = "0018"

SILENT = ["last_sold_on", "silent_days", "probability", "ended"]


def upgrade() -> None:
    _with_key("silent_products", ["warehouse_id", "origin", "product_id"], SILENT)
    _with_key("bulk_orders", ["warehouse_id", "origin", "product_id", "date"], ["sales"])


def downgrade() -> None:
    _with_key("silent_products", ["warehouse_id", "product_id", "origin"], SILENT)
    _with_key("bulk_orders", ["warehouse_id", "product_id", "origin", "date"], ["sales"])


def _with_key(name: str, key: list[str], others: list[str]) -> None:
    """Moves the rows of a table to one of the same columns with another key."""
    before = f"{name}_before"
    op.rename_table(name, before)
    if op.get_bind().dialect.name != "sqlite":  # there the name of a key is free again only without it
        op.drop_constraint(f"pk_{name}", before)
    op.create_table(
        name,
        *(_column(column) for column in [*key, *others]),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )
    old, new = (sa.table(table, *(sa.column(column) for column in [*key, *others])) for table in (before, name))
    op.execute(new.insert().from_select([*key, *others], sa.select(old)))
    op.drop_table(before)


def _column(name: str) -> sa.Column[Any]:
    kinds: dict[str, Any] = {
        "warehouse_id": sa.String(64),
        "product_id": sa.String(64),
        "origin": Moment(),
        "date": sa.Date(),
        "last_sold_on": sa.Date(),
        "ended": sa.Boolean(),
    }
    return sa.Column(name, kinds.get(name, sa.Double()), nullable=False)
