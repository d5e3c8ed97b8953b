"""A small record with every kind of change in it: rows inserted, corrected and voided, two studies, an account, an act."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, Table
from sqlmodel import Session

from db.audit import Actor, append_entry, begin_act
from db.commands.bulk import reset_sequences
from db.engine import writing
from db.history import insert_versions, table_of
from db.models import Account, RoleGrant, Site, Study, Subject

STUDY = 1
PEOPLE = Actor("Zoë O'Hara, 林医生", "coordinator", datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=UTC), session="s-1")


def at(day: int, hour: int = 8, microsecond: int = 0) -> datetime:
    """A moment in March 2026."""
    return datetime(2026, 3, day, hour, microsecond=microsecond, tzinfo=UTC)


def full_row(table: Table, **values: Any) -> dict[str, Any]:
    """A row with every column: those given, the others missing."""
    return dict.fromkeys(column.name for column in table.columns) | values


def subject(number: int, known_from: datetime, **values: Any) -> dict[str, Any]:
    """A subject of study 1."""
    given = {"id": number, "study_id": STUDY, "known_from": known_from, "code": f"01-{number:03}", "status": "screening"}
    return full_row(table_of(Subject), **(given | values))


def site(number: int, known_from: datetime, **values: Any) -> dict[str, Any]:
    """A site of study 1; the planned rates are numbers that are written differently by different programs."""
    given = {
        "id": number,
        "study_id": STUDY,
        "known_from": known_from,
        "code": f"{number:02}",
        "name": 'Łódź "5"\n\t\\',
        "time_zone": "UTC",
    }
    return full_row(table_of(Site), **(given | values))


def fill(engine: Engine) -> None:
    """Write the small record."""
    with writing(engine) as session:
        _insert(session)
        begin_act(session, PEOPLE, "correct status", reason="the form was late")
        later = {"status": "enrolled", "enrolled_on": date(2026, 3, 9), "known_from": at(9, microsecond=5)}
        change(session, 1, **later)
        change(session, 1, status="on study", known_from=at(10))
        places = table_of(Site)
        session.connection().execute(places.update().where(places.c.id == 1).values(planned_per_month=1.5, known_from=at(11)))
        begin_act(session, PEOPLE, "void subject", reason="entered twice", known_from=at(12))
        people = table_of(Subject)
        session.connection().execute(people.delete().where(people.c.id == 2))
        append_entry(session, PEOPLE, "sign in", details={"to": "nowhere", "zahl": 1.5}, reason=None)
        reset_sequences(session)


def _insert(session: Session) -> None:
    begin_act(session, PEOPLE, "set up")
    connection = session.connection()
    for number, code in enumerate(("S", "OTHER"), 1):
        named = full_row(table_of(Study), id=number, code=code, title="t \u202ex", kind="live", time_zone="Asia/Shanghai")
        connection.execute(table_of(Study).insert(), [named | {"data_through": date(2026, 3, 1)}])
    rates = (0.1, 1e-07, 1e22, 3.0, 123456789.123456789, None)
    insert_versions(session, Site, [[site(number, at(1), planned_per_month=rate)] for number, rate in enumerate(rates, 1)])
    insert_versions(session, Subject, [[subject(number, at(2), site_id=1, eligible=number == 1, age_years=40)] for number in (1, 2)])
    account = {"id": 1, "issuer": "https://id.example", "login": "z", "name": "Zoë", "disabled": False, "created_at": at(1)}
    connection.execute(table_of(Account).insert(), [account])
    grant = {"id": 1, "account_id": 1, "study_id": STUDY, "role": "viewer", "site_id": None}
    connection.execute(table_of(RoleGrant).insert(), [grant])
    append_entry(session, PEOPLE, "open study", study_id=STUDY, details={"b": 1, "a": "ä"}, reason="because")


def change(session: Session, number: int, **values: Any) -> None:
    """Correct a subject."""
    people = table_of(Subject)
    session.connection().execute(people.update().where(people.c.id == number).values(**values))


def read_all(engine: Engine, table: Table, order: str = "id") -> list[dict[str, Any]]:
    """Every row of a table, as this program's types read it."""
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(table.select().order_by(table.c[order]))]
