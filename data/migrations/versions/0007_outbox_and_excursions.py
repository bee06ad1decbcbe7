"""an outbox of what is to be told, recovery margins, excursions in sensor states"""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
