"""how much is to lie on display, and what share customers take freshest first, by category"""

import sqlalchemy as sa
from alembic import op

from data.tables import types

revision = "0060"
down_revision = "0058"

LOST_GOING_BACK = (
    "how much is to lie on display, and what share is taken freshest first (category_terms.display_minimum, "
    "category_terms.freshest_first)"
)
CHECKS = {
    "display_minimum_is_not_negative": "display_minimum >= 0",
    "freshest_first_is_a_share": "freshest_first BETWEEN 0 AND 1",
}


def upgrade() -> None:
    with op.batch_alter_table("category_terms") as table:
        table.add_column(sa.Column("display_minimum", types.Exact(3)))
        table.add_column(sa.Column("freshest_first", sa.Double()))
        for name, holds in CHECKS.items():
            table.create_check_constraint(op.f(f"ck_category_terms_{name}"), holds)


def downgrade() -> None:
    with op.batch_alter_table("category_terms") as table:
        for name in CHECKS:
            table.drop_constraint(op.f(f"ck_category_terms_{name}"), type_="check")
        table.drop_column("freshest_first")
        table.drop_column("display_minimum")
