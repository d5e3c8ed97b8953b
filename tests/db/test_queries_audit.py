"""The audit trail as a reader sees it: newest first, narrowed, of one study, of one site."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from db.audit import Actor, append_entry, begin_act
from db.engine import reading
from db.history import table_of
from db.models import Site, Study, Subject
from db.queries.audit import AuditFilter, audit_acts, audit_detail, audit_entries
from tests.acting import acting
from tests.blank import open_blank
from trial.asof import AsOf
from trial.tables.audit import AUDIT_ACTS, AUDIT_DETAIL, AUDIT_ENTRIES

SCOPE = AsOf(date(2020, 1, 1), "Asia/Shanghai")
"""An early cut-off, which the trail does not heed."""
AT = datetime(2026, 3, 1, 17, tzinfo=UTC)
"""2 March 01:00 in Shanghai."""
NURSE, DOCTOR = Actor("Nurse N", "coordinator", AT), Actor("Doctor D", "investigator", AT + timedelta(days=3))


def row(model, key, **values):
    return dict.fromkeys(column.name for column in table_of(model).columns) | {"id": key, "study_id": 1, "known_from": AT} | values


@pytest.fixture
def engine(tmp_path):
    """Study, two sites, two subjects by the nurse (1-5); one corrected, one voided by the doctor (6-7); an act (8); another study (9)."""
    engine = open_blank(tmp_path / "trial.db")
    people = table_of(Subject)
    with acting(engine, NURSE) as session:
        begin_act(session, NURSE, "screen subject")
        session.add(Study(id=1, code="S", title="t", kind="live", time_zone="Asia/Shanghai"))
        session.flush()
        run = session.connection().execute
        run(table_of(Site).insert(), [row(Site, key, code=str(key), name="x", time_zone="UTC") for key in (1, 2)])
        run(people.insert(), [row(Subject, key, code=f"0{key}-001", site_id=key, status="screening", eligible=False) for key in (1, 2)])
    with acting(engine, DOCTOR) as session:
        run = session.connection().execute
        begin_act(session, DOCTOR, "correct", reason="read again")
        run(update(people).where(people.c.id == 1).values(status="eligible", eligible=True, known_from=DOCTOR.at))
        begin_act(session, DOCTOR, "void", reason="twice")
        run(delete(people).where(people.c.id == 2))
        append_entry(session, DOCTOR, "verify", study_id=1, details={"found": "nothing"})
        session.add(Study(id=2, code="T", title="t", kind="live", time_zone="UTC"))
    yield engine
    engine.dispose()


def numbers(engine, scope=SCOPE, **options):
    with reading(engine) as session:
        frame = audit_entries(session, scope, 1, **options)
    AUDIT_ENTRIES.check(frame)
    return frame["number"].tolist()


def test_the_trail_is_newest_first_and_of_this_study_whatever_the_cut_off(engine):
    assert numbers(engine) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert numbers(engine, filters=AuditFilter(everywhere=True)) == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_pages_follow_each_other_by_number(engine):
    assert numbers(engine, limit=3) == [8, 7, 6]
    assert numbers(engine, before=6, limit=3) == [5, 4, 3]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (AuditFilter(actor="nurse"), [5, 4, 3, 2, 1]),
        (AuditFilter(actor="%"), []),
        (AuditFilter(act="void"), [7]),
        (AuditFilter(table="subject"), [7, 6, 5, 4]),
        (AuditFilter(subject="02-001"), [7, 5]),
        (AuditFilter(subject="02-00"), []),
        (AuditFilter(first_on=date(2026, 3, 3)), [8, 7, 6]),
        (AuditFilter(last_on=date(2026, 3, 1)), []),
        (AuditFilter(first_on=date(2026, 3, 2), last_on=date(2026, 3, 2)), [5, 4, 3, 2, 1]),
    ],
)
def test_the_trail_is_narrowed(engine, filters, expected):
    assert numbers(engine, filters=filters) == expected


def test_a_reader_of_one_site_sees_its_subjects_entries_only(engine):
    scope = AsOf(SCOPE.day, SCOPE.time_zone, sites=frozenset({2}))
    assert numbers(engine, scope) == [7, 5]
    assert numbers(engine, scope, filters=AuditFilter(everywhere=True)) == [7, 5]
    with reading(engine) as session:
        assert audit_detail(session, scope, 1, number=6).empty
        assert not audit_detail(session, scope, 1, number=7).empty


def test_an_entry_says_what_changed_from_what_to_what_and_why(engine):
    with reading(engine) as session:
        frame = audit_entries(session, SCOPE, 1).set_index("number")
        detail = audit_detail(session, SCOPE, 1, number=6)
        acts = audit_acts(session, SCOPE, 1)
    AUDIT_DETAIL.check(detail)
    AUDIT_ACTS.check(acts)
    corrected = frame.loc[6]
    assert (corrected["actor"], corrected["role"], corrected["act"], corrected["reason"]) == (
        "Doctor D", "investigator", "correct", "read again",
    )  # fmt: skip
    assert corrected["words"] == "eligible: no → yes; status: screening → eligible"
    assert corrected["subject"] == "01-001"
    assert frame.loc[7, "subject"] == "02-001"
    assert frame.loc[8, "words"] == "found: nothing"
    fields = {line.field: (line.before, line.after) for line in detail.itertuples()}
    assert fields["status"] == ("screening", "eligible")
    assert fields["eligible"] == ("false", "true")
    assert acts["act"].tolist() == ["correct", "screen subject", "verify", "void"]
