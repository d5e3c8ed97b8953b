"""A death pauses with and without a fatal event on record, and is counted once."""

from datetime import date

import pytest

from db.engine import reading
from db.models import Administration, AdverseEvent, Cohort, Site, Subject
from db.queries.deaths import unreported_deaths
from db.queries.event_courses import event_courses, measure_subjects
from db.queries.events import event_overview
from db.queries.monitor_courses import monitor_courses, monitor_hits
from db.queries.monitors import monitor_counts, monitor_events
from tests.acting import acting
from tests.db.story_trial import STUDY, add, at, build_empty
from trial.asof import AsOf
from trial.protocol import MonitorPart
from trial.signals.monitor import PAUSE, QUIET, judge_monitors
from trial.tables import MONITOR_COUNTS, MONITOR_COURSES, MONITOR_EVENTS
from trial.tables.deaths import UNREPORTED_DEATHS

CUT = AsOf(date(2026, 3, 31))
EVENT = {
    "code": "E1", "subject_id": 1, "verbatim": "sepsis", "term_used": "Sepsis", "category": "Infections", "dictionary": "CTCAE",
    "onset_text": "2026-02-08", "onset_precision": "day", "onset_date": date(2026, 2, 8), "onset_latest": date(2026, 2, 8),
    "known_from": at(2, 20),
}  # fmt: skip
EARLY = {"onset_text": "2026-01-20", "onset_date": date(2026, 1, 20), "onset_latest": date(2026, 1, 20)}


def monitor(code, **counts):
    return MonitorPart.model_validate({"code": code, "label": code, "counts": counts, "at_once": True, "action": "Pause."})


DEATH = (monitor("death", fatal=True),)


@pytest.fixture(params=[True, False], ids=["with history", "without"])
def cut(request):
    return AsOf(CUT.day, CUT.time_zone, history=request.param)


def build(folder, *events, person=None, dosed_on=date(2026, 2, 1)):
    """Two dosed subjects and one who is not; the first died on 10 February, unless ``person`` says otherwise."""
    folder.mkdir(exist_ok=True)
    engine = build_empty(folder)
    died = {"died_on": date(2026, 2, 10), "status": "died"} if person is None else person
    with acting(engine) as session:
        add(session, Site, {"id": 1, "code": "01", "name": "First", "time_zone": "UTC", "known_from": at(1, 1)})
        add(session, Cohort, {"id": 1, "code": "C1", "number": 1, "label": "Cohort 1", "known_from": at(1, 1)})
        people = ({"id": n, "code": f"S{n}", "site_id": 1, "actual_cohort_id": 1, "status": "on study"} for n in (1, 2, 3))
        alive, *others = ({**one, "known_from": at(1, 10)} for one in people)
        add(session, Subject, [alive, {**alive, **died, "known_from": at(2, 12)}], *others)
        given = {"number": 1, "product": "cells", "start_precision": "day", "first_on": dosed_on, "known_from": at(2, 1)}
        add(session, Administration, *({"id": n, "code": f"A{n}", "subject_id": n, **given} for n in (1, 2)))
        add(session, AdverseEvent, *({"id": n, **EVENT, "code": f"E{n}", **event} for n, event in enumerate(events, 1)))
    return engine


def read(engine, query, cut=CUT, **filters):
    with reading(engine) as session:
        return query(session, cut, STUDY, **filters)


def look(engine, monitors, cut=CUT):
    """State, subjects with an event and events of the first monitor, the three ways of reading it held to each other."""
    counts, courses = read(engine, monitor_counts, cut, monitors=monitors), read(engine, monitor_courses, cut, monitors=monitors)
    events = read(engine, monitor_events, cut, monitor=monitors[0])
    for table, declared in ((counts, MONITOR_COUNTS), (courses, MONITOR_COURSES), (events, MONITOR_EVENTS)):
        declared.check(table)
    state = judge_monitors(counts, monitors, courses, 6).iloc[0]
    assert len(events) == state["events"]
    assert len(read(engine, monitor_hits, cut, monitors=monitors[:1])) == state["subjects"]
    return state["state"], int(state["subjects"]), int(state["events"])


def fatal_row(engine, cut=CUT):
    """Subjects and events of the overview's row of deaths, held to who is behind it and to its curve."""
    table = read(engine, event_overview, cut)
    row = table[table["measure"] == "fatal"].iloc[0]
    people = read(engine, measure_subjects, cut, measure="fatal")
    courses = read(engine, event_courses, cut, measure="fatal")
    assert (len(people), people["events"].sum()) == (row["subjects"], row["events"]) == (len(people), courses["events"].sum())
    return int(row["subjects"]), int(row["events"])


