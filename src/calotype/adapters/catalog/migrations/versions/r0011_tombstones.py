"""When an asset was made, in the event of its deletion: a page that begins with it is found for a while yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add it; what was deleted before is not found any more."""
    op.add_column("events", sa.Column("asset_created_at", sa.BigInteger))
