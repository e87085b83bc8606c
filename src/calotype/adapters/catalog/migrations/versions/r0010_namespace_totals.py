"""What each namespace holds, counted beside the rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add it; what is stored already is counted."""
    op.create_table(
        "namespace_totals",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("assets", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "namespace", name="pk_namespace_totals"),
    )
    op.execute(
        "INSERT INTO namespace_totals (workspace_id, namespace, assets, size) "
        "SELECT a.workspace_id, a.namespace, count(*), sum(v.size) "
        "FROM assets a JOIN versions v ON v.id = a.version_id "
        "WHERE a.namespace IS NOT NULL GROUP BY a.workspace_id, a.namespace"
    )
