"""The first tables: workspaces, keys, assets with versions and tags, events, crashes, quarantine, counters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them."""
    _owners()
    _assets()
    _happenings()


def _owners() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("storage", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("originals", sa.Text, nullable=False),
        sa.Column("newest_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.UniqueConstraint("slug", name="uq_workspaces_slug"),
        sa.UniqueConstraint("storage", name="uq_workspaces_storage"),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("lookup", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("abilities", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_keys_workspace_id"),
    )
    op.create_index("ix_keys_workspace_id", "keys", ["workspace_id"])
    op.create_index("ix_keys_lookup", "keys", ["lookup"])


def _assets() -> None:
    op.create_table(
        "assets",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("version_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("namespace", sa.Text),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("date", sa.Text),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_assets"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_assets_workspace_id"),
        sa.UniqueConstraint(
            "workspace_id", "folder", "file_name", name="uq_assets_workspace_id_folder_file_name"
        ),
        sa.UniqueConstraint("workspace_id", "external_id", name="uq_assets_workspace_id_external_id"),
    )
    op.create_index("ix_assets_expires_at", "assets", ["expires_at"])
    op.create_index("ix_assets_newest", "assets", ["workspace_id", "created_at", "id"])
    op.create_index(
        "ix_assets_newest_in_namespace", "assets", ["workspace_id", "namespace", "created_at", "id"]
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("asset_id", sa.Text, nullable=False),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_versions_asset_id", ondelete="CASCADE"),
    )
    op.create_index("ix_versions_asset_id", "versions", ["asset_id"])
    op.create_table(
        "asset_tags",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("asset_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "tag", "created_at", "asset_id", name="pk_asset_tags"),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["assets.id"], name="fk_asset_tags_asset_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_asset_tags_asset_id", "asset_tags", ["asset_id"])


def _happenings() -> None:
    op.create_table(
        "events",
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("asset_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
    )
    op.create_table(
        "crashes",
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_crashes"),
    )
    op.create_table(
        "quarantine",
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.PrimaryKeyConstraint("subject", name="pk_quarantine"),
    )
    op.create_index("ix_quarantine_until", "quarantine", ["until"])
    op.create_table(
        "counters",
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("window_s", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("window_start", sa.BigInteger, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bucket", "window_s", "window_start", name="pk_counters"),
    )
    op.create_index("ix_counters_ends_at", "counters", ["ends_at"])
