"""Which workspaces are the test stages of others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add it; none that is there is a stage: none can have been made as one."""
    op.add_column("workspaces", sa.Column("live_id", sa.Text, nullable=False, server_default=""))
