"""The two group roles of a PostgreSQL database: what the application may do, and what pages may read.

Neither owns anything, so neither can take a guard down, change the chain or the history, or empty a table. People and servers log in
under roles of their own that are members of one of the two.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, Engine

from db.guards.guarded import CHAIN, guarded_tables
from db.guards.postgresql import SCHEMA

APPLICATION = "firstwatch_app"
READER = "firstwatch_read"


def prepare_roles(engine: Engine) -> str | None:
    """Create the roles where they are missing and grant them their rights; return what was done as a sentence, None on SQLite.

    Where the user of this connection may not do it, the sentence says who can, and nothing is changed.
    """
    if engine.dialect.name != "postgresql":
        return None
    with engine.begin() as connection:
        if not _ask(connection, f"SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = '{CHAIN}'::regclass"):
            return f"The rights of {APPLICATION} and {READER} were left as they are: only the owner of the tables grants them."
        if _missing_roles(connection):
            if not _ask(connection, "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"):
                return (
                    f"The roles {APPLICATION} and {READER} were not created: this database user may not create roles. "
                    "Run python -m db init once more as one who may."
                )
            for role in _missing_roles(connection):
                connection.exec_driver_sql(_create_role(role))
        grant_rights(connection)
    return f"The roles {APPLICATION} (the application) and {READER} (pages that only read) have their rights."


def grant_rights(connection: Connection) -> None:
    """Give those of the roles that exist exactly their rights, in the caller's transaction; SQLite has no roles.

    It is done anew whenever the guards are made anew, because their schema goes with them.
    """
    if connection.dialect.name != "postgresql":
        return
    missing = _missing_roles(connection)
    schema = connection.dialect.identifier_preparer.quote(str(_ask(connection, "SELECT current_schema()")))
    for role, statements in ((APPLICATION, _application_rights(schema)), (READER, _reader_rights(schema))):
        if role not in missing:
            for kind in ("TABLES", "SEQUENCES"):
                connection.exec_driver_sql(f"REVOKE ALL ON ALL {kind} IN SCHEMA {schema} FROM {role}")
            for right in statements:
                connection.exec_driver_sql(f"GRANT {right} TO {role}")


def _application_rights(schema: str) -> Iterator[str]:
    """Reading everything; writing the guarded tables; adding to the chain. The history is written by the guards alone."""
    yield from _reader_rights(schema)
    yield f"USAGE ON SCHEMA {SCHEMA}"
    for guarded in guarded_tables():
        yield f"INSERT, UPDATE, DELETE ON {schema}.{guarded.name}"
    yield f"INSERT ON {schema}.{CHAIN}"
    yield f"SELECT, USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA {schema}"


def _reader_rights(schema: str) -> Iterator[str]:
    yield f"USAGE ON SCHEMA {schema}"
    yield f"SELECT ON ALL TABLES IN SCHEMA {schema}"


def _missing_roles(connection: Connection) -> list[str]:
    found = connection.exec_driver_sql("SELECT rolname FROM pg_roles WHERE rolname LIKE 'firstwatch\\_%%'").scalars().all()
    return [role for role in (APPLICATION, READER) if role not in found]


def _create_role(name: str) -> str:
    """Two databases of one server may be prepared at the same time: the later one finds the role there."""
    return f"DO $$ BEGIN CREATE ROLE {name} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"


def _ask(connection: Connection, question: str) -> object:
    return connection.exec_driver_sql(question).scalar_one()
