"""Apps, their users, and the codes that name a user once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "apps",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("redirect_uris", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_apps"),
        sa.UniqueConstraint("workspace_id", name="uq_apps_workspace_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_apps_workspace_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_apps_account_id"),
    )
    op.create_index("ix_apps_account_id", "apps", ["account_id"])
    op.create_table(
        "app_users",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disconnected_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_app_users"),
        sa.UniqueConstraint("workspace_id", name="uq_app_users_workspace_id"),
        sa.UniqueConstraint("app_id", "account_id", name="uq_app_users_app_id_account_id"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.id"], name="fk_app_users_app_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_app_users_account_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_app_users_workspace_id"),
    )
    op.create_index("ix_app_users_account_id", "app_users", ["account_id"])
    op.create_table(
        "connect_codes",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_connect_codes"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_users.id"], name="fk_connect_codes_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_connect_codes_user_id", "connect_codes", ["user_id"])
    op.create_index("ix_connect_codes_expires_at", "connect_codes", ["expires_at"])
