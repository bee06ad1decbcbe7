"""an order number belongs to its warehouse; days booked from orders are known"""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
