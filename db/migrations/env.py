"""Alembic's entry: runs the migrations on the connection that db/schema.py hands over, and puts the guards up anew and tells the planner.

Guards are made from the models, so a migration neither writes nor keeps them: it finds them down and leaves them to be made.
"""

from alembic import context
from sqlmodel import SQLModel

import db.history  # noqa: F401  declares every table, history included
from db.guards.install import install, remove
from db.planning import tell_planner

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    remove(connection)
    context.run_migrations()
    install(connection)
    tell_planner(connection)
