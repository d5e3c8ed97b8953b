"""Alembic's entry: runs the migrations on the connection that db/schema.py hands over."""

from alembic import context
from sqlmodel import SQLModel

import db.history  # noqa: F401  declares every table, history included

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
