"""Captions, labels with their index, and since when an asset has been public."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add them; what is public already has been so since it came, as far as anybody knows."""
    op.add_column("assets", sa.Column("caption", sa.Text))
    op.add_column("assets", sa.Column("labels", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("assets", sa.Column("published_at", sa.BigInteger))
    op.execute("UPDATE assets SET published_at = created_at WHERE visibility = 'public'")
    op.create_table(
        "asset_labels",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("asset_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "key", "value", "created_at", "asset_id", name="pk_asset_labels"
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["assets.id"], name="fk_asset_labels_asset_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_asset_labels_asset_id", "asset_labels", ["asset_id"])
