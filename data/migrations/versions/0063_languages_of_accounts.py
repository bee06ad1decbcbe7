"""the language that a person chose on a page"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0067"

LOST_GOING_BACK = "the language that each person chose for pages (account_languages)"


def upgrade() -> None:
    op.create_table(
        "account_languages",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account_languages")),
    )


def downgrade() -> None:
    op.drop_table("account_languages")
