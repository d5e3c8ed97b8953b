"""What began under treatment: from the start of the procedure of the first dose on, by the clock where it can, else by the day."""

from datetime import date

import pytest
from sqlalchemy import Engine

from db.engine import reading
from db.history import table_of
from db.models import Administration, AdverseEvent, Cohort, Procedure, Site, Study, Subject
from db.queries.data_faults import data_fault_counts
from db.queries.dlt_candidates import dlt_candidates
from db.queries.event_courses import event_courses, measure_subjects
from db.queries.event_listing import EventFilter, event_listing, event_tally
from db.queries.events import event_overview, event_terms
from db.queries.lanes import lane_events
from db.queries.monitor_courses import monitor_courses
from db.queries.monitors import monitor_counts, monitor_events
from db.queries.subject_story import subject_events
from db.queries.summary import study_counts
from tests.acting import acting
from tests.db.story_trial import STUDY, add, at
from trial.asof import AsOf
from trial.protocol import DltPart, MonitorPart
from trial.signals.monitor import PAUSE, judge_monitors

TODAY = AsOf(date(2026, 12, 1))
JAN, FEB = date(2026, 1, 31), date(2026, 2, 1)
NIGHT = {"performed_on": JAN, "anaesthesia_started_at": at(1, 31, 21), "incision_at": at(1, 31, 22), "closure_at": at(2, 1, 3)}
DAY = {"performed_on": FEB, "anaesthesia_started_at": at(2, 1, 7), "incision_at": at(2, 1, 8), "closure_at": at(2, 1, 12)}
NEEDLE = {"performed_on": FEB, "incision_at": at(2, 1, 9)}
SHANGHAI = {"site_id": 2}


def given(hour=1, **more):
    """An administration of 1 February, at an hour where one is given."""
    return {"first_on": FEB, "started_at": None if hour is None else at(2, 1, hour), "procedure": True, **more}


def on(day, hour=None, **more):
    """An event of a day, at an hour where one is given."""
    moment = None if hour is None else at(day.month, day.day, hour)
    return {"onset_date": day, "onset_latest": day, "onset_at": moment, "onset_precision": "day" if hour is None else "minute", **more}


UNKNOWN = {"onset_date": None, "onset_latest": None, "onset_precision": "unknown"}
CASES = {
    # case: subject, procedure, administrations, event, treatment-emergent
    "in surgery, before midnight": ({}, NIGHT, [given()], on(JAN, 23), True),
    "before the anaesthesia of that evening": ({}, NIGHT, [given()], on(JAN, 20), False),
    "at the start of anaesthesia": ({}, NIGHT, [given()], on(JAN, 21), True),
    "that day, hour unknown": ({}, NIGHT, [given()], on(JAN), True),
    "the day before": ({}, NIGHT, [given()], on(date(2026, 1, 30)), False),
    "in a month that ends with that day": ({}, NIGHT, [given()], on(date(2026, 1, 1), onset_latest=JAN, onset_precision="month"), True),
    "begun nobody knows when, over before": (
        {}, NIGHT, [given()], {**UNKNOWN, "end_date": date(2026, 1, 30), "end_precision": "day"}, False
    ),
    "begun nobody knows when": ({}, NIGHT, [given()], UNKNOWN, True),
    "known hour before anaesthesia, same day": ({}, DAY, [given(10)], on(FEB, 6), False),
    "under anaesthesia, before the cells": ({}, DAY, [given(10)], on(FEB, 8), True),
    "hour unknown, same day": ({}, DAY, [given(10)], on(FEB), True),
    "before the needle": ({}, NEEDLE, [given(10)], on(FEB, 8), False),
    "at the needle": ({}, NEEDLE, [given(10)], on(FEB, 9), True),
    "a procedure without hours: by the day": ({}, {"performed_on": FEB}, [given(10)], on(FEB, 8), True),
    "no procedure, before the dose": ({}, None, [given(10)], on(FEB, 9), False),
    "no procedure, at the dose": ({}, None, [given(10)], on(FEB, 10), True),
    "no procedure, dose without an hour": ({}, None, [given(None)], on(FEB, 9), True),
    "cells days after the procedure": ({}, {"performed_on": date(2026, 1, 28)}, [given()], on(date(2026, 1, 29)), True),
    "before a procedure days before the cells": ({}, {"performed_on": date(2026, 1, 28)}, [given()], on(date(2026, 1, 27)), False),
    "the form gave the procedure the day of the cells": ({}, {**NIGHT, "performed_on": FEB}, [given()], on(JAN), True),
    "seven o'clock there is still January in UTC": (
        SHANGHAI, {"anaesthesia_started_at": at(1, 31, 23), "closure_at": at(2, 1, 3)}, [given(2)], on(JAN), False
    ),
    "not linked, same day": ({}, DAY, [given(10, procedure=False)], on(FEB, 8), True),
    "not linked, given during the procedure": ({}, NIGHT, [given(procedure=False)], on(JAN, 23), True),
    "the first dose has no hour, the second has one": (
        {}, None, [given(None), given(10, first_on=date(2026, 2, 15), started_at=at(2, 15, 10))], on(date(2026, 2, 5), 9), True
    ),
    "never dosed": ({}, NIGHT, [], on(JAN, 23), False),
}  # fmt: skip


def event_of(number, subject, facts):
    text = None if facts["onset_date"] is None else str(facts["onset_date"])
    return {
        "id": number, "code": f"E{number}", "subject_id": subject, "verbatim": "bleeding", "term_used": "Bleeding", "category": "Vascular",
        "dictionary": "CTCAE", "grade": 4, "serious": True, "life_threatening": True, "investigator_procedure": "probable",
        "investigator_product": "unrelated", "onset_text": text, "known_from": at(2, 20), **facts,
    }  # fmt: skip


