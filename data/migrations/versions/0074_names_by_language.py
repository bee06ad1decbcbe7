"""what people of each language call products, suppliers, places and what else has a name"""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"

LOST_GOING_BACK = "names by language (names), which can be imported again; the plain names stay"


def upgrade() -> None:
    op.create_table(
        "names",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", "language", name=op.f("pk_names")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("names")
