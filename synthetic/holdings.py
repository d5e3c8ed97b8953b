"""What a database holds already; kept apart from the generator so that asking is quick."""

from sqlalchemy import Engine, func, select
from sqlmodel import Session

from db.engine import reading
from db.history import table_of
from db.models import Study


def holds_study(session: Session, code: str | None = None) -> bool:
    """Say whether the database holds a study with this code, or any study at all."""
    table = table_of(Study)
    statement = select(func.count()).select_from(table)
    if code is not None:
        statement = statement.where(table.c.code == code)
    return bool(session.connection().execute(statement).scalar_one())


def holds_any_study(engine: Engine) -> bool:
    """Say whether a database with a schema holds any study."""
    with reading(engine) as session:
        return holds_study(session)
