"""Alembic's entry: it runs the steps on the connection, and in the transaction, that `upgrade` hands over."""

from __future__ import annotations

from alembic import context

from calotype.adapters.catalog.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
