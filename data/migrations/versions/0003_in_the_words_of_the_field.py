"""region models, and why a model was rejected, by the words of the field"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _rename("prior_id", "region_model_id", "refused_because", "rejected_because")


def downgrade() -> None:
    _rename("region_model_id", "prior_id", "rejected_because", "refused_because")


def _rename(region: str, new_region: str, because: str, new_because: str) -> None:
    # RENAME COLUMN keeps rows, keys and indexes on both databases, where batch mode would copy every model
    op.drop_index(op.f(f"ix_demand_models_{region}"), "demand_models")
    op.execute(f"ALTER TABLE demand_models RENAME COLUMN {region} TO {new_region}")
    op.execute(f"ALTER TABLE demand_models RENAME COLUMN {because} TO {new_because}")
    op.create_index(op.f(f"ix_demand_models_{new_region}"), "demand_models", [new_region])
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no names that could be asked for
        op.execute(
            f"ALTER TABLE demand_models RENAME CONSTRAINT fk_demand_models_{region} TO fk_demand_models_{new_region}"
        )
