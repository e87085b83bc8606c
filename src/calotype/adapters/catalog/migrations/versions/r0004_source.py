"""Where an imported asset was fetched from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add it; what is there already was uploaded."""
    op.add_column("assets", sa.Column("source_url", sa.Text))
