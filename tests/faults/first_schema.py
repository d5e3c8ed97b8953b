"""A database as the first release left it: schema 0001, with rows and their earlier versions in it."""

import importlib
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, MetaData, Table, text

from db.engine import embedded_url, open_engine
from db.history import HISTORY, KNOWN_MODELS, table_of
from db.models import Study
from synthetic.generator import generate

FIRST = "db.migrations.versions.0001_first_light"


def make_first_schema(target: Engine, folder: Path) -> None:
    """Write a small made-up trial into an empty database, in schema 0001; ``folder`` is for files that are gone afterwards."""
    source = open_engine(embedded_url(folder / "source.export"))
    generate(source, scenario="default", seed=1, subjects=1)
    with source.connect() as new, target.connect().execution_options(writer=True) as old:
        context = MigrationContext.configure(old, opts={"render_as_batch": True})
        with Operations.context(context):
            importlib.import_module(FIRST).upgrade()
        old.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        old.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
        held = MetaData()
        held.reflect(old)
        for model in (Study, *KNOWN_MODELS):
            _take(new, old, held, table_of(model))
        for past in HISTORY.values():
            _take(new, old, held, past)
        old.commit()
    source.dispose()
    for left in folder.glob("source.export*"):
        left.unlink()


def _take(new: Connection, old: Connection, held: MetaData, table: Table) -> None:
    """Copy the rows of a table that schema 0001 had, as they stand in the file."""
    if table.name not in held.tables:
        return
    names = [column.name for column in held.tables[table.name].columns if column.name in table.c]
    columns = ", ".join(f'"{name}"' for name in names)
    rows = new.execute(text(f"SELECT {columns} FROM {table.name}")).mappings().all()
    if rows:
        values = ", ".join(f":{name}" for name in names)
        old.execute(text(f"INSERT INTO {table.name} ({columns}) VALUES ({values})"), [dict(row) for row in rows])
