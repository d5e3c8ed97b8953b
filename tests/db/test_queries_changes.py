"""What has changed since an earlier look, on a small trial whose every change is known."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, update

from db.audit import begin_act
from db.engine import reading
from db.history import table_of
from db.models import Administration, AdverseEvent, CommitteeDecision, Site, Study, Subject
from db.queries.changes import change_counts, changes, latest_known
from tests.acting import TESTER, acting
from tests.blank import open_blank
from trial.asof import AsOf
from trial.changes import KINDS
from trial.tables.changes import CHANGE_COUNTS, CHANGES

NOW = AsOf(date(2026, 4, 30))


def at(day):
    return datetime(2026, 3, day, 12, tzinfo=UTC)


def row(model, key, day, **values):
    return dict.fromkeys(column.name for column in table_of(model).columns) | {"id": key, "study_id": 1, "known_from": at(day)} | values


def event(key, subject, day, **values):
    fixed = {"code": f"AE-{key}", "subject_id": subject, "verbatim": "Headache", "term_used": "Headache", "category": "Nervous"}
    return row(AdverseEvent, key, day, dictionary="none", onset_precision="unknown", end_precision="unknown", **fixed, **values)


def person(key, day, site, **values):
    return row(Subject, key, day, code=f"0{site}-00{key}", site_id=site, **({"status": "enrolled"} | values))


def dose(key, subject, day):
    vectors = {"planned_vector": "[]", "delivered_vector": "[]"}
    return row(
        Administration, key, day, code=f"D{key}", subject_id=subject, number=1, product="P", start_precision="day", first_on=at(day).date(),
        **vectors,
    )  # fmt: skip


@pytest.fixture
def engine(tmp_path):
    """Two subjects at two sites; what was known on 10 March, and what changed after it."""
    engine = open_blank(tmp_path / "trial.db")
    with acting(engine) as session:
        run = session.connection().execute
        session.add(Study(id=1, code="S", title="t", kind="live", time_zone="UTC"))
        session.flush()
        for key in (1, 2):
            run(table_of(Site).insert(), [row(Site, key, 1, code=f"{key}", name="x", time_zone="UTC")])
        run(table_of(Subject).insert(), [person(1, 2, 1), person(2, 2, 2)])
        run(table_of(Administration).insert(), [dose(1, 1, 5)])
        grades = {1: 2, 2: 3, 3: 1, 4: 1, 5: 2}
        run(table_of(AdverseEvent).insert(), [event(key, 1, 6, grade=grade, dlt="no", serious=False) for key, grade in grades.items()])
    with acting(engine, reason="source checked") as session:
        run = session.connection().execute
        found = table_of(AdverseEvent)

        def correct(key, **values):
            run(update(found).where(found.c.id == key).values(known_from=at(20), **values))

        correct(1, grade=3, dlt="yes")
        correct(2, grade=2)
        correct(3, serious=True, grade=1)
        correct(5, verbatim="Head ache")
        begin_act(session, TESTER, "void", reason="entered twice", known_from=at(21))
        run(delete(found).where(found.c.id == 4))
        run(found.insert(), [event(6, 2, 22, grade=4, serious=True)])
        run(table_of(Administration).insert(), [dose(2, 2, 23), dose(3, 1, 23)])
        run(table_of(Subject).insert(), [person(3, 24, 2)])
        people = table_of(Subject)
        begin_act(session, TESTER, "correct", reason="source checked")
        run(update(people).where(people.c.id == 2).values(known_from=at(25), status="discontinued"))
        decision = row(CommitteeDecision, 1, 26, code="C1", decided_at=at(26), decision="stay", rationale="as it is")
        run(table_of(CommitteeDecision).insert(), [decision])
    yield engine
    engine.dispose()


def counted(engine, since, as_of=NOW):
    with reading(engine) as session:
        frame = change_counts(session, as_of, 1, since=since)
    CHANGE_COUNTS.check(frame)
    assert list(frame["kind"]) == list(KINDS)
    return {kind: count for kind, count in frame.itertuples(index=False) if count}


def test_each_kind_is_counted(engine):
    assert counted(engine, date(2026, 3, 10)) == {
        "event new": 1, "event upgraded": 2, "event downgraded": 1, "event voided": 1, "DLT assessment changed": 1,
        "subject new": 1, "subject dosed": 1, "subject discontinued": 1, "decision new": 1, "other correction": 1,
    }  # fmt: skip


def test_nothing_has_changed_since_the_newest_day(engine):
    assert counted(engine, date(2026, 3, 26)) == {}


def test_what_was_corrected_before_the_earlier_look_does_not_count(engine):
    assert counted(engine, date(2026, 3, 22)) == {"subject new": 1, "subject dosed": 1, "subject discontinued": 1, "decision new": 1}


def test_the_later_look_bounds_it_too(engine):
    found = counted(engine, date(2026, 3, 10), AsOf(date(2026, 3, 20)))
    assert found == {"event upgraded": 2, "event downgraded": 1, "DLT assessment changed": 1, "other correction": 1}


def test_a_reader_of_one_site_counts_its_subjects_only(engine):
    found = counted(engine, date(2026, 3, 10), AsOf(NOW.day, sites=frozenset({2})))
    assert found == {"event new": 1, "subject new": 1, "subject dosed": 1, "subject discontinued": 1, "decision new": 1}


def test_the_list_says_who_what_from_to_and_why(engine):
    with reading(engine) as session:
        frame = changes(session, NOW, 1, since=date(2026, 3, 10))
        page = changes(session, NOW, 1, since=date(2026, 3, 10), change="event upgraded", offset=1, limit=1)
    CHANGES.check(frame)
    assert len(frame) == 11
    told = {(line.kind, line.subject, line.record): (line.change, line.reason) for line in frame.itertuples()}
    upgraded = frame[frame["kind"] == "event upgraded"]
    assert set(upgraded["change"]) == {"grade: 2 → 3; dlt: no → yes", "serious: no → yes"}
    assert set(upgraded["reason"]) == {"source checked"}
    assert told["event voided", "01-001", "Headache"][1] == "entered twice"
    assert told["subject discontinued", "02-002", "02-002"] == ("status: enrolled → discontinued", "source checked")
    assert told["event new", "02-002", "Headache"][0] == "grade: 4; serious: yes"
    assert told["other correction", "01-001", "Headache"][0] == "verbatim: Headache → Head ache"
    assert page["change"].tolist() == upgraded["change"].tolist()[1:]


def test_the_newest_knowledge(engine):
    with reading(engine) as session:
        assert latest_known(session, NOW, 1)["known_from"].iloc[0] == at(26)
        assert latest_known(session, NOW, 2)["known_from"].isna().all()
