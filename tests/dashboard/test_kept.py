"""What a page computes stands while the tables that it rests on hold the same, and is computed anew as soon as one does not."""

from dataclasses import replace
from datetime import date

import pytest

from dashboard.findings import forget_findings
from dashboard.kept import kept
from dashboard.text import use_language
from dashboard.view import NotOpen, StudyCard, View
from db.engine import reading
from db.marks import read_marks
from db.models import Site
from db.queries.cohorts import cohorts
from db.queries.dosed import dosed
from tests.acting import acting
from tests.dashboard.small_trial import KNOWN, make_cohort, make_small_trial
from trial.asof import AsOf
from trial.protocol import parse_protocol

PROTOCOL = """
[version]
number = "1.0"
effective = 2026-01-01
reason = "first"

[study]
code = "S"
title = "t"
product = "cells"
indication = "i"
time_zone = "UTC"
"""
counted: list[str] = []


@kept
def list_names(view: View, mark: str = "") -> tuple[str, ...]:
    """The cohorts' names; counts how often it is computed."""
    counted.append(mark)
    return tuple(mark + name for name in view.read(cohorts)["label"])


@kept
def count_names(view: View) -> int:
    """How many there are; rests on another result."""
    counted.append("count")
    return len(list_names(view))


@kept
def count_dosed(view: View) -> int:
    """Dosed subjects."""
    counted.append("dosed")
    return len(view.read(dosed))


@pytest.fixture
def engine(tmp_path):
    made = make_small_trial(tmp_path / "a.db")
    counted.clear()
    forget_findings()
    yield made
    use_language("en")
    made.dispose()


def look(engine, role="safety officer"):
    card = StudyCard(1, "S", "t", "live", "UTC", None)
    with reading(engine) as session:
        marks = read_marks(session)
    as_of = AsOf(date(2026, 11, 20))
    return View(engine, card, as_of, parse_protocol(PROTOCOL, source="p"), False, role, marks, asked_at=KNOWN, dark=False)


def write(engine, row):
    with acting(engine) as session:
        session.add(row)


def test_one_version_of_the_record_is_computed_once(engine):
    view = look(engine)
    assert list_names(view) == ("first",) == list_names(look(engine))
    assert counted == [""]


def test_a_write_to_another_table_computes_nothing_anew(engine):
    list_names(look(engine))
    write(engine, Site(id=1, study_id=1, known_from=KNOWN, code="01", name="a site", time_zone="UTC"))
    assert list_names(look(engine)) == ("first",)
    assert counted == [""]


def test_a_write_to_the_same_table_computes_anew_also_what_rests_on_it(engine):
    assert count_names(look(engine)) == 1
    write(engine, make_cohort(2, "second"))
    assert count_names(look(engine)) == 2
    assert list_names(look(engine)) == ("first", "second")
    assert counted == ["count", "", "count", ""]


def test_a_result_that_was_found_already_still_counts_among_what_others_rest_on(engine):
    list_names(look(engine))
    assert count_names(look(engine)) == 1
    write(engine, make_cohort(2, "second"))
    assert count_names(look(engine)) == 2


def test_arguments_language_protocol_day_and_role_each_have_a_result_of_their_own(engine):
    view = look(engine)
    list_names(view)
    assert list_names(view, "a") == ("afirst",)
    assert list_names(replace(view, as_of=AsOf(date(2026, 2, 1)))) == ()
    list_names(replace(view, role="statistician"))
    write(engine, Site(id=1, study_id=1, known_from=KNOWN, code="01", name="a site", time_zone="UTC"))
    list_names(replace(look(engine), protocol=parse_protocol(PROTOCOL.replace('"t"', '"u"'), source="p")))
    use_language("zh")
    list_names(view)
    assert len(counted) == 6


def test_what_one_role_has_found_opens_nothing_to_another(engine):
    assert count_dosed(look(engine)) == 0
    with pytest.raises(NotOpen):
        count_dosed(look(engine, role="administrator"))


def test_a_page_that_changes_its_table_changes_nobody_elses(engine):
    view = look(engine)
    for spoil in (lambda table: table.insert(0, "new", 1), lambda table: table.__setitem__("label", "x"), lambda table: table.pop("label")):
        spoil(view.read(cohorts))
    table = view.read(cohorts)
    table.loc[0, "label"] = "spoilt"
    assert "new" not in view.read(cohorts)
    assert list(view.read(cohorts)["label"]) == ["first"]
