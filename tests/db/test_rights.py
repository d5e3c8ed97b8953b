"""Before every command: role, study and site."""

from datetime import UTC, datetime

import pytest

from db.audit import Actor
from db.commands.rights import require
from db.engine import reading
from db.history import table_of
from db.models import Site, Study, Subject
from tests.acting import acting
from tests.blank import open_blank
from trial.errors import FaultyInput

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
HERE, THERE, NOWHERE = 1, 2, 3
"""Subjects at the site 1, at the site 2, and without a site; all in the study 1."""


@pytest.fixture
def session(tmp_path):
    engine = open_blank(tmp_path / "rights.db")
    with acting(engine) as writer:
        run = writer.connection().execute
        for number in (1, 2):
            run(table_of(Study).insert(), {"id": number, "code": f"S{number}", "title": "t", "kind": "imported", "time_zone": "UTC"})
        for number in (1, 2):
            run(
                table_of(Site).insert(),
                {"id": number, "study_id": 1, "code": f"{number}", "name": "n", "time_zone": "UTC", "known_from": AT},
            )
        for number, site in ((HERE, 1), (THERE, 2), (NOWHERE, None)):
            row = {"id": number, "study_id": 1, "code": f"{number}", "site_id": site, "status": "screening", "known_from": AT}
            run(table_of(Subject).insert(), row)
    with reading(engine) as reader:
        yield reader


def refused(session, actor, act="record event", study=1, **place):
    with pytest.raises(FaultyInput) as error:
        require(session, actor, act, study, **place)
    [fault] = error.value.faults
    assert fault.where == act
    return f"{fault.what}. {fault.cure}"


def test_a_role_that_may(session):
    require(session, Actor("a", "coordinator", AT), "record event", 1, subject_id=HERE)
    require(session, Actor("a", "coordinator", AT, studies=frozenset({1})), "record event", 1, subject_id=NOWHERE)
    require(session, Actor("a", "administrator", AT), "generate", None)


def test_a_role_that_may_not_is_told_whom_to_ask(session):
    said = refused(session, Actor("a", "viewer", AT), subject_id=HERE)
    assert "not open to the role viewer" in said
    assert "coordinator or investigator" in said
    assert "administrator" in refused(session, Actor("a", "nobody", AT), act="unheard of")


def test_another_study_is_refused(session):
    actor = Actor("a", "coordinator", AT, studies=frozenset({1}))
    assert "in this study" in refused(session, actor, study=2)
    assert "in this study" in refused(session, actor, study=None)
    assert "in this study" in refused(session, Actor("a", "coordinator", AT, studies=frozenset()))


def test_the_site_of_the_subject_counts(session):
    actor = Actor("a", "investigator", AT, studies=frozenset({1}), sites=frozenset({1}))
    require(session, actor, "record event", 1, subject_id=HERE)
    require(session, actor, "screen subject", 1, site_id=1)
    require(session, actor, "record event", 1, subject_id=HERE, site_id=1)
    for place in ({"subject_id": THERE}, {"subject_id": NOWHERE}, {"subject_id": 99}, {"site_id": 2}, {}):
        assert "own site only" in refused(session, actor, **place)
    assert "own site only" in refused(session, actor, subject_id=HERE, site_id=2)
    assert "own site only" in refused(session, Actor("a", "investigator", AT, sites=frozenset()), subject_id=HERE)
