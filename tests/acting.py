"""Writing in tests: guarded tables are written by somebody, for a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.engine import writing

TESTER = Actor("a test", "administrator", datetime(2026, 3, 1, 8, tzinfo=UTC))


@contextmanager
def acting(engine: Engine, actor: Actor = TESTER, *, reason: str | None = "to test") -> Iterator[Session]:
    """Yield a writing session in which ``actor`` acts; committed at the end, or not at all."""
    with writing(engine) as session:
        begin_act(session, actor, "test", reason=reason)
        yield session
