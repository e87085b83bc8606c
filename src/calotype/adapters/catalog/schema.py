"""The tables, their constraints and their indexes: one schema for SQLite and PostgreSQL.

Law: `migrations/` builds exactly this; a test compares the two on both databases.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from calotype.adapters.catalog.account_tables import (
    accounts,
    app_users,
    apps,
    connect_codes,
    requests_seen,
    sessions,
    sign_in_codes,
    usage,
    used_links,
)
from calotype.adapters.catalog.columns import (
    EPOCH,
    MICROSECOND,
    BoxJson,
    FactsJson,
    Moment,
    metadata,
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Text, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("storage", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("originals", Text, nullable=False),
    # The newest created_at that was given to an asset: see assets.add.
    Column("newest_at", Moment, nullable=False),
    Column("auto_avif", Boolean, nullable=False, server_default=false()),
    Column("quality", Integer),
    Column("restrict_unsigned", Boolean, nullable=False, server_default=false()),
    Column("restrict_unnamed", Boolean, nullable=False, server_default=false()),
    Column("variant_budget", Integer),
    Column("max_age_s", Integer),
    Column("plan", Text, nullable=False, server_default="unlimited"),
    Column("verified", Boolean, nullable=False, server_default=true()),
    Column("live_id", Text, nullable=False, server_default=""),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("lookup", Text, nullable=False, index=True),
    Column("digest", Text, nullable=False),
    Column("abilities", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("kind", Text, nullable=False, server_default="bearer"),
    Column("public_id", Text, nullable=False, server_default=""),
    Column("sealed", Text, nullable=False, server_default=""),
)

transformations = Table(
    "transformations",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

assets = Table(
    "assets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    # The version that is served. No foreign key: versions point here, and a circle cannot be inserted.
    Column("version_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("namespace", Text),
    # In the owner's order, so that one row tells all; asset_tags is the index of them.
    Column("tags", JSON, nullable=False),
    Column("external_id", Text),
    Column("date", Text),
    Column("metadata", JSON, nullable=False),
    Column("caption", Text),
    # As tags: here to be shown, in asset_labels to be found by.
    Column("labels", JSON, nullable=False, server_default="{}"),
    Column("published_at", Moment),
    Column("expires_at", Moment, index=True),
    Column("focus", BoxJson),
    Column("source_url", Text),
    # Set by the operator: "locked" or "blocked"; empty for nearly all.
    Column("moderation", Text, nullable=False, server_default=""),
    Column("provisional", Boolean, nullable=False, server_default=false()),
    # Both databases walk an index backwards as fast as forwards, so none is declared descending.
    Index("ix_assets_newest", "workspace_id", "created_at", "id"),
    Index("ix_assets_newest_in_namespace", "workspace_id", "namespace", "created_at", "id"),
)

PATH = UniqueConstraint(assets.c.workspace_id, assets.c.folder, assets.c.file_name)
"""One asset at each place."""

EXTERNAL_ID = UniqueConstraint(assets.c.workspace_id, assets.c.external_id)
"""One holder in a workspace; assets without an external id do not meet here (NULLs are distinct)."""

namespace_totals = Table(
    "namespace_totals",
    metadata,
    # Expired assets count until they are swept: see namespaces.page.
    Column("workspace_id", Text, primary_key=True),
    Column("namespace", Text, primary_key=True),
    Column("assets", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("asset_id", Text, ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("workspace_id", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("facts", FactsJson, nullable=False),
)

measurements = Table(
    "measurements",
    metadata,
    Column("version_id", Text, ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("values", JSON, nullable=False),
)

variant_uses = Table(
    "variant_uses",
    metadata,
    Column("asset_id", Text, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Date, primary_key=True, index=True),
    Column("key", Text, primary_key=True),
)

asset_tags = Table(
    "asset_tags",
    metadata,
    # created_at never changes, so it may stand here too: a tag's page is one walk of the primary key.
    Column("workspace_id", Text, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("created_at", Moment, primary_key=True),
    Column("asset_id", Text, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

asset_labels = Table(
    "asset_labels",
    metadata,
    Column("workspace_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("created_at", Moment, primary_key=True),
    Column("asset_id", Text, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("workspace_id", Text, nullable=False),
    Column("asset_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # Of a deleted asset alone: while its event is kept, lists still know where it was.
    Column("asset_created_at", Moment),
)

crashes = Table(
    "crashes",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("total", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("subject", Text, primary_key=True),
    # NULL: for good.
    Column("until", Moment, index=True),
)

counters = Table(
    "counters",
    metadata,
    Column("bucket", Text, primary_key=True),
    # An hour's and a day's window may start at the same moment, so the length is part of the key.
    Column("window_s", Integer, primary_key=True, autoincrement=False),
    Column("window_start", Moment, primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("ends_at", Moment, nullable=False, index=True),
)

__all__ = [
    "EPOCH",
    "EXTERNAL_ID",
    "MICROSECOND",
    "PATH",
    "BoxJson",
    "FactsJson",
    "Moment",
    "accounts",
    "app_users",
    "apps",
    "asset_labels",
    "asset_tags",
    "assets",
    "connect_codes",
    "counters",
    "crashes",
    "events",
    "keys",
    "measurements",
    "metadata",
    "namespace_totals",
    "quarantine",
    "requests_seen",
    "sessions",
    "sign_in_codes",
    "transformations",
    "usage",
    "used_links",
    "variant_uses",
    "versions",
    "workspaces",
]
