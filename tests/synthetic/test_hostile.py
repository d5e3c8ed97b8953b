"""The hostile trial is valid and carries what it says it carries."""

import pytest
from sqlalchemy import select
from sqlmodel import Session

from db.engine import open_engine
from db.history import table_of
from db.models import AdverseEvent, Medication, ProtocolVersion, Site, Study, Subject
from synthetic.hostile import CODE, SHORT, plant_hostile
from trial.errors import FaultyInput
from trial.protocol import parse_protocol


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'trial.db'}")
    plant_hostile(engine, seed=0)
    with Session(engine) as session:
        yield session
    with pytest.raises(FaultyInput):
        plant_hostile(engine, seed=0)
    engine.dispose()


def column(session, model, name):
    return session.connection().execute(select(table_of(model).c[name])).scalars().all()


def test_it_is_a_synthetic_study_of_its_own(session):
    assert column(session, Study, "code") == [CODE]
    assert column(session, Study, "kind") == ["synthetic"]


def test_free_texts_are_hostile(session):
    assert SHORT[0] in column(session, Subject, "code")
    assert set(column(session, Site, "name")) <= set(SHORT) | {"A" * 10_000, "long words " * 900}
    terms = column(session, AdverseEvent, "term_used")
    assert max(map(len, terms)) >= 10_000
    assert any("<script>" in term for term in terms)
    assert any("=1+1" in term for term in terms)
    assert len(set(terms)) < len(terms)
    assert not set(column(session, Medication, "name")) & {"tacrolimus", "paracetamol"}


def test_every_hostile_text_is_used_somewhere(session):
    seen = "\x00".join(
        str(text)
        for model in (Subject, AdverseEvent, Medication)
        for row in session.connection().execute(select(table_of(model)))
        for text in row
    )
    assert [text for text in SHORT if text not in seen] == []


def test_its_protocol_is_valid(session):
    protocol = parse_protocol(column(session, ProtocolVersion, "text")[0])
    assert protocol.study.code == CODE
    assert "<script>" in protocol.study.title
    assert "=1+1" in protocol.sites[0].name
