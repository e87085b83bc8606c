"""What delivery by path needs: policies, key pairs, named transformations, focus, measurements, variant uses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add them; rows that are there get the defaults."""
    _policies()
    _keys()
    _assets()


def _policies() -> None:
    op.add_column("workspaces", sa.Column("auto_avif", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("workspaces", sa.Column("quality", sa.Integer))
    op.add_column(
        "workspaces", sa.Column("restrict_unsigned", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column(
        "workspaces", sa.Column("restrict_unnamed", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("workspaces", sa.Column("variant_budget", sa.Integer))
    op.add_column("workspaces", sa.Column("max_age_s", sa.Integer))
    op.create_table(
        "transformations",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "name", name="pk_transformations"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_transformations_workspace_id"),
    )


def _keys() -> None:
    op.add_column("keys", sa.Column("kind", sa.Text, nullable=False, server_default="bearer"))
    op.add_column("keys", sa.Column("public_id", sa.Text, nullable=False, server_default=""))
    op.add_column("keys", sa.Column("sealed", sa.Text, nullable=False, server_default=""))


def _assets() -> None:
    op.add_column("assets", sa.Column("focus", sa.JSON))
    op.create_table(
        "measurements",
        sa.Column("version_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("version_id", "key", name="pk_measurements"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name="fk_measurements_version_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "variant_uses",
        sa.Column("asset_id", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("asset_id", "day", "key", name="pk_variant_uses"),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["assets.id"], name="fk_variant_uses_asset_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_variant_uses_day", "variant_uses", ["day"])
