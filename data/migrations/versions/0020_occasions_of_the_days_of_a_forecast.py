"""what makes a day of a forecast other than usual is kept once for its warehouse, not with every product"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from data.tables.types import Moment

revision = "0020"
down_revision = "0019"

BATCH = 10_000


def upgrade() -> None:
    op.create_table(
        "occasions",
        sa.Column("warehouse_id", sa.String(64), nullable=False),
        sa.Column("origin", Moment(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("away", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("warehouse_id", "origin", "date", "name", "kind", name=op.f("pk_occasions")),
        sqlite_with_rowid=False,
    )
    _move_over()
    op.drop_column("forecast_contributions", "occasions")


def downgrade() -> None:
    op.add_column("forecast_contributions", sa.Column("occasions", sa.JSON(), nullable=False, server_default="[]"))
    _move_back()
    op.drop_table("occasions")


def _move_over() -> None:
    """Keeps the occasions of one product's explanation of each day: those of the others were the same."""
    told = sa.table("forecast_contributions", *_columns("warehouse_id", "product_id", "origin", "date", "occasions"))
    key = told.c.warehouse_id, told.c.origin, told.c.date
    first = sa.select(*key, sa.func.min(told.c.product_id).label("product_id")).group_by(*key).subquery()
    same = sa.and_(*(told.c[name] == first.c[name] for name in ("warehouse_id", "product_id", "origin", "date")))
    found = op.get_bind().execute(sa.select(*key, told.c.occasions).join(first, same))
    of_day = ("warehouse_id", "origin", "date")
    kept = sa.table("occasions", *_columns(*of_day, "name", "kind", "closed", "away", "seen"))
    for rows in found.partitions(BATCH):
        days = [(dict(zip(of_day, row[:3], strict=True)), row.occasions) for row in rows]
        op.bulk_insert(kept, [day | occasion for day, occasions in days for occasion in occasions])


def _move_back() -> None:
    """Every product's explanation of a day tells its occasions again."""
    of_day = ("warehouse_id", "origin", "date")
    said = ("name", "kind", "closed", "away", "seen")
    kept = sa.table("occasions", *_columns(*of_day, *said))
    told = sa.table("forecast_contributions", *_columns(*of_day, "occasions"))
    days: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in op.get_bind().execute(sa.select(kept).order_by(kept.c.name, kept.c.kind)):
        days.setdefault(tuple(row[:3]), []).append({name: getattr(row, name) for name in said})
    for key, occasions in days.items():
        same = sa.and_(*(told.c[name] == value for name, value in zip(of_day, key, strict=True)))
        op.get_bind().execute(sa.update(told).where(same).values(occasions=occasions))


def _columns(*names: str) -> list[sa.ColumnClause[Any]]:
    kinds: dict[str, Any] = {"origin": Moment(), "date": sa.Date(), "occasions": sa.JSON(), "closed": sa.Boolean()}
    return [sa.column(name, kinds.get(name)) for name in names]
