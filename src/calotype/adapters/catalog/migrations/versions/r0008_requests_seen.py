"""Requests that must not take effect twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "requests_seen",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("reserved_id", sa.Text, nullable=False),
        sa.Column("asset_id", sa.Text),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("held_until", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "key", name="pk_requests_seen"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_requests_seen_workspace_id"),
    )
    op.create_index("ix_requests_seen_expires_at", "requests_seen", ["expires_at"])