def test_a_death_without_an_event_pauses_and_is_named(tmp_path, cut):
    engine = build(tmp_path)
    assert look(engine, DEATH, cut) == (PAUSE, 1, 1)
    assert fatal_row(engine, cut) == (1, 1)
    events = read(engine, monitor_events, cut, monitor=DEATH[0])
    assert events[["subject", "term", "study_day"]].values.tolist() == [["S1", "died on 2026-02-10, no fatal event on record", 10]]
    found = read(engine, unreported_deaths, cut)
    UNREPORTED_DEATHS.check(found)
    assert found[["subject", "cohort", "on_record"]].values.tolist() == [["S1", 1, False]]
    courses = read(engine, event_courses, cut, measure="fatal")
    assert courses[courses["day"].notna()][["day", "events"]].values.tolist() == [[9, 1]]
    overview = read(engine, event_overview, cut).set_index("measure")
    assert overview.loc[["any", "emergent", "serious"], "events"].tolist() == [0, 0, 0]


def test_nobody_knows_of_a_death_before_it_is_recorded(tmp_path):
    engine, eve = build(tmp_path), AsOf(date(2026, 2, 11))
    assert look(engine, DEATH, eve) == (QUIET, 0, 0)
    assert fatal_row(engine, eve) == (0, 0)
    assert read(engine, unreported_deaths, eve).empty


@pytest.mark.parametrize("facts", [{"grade": 5}, {"outcome": "fatal"}, {"results_in_death": True}])
def test_grade_5_a_fatal_outcome_or_death_as_a_result_is_fatal_and_counts_once(tmp_path, facts):
    engine = build(tmp_path, facts)
    assert look(engine, DEATH) == (PAUSE, 1, 1)
    assert fatal_row(engine) == (1, 1)
    assert read(engine, unreported_deaths).empty
    assert read(engine, monitor_events, monitor=DEATH[0])["event"].tolist() == ["E1"]


def test_a_subject_that_lives_or_died_before_any_dose_is_not_counted(tmp_path):
    assert look(build(tmp_path / "alive", person={}), DEATH) == (QUIET, 0, 0)
    early = build(tmp_path / "early", dosed_on=date(2026, 2, 11))
    assert look(early, DEATH) == (QUIET, 0, 0)
    assert fatal_row(early) == (0, 0)


def test_a_death_by_status_alone_counts_from_the_start(tmp_path):
    engine = build(tmp_path, person={"status": "died"})
    assert look(engine, DEATH) == (PAUSE, 1, 1)
    assert fatal_row(engine) == (1, 1)
    assert read(engine, monitor_events, monitor=DEATH[0])["term"].tolist() == ["died, day not recorded, no fatal event on record"]


def test_a_fatal_event_that_began_before_the_dose_does_not_hide_the_death(tmp_path):
    engine = build(tmp_path, {**EARLY, "grade": 5, "outcome": "fatal"})
    assert look(engine, DEATH) == (PAUSE, 1, 1)
    words = read(engine, monitor_events, monitor=DEATH[0])["term"].tolist()
    assert words == ["died on 2026-02-10, the fatal event on record began before the treatment"]


def test_a_monitor_that_asks_for_more_than_a_death_counts_events_alone(tmp_path):
    narrowed = [{"attributed_to": ["product"]}, {"terms": ["Sepsis"]}, {"minimum_grade": 5}, {"serious": True}]
    engine = build(tmp_path)
    for counts in narrowed:
        assert look(engine, (monitor("x", fatal=True, **counts),)) == (QUIET, 0, 0)
    assert look(engine, (monitor("alive", fatal=False),)) == (QUIET, 0, 0)


def test_the_window_of_a_monitor_holds_for_the_day_of_death(tmp_path):
    engine = build(tmp_path)
    assert look(engine, (monitor("in", fatal=True, within_days=9),)) == (PAUSE, 1, 1)
    assert look(engine, (monitor("out", fatal=True, within_days=8),)) == (QUIET, 0, 0)


def test_beside_results_of_examinations_a_death_counts_too(tmp_path):
    both = (monitor("both", fatal=True, finding={"tests": ["MRI"], "words": ["tumour"]}), *DEATH)
    assert look(build(tmp_path), both) == (PAUSE, 1, 1)
