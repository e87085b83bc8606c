"""The tables of those who own assets: accounts, sessions and codes, apps and their users, usage, idempotency keys."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from calotype.adapters.catalog.columns import Moment, metadata

usage = Table(
    "usage",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    # "2026-11", UTC: the month that *uploads* counts.
    Column("month", Text, nullable=False),
    Column("uploads", Integer, nullable=False),
    # What is there now: how many assets, and the bytes of their originals.
    Column("stored", Integer, nullable=False),
    Column("stored_bytes", BigInteger, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    # As it is compared: lower case. Not unique: anybody can write an address down.
    Column("email", Text, nullable=False, index=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("verified_at", Moment),
)

sign_in_codes = Table(
    "sign_in_codes",
    metadata,
    # The newest code of an e-mail address for one purpose: the account pages, or an app's login.
    Column("email", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

used_links = Table(
    "used_links",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
)

apps = Table(
    "apps",
    metadata,
    Column("id", Text, primary_key=True),
    # Its own storage, which its keys belong to.
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False, unique=True),
    # Whose app it is; none for the operator's.
    Column("account_id", Text, ForeignKey("accounts.id"), index=True),
    Column("name", Text, nullable=False),
    Column("redirect_uris", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    # "active", "suspended" (by its owner) or "blocked" (by the operator).
    Column("status", Text, nullable=False),
)

app_users = Table(
    "app_users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey("apps.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    # Since when the person lets the app act no more.
    Column("disconnected_at", Moment),
)

CONNECTED = UniqueConstraint(app_users.c.app_id, app_users.c.account_id)
"""One user, and so one workspace, for each account of an app."""

connect_codes = Table(
    "connect_codes",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("app_users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", Moment, nullable=False, index=True),
)

requests_seen = Table(
    "requests_seen",
    metadata,
    # Idempotency keys: whose, and which.
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    # Of the parsed request; a different one under the same key is a conflict.
    Column("fingerprint", Text, nullable=False),
    # The id that its asset will have; and the asset that came of it, none while the attempt runs.
    Column("reserved_id", Text, nullable=False),
    Column("asset_id", Text),
    Column("holder", Text, nullable=False),
    # Until then the attempt that runs holds the key; a dead process holds it no longer.
    Column("held_until", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)
