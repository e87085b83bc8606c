"""What the operator has decided about an asset, and what expires only until its owner is verified."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add both; nothing is locked or blocked, and nobody is waited for."""
    op.add_column("assets", sa.Column("moderation", sa.Text, nullable=False, server_default=""))
    op.add_column("assets", sa.Column("provisional", sa.Boolean, nullable=False, server_default=sa.false()))