def write(engine: Engine, cases):
    """One subject with one event for each case."""
    with acting(engine) as session:
        study = {"id": STUDY, "code": "T", "title": "T", "kind": "live", "time_zone": "UTC"}
        session.connection().execute(table_of(Study).insert(), [study])
        sites = [(1, "UTC"), (2, "Asia/Shanghai")]
        add(session, Site, *({"id": n, "code": f"0{n}", "name": zone, "time_zone": zone, "known_from": at(1, 1)} for n, zone in sites))
        add(session, Cohort, {"id": 1, "code": "C1", "number": 1, "label": "Cohort 1", "known_from": at(1, 1)})
        number = 0
        for n, (person, procedure, doses, event, _) in enumerate(cases, 1):
            base = {"id": n, "code": f"S{n}", "site_id": 1, "actual_cohort_id": 1, "status": "on study", "consented_on": date(2026, 1, 1)}
            add(session, Subject, {**base, **person, "known_from": at(1, 2)})
            if procedure is not None:
                add(session, Procedure, {"id": n, "code": f"P{n}", "subject_id": n, "type": "x", "known_from": at(2, 2), **procedure})
            for place, dose in enumerate(doses, 1):
                number += 1
                facts = {name: value for name, value in dose.items() if name != "procedure"}
                link = n if procedure is not None and dose["procedure"] else None
                add(session, Administration, {
                    "id": number, "code": f"A{number}", "subject_id": n, "number": place, "product": "cells", "start_precision": "minute",
                    "procedure_id": link, "known_from": at(2, 16), **facts,
                })  # fmt: skip
            add(session, AdverseEvent, event_of(n, n, event))


def read(engine, query, **filters):
    with reading(engine) as session:
        return query(session, TODAY, STUDY, **filters)


def test_every_case_on_both_databases_and_in_every_reader(record):
    write(record, CASES.values())
    listed = read(record, event_listing).set_index("subject")
    found = {name: bool(listed.loc[f"S{n}", "emergent"]) for n, name in enumerate(CASES, 1)}
    assert found == {name: case[-1] for name, case in CASES.items()}
    emergent = sum(found.values())
    overview = read(record, event_overview).set_index("measure")
    assert overview.loc["emergent", ["subjects", "events"]].tolist() == [emergent, emergent]
    assert read(record, study_counts)["treatment_emergent"].tolist() == [emergent]
    assert read(record, event_tally, filters=EventFilter(emergent=True))["events"].tolist() == [emergent]
    assert read(record, event_terms)["events"].tolist() == [emergent, emergent]
    courses = read(record, event_courses)
    assert courses["events"].sum() == emergent and not (courses["day"] < 0).any()
    stories = [bool(read(record, subject_events, subject=f"S{n}")["emergent"].iloc[0]) for n in range(1, len(CASES) + 1)]
    assert stories == list(found.values())


def monitor(code, **counts):
    return MonitorPart.model_validate({"code": code, "label": code, "counts": counts, "at_once": True, "action": "Pause."})


MONITORS = (
    monitor("grave", minimum_grade=4, attributed_to=["product", "procedure"]),
    monitor("serious", serious=True, attributed_to=["procedure"], within_days=90),
)


@pytest.fixture
def night(record):
    """Surgery at 22:00, a grade 4 event at 23:00, cells at 01:00 of the next day."""
    write(record, [CASES["in surgery, before midnight"]])
    return record


def test_surgery_before_midnight_reaches_the_monitors_at_once(night):
    counts, courses = read(night, monitor_counts, monitors=MONITORS), read(night, monitor_courses, monitors=MONITORS)
    states = judge_monitors(counts, MONITORS, courses, 6)
    assert states[["state", "subjects", "at_risk"]].values.tolist() == [[PAUSE, 1, 1]] * 2
    assert courses[["standing", "days"]].values.tolist() == [["event", 0]] * 2
    assert read(night, monitor_events, monitor=MONITORS[0])[["event", "study_day"]].values.tolist() == [["E1", -1]]


def test_what_counts_from_the_first_dose_shows_it_on_day_0(night):
    assert read(night, event_courses, measure="serious")[["day", "events"]].values.tolist() == [[0, 1]]
    assert read(night, measure_subjects, measure="serious")["first_day"].tolist() == [0]
    lane = read(night, lane_events, subjects=("S1",))
    assert lane["onset_on"].dt.date.tolist() == [FEB]
    assert read(night, event_listing)["study_day"].tolist() == [-1]


def test_it_may_be_dose_limiting_and_lies_in_the_window(night):
    rule = DltPart(window_days=28, definition="d", minimum_grade=3, attributed_to=("product", "procedure"))
    asked = read(night, dlt_candidates, rule=rule)
    assert asked[["subject", "event"]].values.tolist() == [["S1", "E1"]]
    assert asked["onset_on"].dt.date.tolist() == [FEB]
    with acting(night) as session:
        judged = {**event_of(2, 1, on(JAN, 23)), "dlt": "yes", "dlt_reason": "r", "term_used": "Leak"}
        add(session, AdverseEvent, judged)
    assert "DLT outside window" not in read(night, data_fault_counts, dlt=rule)["rule"].tolist()


def test_what_began_before_the_anaesthesia_is_no_candidate(record):
    write(record, [CASES["before the anaesthesia of that evening"]])
    rule = DltPart(window_days=28, definition="d", minimum_grade=3, attributed_to=("product", "procedure"))
    assert read(record, dlt_candidates, rule=rule).empty
