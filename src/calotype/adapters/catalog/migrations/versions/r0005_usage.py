"""Plans, and what workspaces use of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add them; what is stored already is counted, and this month's uploads begin at none."""
    op.add_column("workspaces", sa.Column("plan", sa.Text, nullable=False, server_default="unlimited"))
    op.add_column("workspaces", sa.Column("verified", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_table(
        "usage",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("uploads", sa.Integer, nullable=False),
        sa.Column("stored", sa.Integer, nullable=False),
        sa.Column("stored_bytes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_usage"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_usage_workspace_id"),
    )
    op.execute(
        "INSERT INTO usage (workspace_id, month, uploads, stored, stored_bytes) "
        "SELECT w.id, '', 0, count(DISTINCT v.asset_id), coalesce(sum(v.size), 0) "
        "FROM workspaces w LEFT JOIN versions v ON v.workspace_id = w.id GROUP BY w.id"
    )
