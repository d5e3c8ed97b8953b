"""Every query returns exactly the table it declares: with no row, on the default trial and on hostile text."""

import inspect
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from db.engine import open_engine, reading
from db.history import known
from db.models import AdverseEvent, Study, Subject
from db.queries.studies import studies
from tests.contracts.queries import FILTERS, Facts, Query, all_tables, cases, declared_table, queries
from trial.asof import AsOf
from trial.tables import STUDIES
from trial.tables.schema import DTYPES

PLAIN = {"meddra.mapped_terms", "studies.protocol_text", "spelling.term_spellings", "subject_story.key_of"}
"""What returns plain values to other queries or to app.py; held to the law of the cut-off like the rest."""
NAMES = ("empty", "default", "hostile", "pilot")


@pytest.fixture(scope="module")
def engines(dataset: Callable[[str], str]) -> Callable[[str], Engine]:
    """The engine of a data set, opened once."""
    opened: dict[str, Engine] = {}

    def find(name: str) -> Engine:
        if name not in opened:
            opened[name] = open_engine(dataset(name))
        return opened[name]

    return find


def look_at(session: Session) -> tuple[AsOf, int, Facts]:
    """The study of a data set at the last day it speaks of, and what filters can be made of it."""
    study = session.connection().execute(select(Study.__table__)).mappings().one()
    as_of = AsOf(study["data_through"], study["time_zone"])
    subject, event = known(Subject, as_of, study["id"]), known(AdverseEvent, as_of, study["id"])
    subjects = session.connection().execute(select(subject.c.code).limit(5)).scalars().all()
    terms = session.connection().execute(select(event.c.term_used).distinct().limit(3)).scalars().all()
    return as_of, study["id"], Facts(tuple(subjects), tuple(terms), as_of.day)


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(f"pages of {name}")) for name in NAMES])
@pytest.mark.parametrize("query", queries(), ids=lambda query: query.name)
def test_every_query_matches_its_declared_table(engines, query, name):
    with reading(engines(name)) as session:
        as_of, study_id, facts = look_at(session)
        for filters in cases(query, facts):
            for looked in (as_of, AsOf(as_of.day, as_of.time_zone, history=False)):
                result = query.function(session, looked, study_id, **filters)
                if query.returns_frame:
                    declared_table(query).check(result)


def test_the_list_of_studies_matches_its_table(engines):
    for name in NAMES[:2]:
        with reading(engines(name)) as session:
            STUDIES.check(studies(session))


def test_every_query_but_the_named_ones_returns_a_frame():
    assert {query.name for query in queries() if not query.returns_frame} == PLAIN


def test_every_query_names_the_table_it_returns():
    silent = []
    for query in queries():
        try:
            assert not query.returns_frame or declared_table(query)
        except LookupError as error:
            silent.append(str(error))
    assert not silent, "\n".join(silent)


def test_filters_come_by_keyword_only():
    kinds = {
        query.name: {part.kind for part in list(inspect.signature(query.function).parameters.values())[3:]}
        for query in queries()
        if query.returns_frame
    }
    assert not [name for name, found in kinds.items() if found - {inspect.Parameter.KEYWORD_ONLY}]


def test_no_filter_is_declared_in_vain():
    used = {name for query in queries() for name in list(inspect.signature(query.function).parameters)[3:]}
    assert not set(FILTERS) - used


def test_every_declared_table_is_sound():
    for name, table in all_tables().items():
        assert len(set(table.names)) == len(table.names), f"{name} names a column twice"
        assert all(column.kind in DTYPES and column.meaning for column in table.columns), f"{name} leaves a meaning out"
        table.check(table.empty())


def test_a_query_with_an_unknown_filter_is_not_passed_over():
    def planted(session: Session, as_of: AsOf, study_id: int, *, unheard_of: int) -> None:
        """Return COHORTS."""

    with pytest.raises(KeyError, match="unheard_of"):
        cases(Query("planted", planted), Facts((), (), date(2026, 1, 1)))


def test_a_query_that_names_no_table_is_not_passed_over():
    def planted(session: Session, as_of: AsOf, study_id: int) -> None:
        """Return something."""

    with pytest.raises(LookupError):
        declared_table(Query("planted", planted))
