"""Every rule of the register of data faults: an event that breaks it and no other, and a clean one that breaks none."""

from datetime import date

import pytest
from sqlalchemy import select

from db.engine import reading
from db.history import table_of
from db.models import Administration, AdverseEvent, CtcaeTerm, Measurement, Procedure, Site, Study, Subject
from db.queries.data_faults import data_fault_counts, data_fault_listing
from tests.acting import acting
from tests.db.story_trial import STUDY, add, at, build_empty
from tests.db.test_queries_complications import BREAKS as ANSWERS
from tests.worksheets import line
from trial.asof import AsOf
from trial.data_faults import DATA_FAULTS, fault_of
from trial.protocol import DltPart
from trial.tables import DATA_FAULT_COUNTS, DATA_FAULT_LISTING
from trial.terms import SERIOUSNESS

TODAY = AsOf(date(2026, 12, 1))
DLT = DltPart(window_days=28, definition="d", minimum_grade=3, attributed_to=("product", "procedure"))
NO_CRITERION = dict.fromkeys(SERIOUSNESS, False)
CLEAN = {
    "code": "E1", "subject_id": 1, "verbatim": "headache", "term_used": "Headache", "category": "Nervous system disorders",
    "dictionary": "CTCAE", "grade": 2, "onset_text": "2026-02-02", "onset_precision": "day", "onset_date": date(2026, 2, 2),
    "onset_latest": date(2026, 2, 2), "end_text": "2026-02-05", "end_precision": "day", "end_date": date(2026, 2, 5), "ongoing": False,
    "outcome": "recovered", "serious": False, "investigator_product": "possible", "sponsor_product": "possible",
    "investigator_procedure": "unlikely", "known_from": at(2, 6), "expectedness": "expected", **NO_CRITERION,
}  # fmt: skip
SERIOUS = {"serious": True, "hospitalisation": True}
EARLY = {"onset_text": "2026-01-20", "onset_date": date(2026, 1, 20), "onset_latest": date(2026, 1, 20)}
LATE = {"onset_text": "2026-03-10", "onset_date": date(2026, 3, 10), "onset_latest": date(2026, 3, 10), "end_text": None, "end_date": None}
NOT_OVER = {"end_text": None, "end_date": None, "end_precision": "unknown", "outcome": "not recovered", "ongoing": True}
FATAL = {**SERIOUS, "term_used": "Stroke", "grade": 5, "results_in_death": True, "outcome": "fatal"}

SUFFICIENT = {"subject_id": 3, **FATAL, "end_text": "2026-02-10", "end_date": date(2026, 2, 10)}
"""An event of which subject 3 died, as it should be recorded."""

BREAKS = {
    "ends before onset": {"end_text": "2026-02-01", "end_date": date(2026, 2, 1)},
    "before consent": {
        "onset_text": "2026-01-02", "onset_date": date(2026, 1, 2), "onset_latest": date(2026, 1, 2), "investigator_product": "unlikely",
        "sponsor_product": "unlikely",
    },
    "fatal in part": {"grade": 5, "term_used": "Stroke"},
    "fatal without death": FATAL,
    "after death": {
        "subject_id": 3, "onset_text": "2026-02-20", "onset_date": date(2026, 2, 20), "onset_latest": date(2026, 2, 20), **NOT_OVER
    },
    "fatal ends another day": {"subject_id": 3, **FATAL},
    "serious without cause": {**SERIOUS, "investigator_product": None, "investigator_procedure": None},
    "expectedness missing": {**SERIOUS, "expectedness": None},
    "no grade": {"grade": None},
    "other CTCAE version": {"ctcae_version": "6.0"},
    "term not offered": {"ctcae_version": "5.0", "coded_term": "Headach", "term_used": "Headach"},
    "surgical grade without surgery": {"subject_id": 4, "clavien_dindo": "I"},
    "DLT without onset": {
        "dlt": "yes", "dlt_reason": "r", "onset_text": None, "onset_precision": "unknown", "onset_date": None, "onset_latest": None
    },
    "DLT without reason": {"dlt": "yes"},
    "recovered without end": {"end_text": None, "end_date": None, "end_precision": "unknown"},
    "ongoing with end": {"ongoing": True},
    "aware before onset": {"onset_at": at(2, 2, 10), "aware_at": at(2, 2, 9)},
    "serious without criterion": {"serious": True},
    "criterion without serious": {"hospitalisation": True},
    "DLT outside window": {**LATE, **NOT_OVER, "dlt": "yes", "dlt_reason": "r"},
    "DLT without cause": {"dlt": "yes", "dlt_reason": "r", "investigator_product": "unlikely", "sponsor_product": "unlikely"},
    "grade not offered": {"ctcae_version": "5.0", "grade": 4, "serious": False},
    "product before first cell": EARLY,
    "procedure before anaesthesia": {
        **EARLY, "investigator_product": "unlikely", "sponsor_product": "unlikely", "investigator_procedure": "possible"
    },
}  # fmt: skip
STILL_CLEAN = {
    "the day of the dose, hour unknown": {"onset_text": "2026-02-01", "onset_date": date(2026, 2, 1), "onset_latest": date(2026, 2, 1)},
    "partial onset that may follow the dose": {
        "onset_text": "2026-02", "onset_precision": "month", "onset_date": date(2026, 2, 1), "onset_latest": date(2026, 2, 28)
    },
    "not over": NOT_OVER,
    "serious with its criterion": SERIOUS,
    "severity instead of a grade": {"grade": None, "severity": "mild"},
    "criteria not collected": {"serious": True, **dict.fromkeys(SERIOUSNESS)},
    "a grade that is offered": {"ctcae_version": "5.0", "grade": 3, "term_used": "Headache", "onset_text": "2026-02-04"},
    "a grade of a term that no list has, as coded in an export": {
        "dictionary": "as coded in the export", "coded_term": "Nausea", "grade": 4, "onset_text": "2026-02-04"
    },
    "a term of the sponsor's list in capitals": {
        "dictionary": "sponsor list", "coded_term": "DURAL TEAR", "term_used": "DURAL TEAR", "grade": 4, "onset_text": "2026-02-04"
    },
    "of the sponsor's list, not coded yet": {"dictionary": "sponsor list", "coded_term": None, "term_used": "my back"},
    "a DLT within the window": {"dlt": "yes", "grade": 3, "dlt_reason": "r"},
    "a term in capitals": {"ctcae_version": "5.0", "coded_term": "HEADACHE", "term_used": "HEADACHE", "onset_text": "2026-02-04"},
    "a term that is not coded yet": {"ctcae_version": "5.0", "coded_term": None, "term_used": "my head"},
    "fatal on the day of death": {
        "subject_id": 3, **FATAL, "end_text": "2026-02-10", "end_date": date(2026, 2, 10), "expectedness": "unexpected"
    },
    "a surgical grade after surgery": {"clavien_dindo": "I"},
    "the same event, graded once": {"verbatim": "again"},
}  # fmt: skip


SHEET = {"kind": "neurology", "test": "ISNCSCI", "label": "worksheet", "measured_on": date(2026, 2, 20), "known_from": at(2, 20)}
TOTALS = {"UEMS": 50, "LEMS": 0, "LT": 52, "PP": 52}
"""What the worksheet of a complete injury at T6 sums to."""
SHEETS = {
    "worksheet not readable": ({"result_text": line("T6").replace("RLT=2", "RLT=.")}, {}, "right lightTouch C2"),
    "worksheet against totals": ({}, {"LT": 40, "LEMS": 1}, "LEMS 1 ≠ 0, LT 40 ≠ 52"),
    "worksheet against grade": ({}, {"AIS": "C"}, "AIS C ≠ A"),
}
"""By rule: what is changed of a worksheet and of what is recorded beside it, and what does not agree."""
SHEETS_CLEAN = {
    "as it is": ({}, {}),
    "a small letter, a star": ({}, {"AIS": "a*"}),
    "no grade that could be told": ({"result_text": line("T6", contraction="NT")}, {"AIS": "C"}),
    "another day": ({"measured_on": date(2026, 2, 21)}, {"LT": 40, "AIS": "C"}),
    "without a day": ({"measured_on": None}, {"LT": 40, "AIS": "C"}),
    "of nobody else": ({"subject_id": 2}, {"LT": 40, "AIS": "C"}),
}


def examined(engine, sheet, recorded):
    """Record a worksheet, and totals and a grade on its day; return what is counted, and listed of it."""
    beside = {**TOTALS, "AIS": "A", **recorded}
    rows = [{"result_text": line("T6"), **sheet}]
    rows += [{"test": test, "value": None if test == "AIS" else value, "result_text": str(value)} for test, value in beside.items()]
    with acting(engine) as session:
        add(session, Measurement, *({"id": n, "subject_id": 1, **SHEET, **row} for n, row in enumerate(rows, 1)))
    with reading(engine) as session:
        counts, listed = data_fault_counts(session, TODAY, STUDY, dlt=DLT), data_fault_listing(session, TODAY, STUDY, dlt=DLT)
    DATA_FAULT_COUNTS.check(counts)
    DATA_FAULT_LISTING.check(listed)
    return counts, listed


@pytest.mark.parametrize("rule", SHEETS)
def test_a_worksheet_that_breaks_one_rule_is_found_for_that_rule_alone(engine, rule):
    sheet, recorded, what = SHEETS[rule]
    counts, listed = examined(engine, sheet, recorded)
    assert counts.to_numpy().tolist() == [[rule, 1, 1]]
    assert listed[["rule", "subject", "event", "term", "onset"]].to_numpy().tolist() == [[rule, "01-001", "ISNCSCI", what, "2026-02-20"]]


@pytest.mark.parametrize("case", SHEETS_CLEAN)
def test_a_worksheet_in_order_breaks_no_rule(engine, case):
    counts, listed = examined(engine, *SHEETS_CLEAN[case])
    assert counts.empty
    assert listed.empty


def test_a_total_over_a_cell_that_was_not_tested_is_none(engine):
    counts, listed = examined(engine, {"result_text": line("T6", right_pin_T4="NT")}, {})
    assert counts["rule"].tolist() == ["worksheet against totals"]
    assert listed["term"].tolist() == ["PP 52 ≠ ND"]


def test_of_two_totals_on_one_day_the_last_recorded_counts(engine):
    with acting(engine) as session:
        old = {**SHEET, "id": 90, "subject_id": 1, "test": "LT", "value": 40.0, "result_text": "40", "known_from": at(2, 19)}
        add(session, Measurement, old)
    assert examined(engine, {}, {})[0].empty


def test_one_rule_is_listed_alone(engine):
    examined(engine, {}, {"LT": 40, "AIS": "C"})
    with reading(engine) as session:
        listed = data_fault_listing(session, TODAY, STUDY, broken="worksheet against grade")
    assert listed["rule"].tolist() == ["worksheet against grade"]


@pytest.fixture
def engine(tmp_path):
    made = build_empty(tmp_path)
    with acting(made) as session:
        session.connection().execute(table_of(CtcaeTerm).insert(), [{"id": 1, "version": "5.0", "term": "Headache", "category": "x"} | {
            f"grade_{grade}": "words" for grade in (1, 2, 3)
        }])  # fmt: skip
        add(session, Site, {"id": 1, "code": "01", "name": "First", "time_zone": "UTC", "known_from": at(1, 1)})
        add(session, Subject, *(
            {"id": n, "code": f"01-00{n}", "site_id": 1, "status": "on study", "consented_on": date(2026, 1, 10), "known_from": at(1, 10)}
            | ({"died_on": date(2026, 2, 10)} if n == 3 else {})
            for n in (1, 2, 3, 4)
        ))  # fmt: skip
        add(session, AdverseEvent, {"id": 99, **CLEAN, **SUFFICIENT, "code": "E99", "term_used": "Cardiac arrest"})
        session.connection().execute(table_of(Study).update().values(ctcae_version="5.0"))
        add(session, Procedure, *({
            "id": n, "code": f"P{n}", "subject_id": n, "type": "laminectomy", "performed_on": date(2026, 2, 1),
            "anaesthesia_started_at": at(2, 1, 7), "incision_at": at(2, 1, 8), "closure_at": at(2, 1, 12), "known_from": at(2, 1, 13),
        } for n in (1, 3)))  # fmt: skip
        add(session, Administration, *({
            "id": n, "code": f"A{n}", "subject_id": n, "number": 1, "product": "cells", "start_precision": "minute",
            "first_on": date(2026, 2, 1), "last_on": date(2026, 2, 1), "started_at": at(2, 1, 10), "known_from": at(2, 1, 13),
        } for n in (1, 3, 4)))  # fmt: skip
    return made


def broken(engine, *events):
    with acting(engine) as session:
        add(session, AdverseEvent, *({"id": n, **CLEAN, **event} for n, event in enumerate(events, 1)))
    with reading(engine) as session:
        counts = data_fault_counts(session, TODAY, STUDY, dlt=DLT)
        listed = data_fault_listing(session, TODAY, STUDY, dlt=DLT)
    DATA_FAULT_COUNTS.check(counts)
    DATA_FAULT_LISTING.check(listed)
    assert listed["rule"].value_counts().to_dict() == dict(zip(counts["rule"], counts["events"], strict=True))
    return counts["rule"].tolist()


@pytest.mark.parametrize("rule", BREAKS)
def test_an_event_that_breaks_one_rule_is_found_for_that_rule_alone(engine, rule):
    assert broken(engine, BREAKS[rule]) == [rule]


@pytest.mark.parametrize("case", STILL_CLEAN)
def test_an_event_in_order_breaks_no_rule(engine, case):
    assert broken(engine, CLEAN, {"code": "E2", "term_used": "Nausea", **STILL_CLEAN[case]}) == []


MONTH, YEAR = {"onset_precision": "month"}, {"onset_precision": "year"}
IN_FEBRUARY = {**MONTH, "onset_text": "2026-02", "onset_date": date(2026, 2, 1), "onset_latest": date(2026, 2, 28)}
IN_MARCH = {**MONTH, "onset_text": "2026-03", "onset_date": date(2026, 3, 1), "onset_latest": date(2026, 3, 31)}
NEXT_YEAR = {**YEAR, "onset_text": "2027", "onset_date": date(2027, 1, 1), "onset_latest": date(2027, 12, 31)}
ENDS_IN_JANUARY = {"end_text": "2026-01", "end_precision": "month", "end_date": date(2026, 1, 31)}
ENDS_IN_FEBRUARY = {"end_text": "2026-02", "end_precision": "month", "end_date": date(2026, 2, 28)}
ENDED_LAST_YEAR = {"end_text": "2025", "end_precision": "year", "end_date": date(2025, 12, 31)}
ENDS_THIS_YEAR = {"end_text": "2026", "end_precision": "year", "end_date": date(2026, 12, 1)}


@pytest.mark.parametrize(
    "event", [ENDS_IN_JANUARY, IN_MARCH, {**IN_MARCH, **ENDS_IN_FEBRUARY}, ENDED_LAST_YEAR, {**IN_FEBRUARY, **ENDED_LAST_YEAR}, NEXT_YEAR]
)
def test_an_end_before_the_onset_is_found_whatever_the_missing_parts_are(engine, event):
    assert broken(engine, event) == ["ends before onset"]


@pytest.mark.parametrize("event", [
    ENDS_IN_FEBRUARY, IN_FEBRUARY, {**IN_FEBRUARY, **ENDS_IN_FEBRUARY}, ENDS_THIS_YEAR, {**IN_MARCH, **ENDS_THIS_YEAR},
    {"end_text": None, "end_precision": "unknown", "end_date": None, "outcome": "unknown"},
    {**YEAR, "onset_text": "2026", "onset_date": date(2026, 2, 1), "onset_latest": date(2026, 12, 31)},
    {**IN_FEBRUARY, "onset_date": date(2026, 2, 11), "end_text": "2026-02-05"},
])  # fmt: skip
def test_an_end_that_may_follow_the_onset_breaks_no_rule(engine, event):
    assert broken(engine, event) == []


def test_a_partial_date_after_the_death_is_found_and_one_that_may_lie_before_it_is_not(engine):
    assert broken(engine, {"subject_id": 3, **IN_MARCH, **NOT_OVER}, {"code": "E2", "subject_id": 3, **IN_FEBRUARY, **NOT_OVER}) == [
        "after death"
    ]


def test_an_event_recorded_twice_is_found_and_another_onset_is_another_event(engine):
    again = {"code": "E2", "term_used": "HEADACHE"}
    other = {"code": "E3", "onset_text": "2026-02-03", "onset_date": date(2026, 2, 3), "onset_latest": date(2026, 2, 3)}
    assert broken(engine, CLEAN, again, other) == ["recorded twice"]


def test_every_rule_has_a_case():
    assert {*BREAKS, *SHEETS, *ANSWERS, "recorded twice", "split by grade", "died without fatal event"} == {
        fault.code for fault in DATA_FAULTS
    }
    assert fault_of("fatal in part").cure


def on(day, **event):
    """An event that began on a day of February and goes on."""
    return {"code": "E2", "onset_text": f"2026-02-{day:02d}", "onset_date": date(2026, 2, day), "onset_latest": date(2026, 2, day)} | {
        **NOT_OVER, **event
    }  # fmt: skip


def to(day):
    """What an event that ended on a day of February says of its end."""
    return {name: CLEAN[name] for name in NOT_OVER} | {"end_text": f"2026-02-{day:02d}", "end_date": date(2026, 2, day)}


@pytest.mark.parametrize(("first", "later"), [
    ({}, [on(5, grade=3)]),
    ({}, [on(6, grade=3)]),
    ({}, [on(6, grade=3, verbatim="worsening headache", term_used="HEADACHE")]),
    (NOT_OVER, [on(20, grade=1)]),
    (to(20), [on(3, code="E3") | to(4), on(9, grade=3)]),
    (to(20) | {"grade": 1}, [on(3, code="E3") | to(20), on(9, code="E4") | to(9)]),
    ({"end_text": "2026-03", "end_precision": "month", "end_date": date(2026, 3, 31)}, [on(9, grade=3)]),
])  # fmt: skip
def test_an_event_split_by_grade_is_found(engine, first, later):
    assert broken(engine, first, *later) == ["split by grade"]


@pytest.mark.parametrize("events", [
    [{}, on(7, grade=3)],
    [{}, on(4)],
    [{}, on(6, grade=3, term_used="Nausea")],
    [{}, on(6, grade=3, subject_id=4, investigator_procedure=None)],
    [to(20), on(3, code="E3") | to(4), on(9)],
    [{"end_text": "2026-02", "end_precision": "month", "end_date": date(2026, 2, 28)}, on(20, grade=3)],
    [{"end_text": None, "end_date": None, "end_precision": "unknown", "outcome": "unknown", "ongoing": None}, on(6, grade=3)],
    [{}, {**IN_FEBRUARY, **NOT_OVER, "code": "E2", "grade": 3}],
])  # fmt: skip
def test_a_second_event_after_a_pause_of_another_term_or_with_the_same_grade_is_none(engine, events):
    assert broken(engine, *events) == []


def test_a_criterion_is_seen_where_seriousness_was_not_collected(engine):
    assert broken(engine, {"serious": None, "hospitalisation": True}) == ["criterion without serious"]


def test_an_event_of_somebody_never_dosed_cannot_come_from_the_product(engine):
    assert broken(engine, {"subject_id": 2}) == ["product before first cell"]


@pytest.mark.parametrize(("change", "rules"), [
    ({}, []),
    ({"serious": False, "hospitalisation": False}, ["criterion without serious"]),
    ({"results_in_death": None}, ["fatal in part"]),
    ({"outcome": None}, ["fatal in part"]),
    ({"outcome": None, "results_in_death": None}, ["fatal in part"]),
    ({"results_in_death": None, "serious": False, "hospitalisation": False}, ["fatal in part", "criterion without serious"]),
    ({"grade": None, "severity": "severe"}, []),
    ({"grade": None, "severity": "severe", "results_in_death": None}, ["fatal in part"]),
    ({"subject_id": 1, "outcome": None, "results_in_death": None}, ["fatal in part", "fatal without death"]),
    ({"end_text": "2026-01", "end_precision": "month", "end_date": date(2026, 1, 31), **EARLY, "investigator_product": "unlikely",
      "sponsor_product": "unlikely"}, ["fatal ends another day"]),
    ({"end_text": "2026-02", "end_precision": "month"}, []),
    ({**NOT_OVER, "outcome": None, "results_in_death": None}, []),
])  # fmt: skip
def test_grade_5_fatal_outcome_and_death_as_a_result_go_together(engine, change, rules):
    assert broken(engine, {**SUFFICIENT, **change}) == rules


@pytest.mark.parametrize(("event", "rules"), [
    ({"grade": 2}, ["died without fatal event"]),
    ({"subject_id": 1, "term_used": "Stroke", "grade": 5, "outcome": None, "results_in_death": None, **SERIOUS},
     ["fatal in part", "fatal without death", "died without fatal event"]),
    ({"term_used": "Stroke", "grade": 5, **SERIOUS}, ["fatal in part"]),
    (FATAL | {"end_text": "2026-02-10", "end_date": date(2026, 2, 10)}, []),
])  # fmt: skip
def test_a_death_needs_a_fatal_event_of_that_subject(engine, event, rules):
    with acting(engine) as session:
        session.connection().execute(table_of(AdverseEvent).delete())
    assert broken(engine, {"subject_id": 3, **event}) == rules


def test_a_death_without_any_event_is_listed_with_its_day_and_one_before_consent_is_none_in_the_study(engine):
    with acting(engine) as session:
        person = {"site_id": 1, "status": "screen failure", "known_from": at(1, 10)}
        late = {"id": 5, "code": "01-005", "consented_on": date(2026, 1, 10), "died_on": date(2026, 1, 9)}
        unknown = {"id": 6, "code": "01-006", "consented_on": None, "died_on": date(2026, 1, 9)}
        same = {"id": 7, "code": "01-007", "consented_on": date(2026, 1, 10), "died_on": date(2026, 1, 10)}
        add(session, Subject, *(person | row for row in (late, unknown, same)))
    with reading(engine) as session:
        counts, listed = data_fault_counts(session, TODAY, STUDY, dlt=DLT), data_fault_listing(session, TODAY, STUDY, dlt=DLT)
    rule = "died without fatal event"
    assert counts.to_numpy().tolist() == [[rule, 2, 2]]
    assert listed[["subject", "onset"]].to_numpy().tolist() == [["01-006", "2026-01-09"], ["01-007", "2026-01-10"]]
    assert set(listed["rule"]) == {rule} and listed[["event", "term", "end"]].isna().all(axis=None)


def test_without_a_dlt_declaration_the_rules_about_dlts_are_left_out(engine):
    with acting(engine) as session:
        add(session, AdverseEvent, {"id": 1, **CLEAN, **BREAKS["DLT outside window"]})
    with reading(engine) as session:
        assert data_fault_counts(session, TODAY, STUDY).empty


def test_a_grade_that_the_sponsor_list_does_not_offer_is_found(engine):
    listed = {"dictionary": "sponsor list", "term_used": "Incision site pain"}
    assert broken(engine, {**listed, "grade": 4}, {**listed, "code": "E2", "grade": 3, "onset_text": "2026-02-04"}) == ["grade not offered"]


NO_VERSION = {"ctcae_version": None, "coded_term": "Headache", "grade": 4}


@pytest.mark.parametrize("dictionary", ["CTCAE", "as coded in the export", "uncoded"])
def test_an_event_without_a_version_is_held_against_the_one_of_the_study(engine, dictionary):
    event = {**NO_VERSION, "dictionary": dictionary}
    assert broken(engine, event, {**event, "code": "E2", "grade": 3, "onset_text": "2026-02-03"}) == ["grade not offered"]
    with reading(engine) as session:
        stored = session.connection().execute(select(table_of(AdverseEvent).c.ctcae_version, table_of(AdverseEvent).c.grade)).all()
    assert {(None, 3), (None, 4)} <= {tuple(row) for row in stored}


@pytest.mark.parametrize("change", [{"ctcae_version": None}, {"ctcae_version": "6.0"}])
def test_without_the_table_of_the_pinned_version_nothing_is_said(engine, change):
    with acting(engine) as session:
        session.connection().execute(table_of(Study).update().values(**change))
    assert broken(engine, NO_VERSION) == []


def test_the_version_that_an_event_names_counts_before_that_of_the_study(engine):
    with acting(engine) as session:
        session.connection().execute(table_of(Study).update().values(ctcae_version="6.0"))
    assert broken(engine, {**NO_VERSION, "ctcae_version": "5.0"}) == ["other CTCAE version", "grade not offered"]


@pytest.mark.parametrize("event", [
    {"dictionary": "CTCAE", "coded_term": "Headach", "term_used": "Headach"},
    {"dictionary": "sponsor list", "coded_term": "Nonexistent thing", "term_used": "Nonexistent thing"},
    {"dictionary": "sponsor list", "coded_term": "Headache"},
])  # fmt: skip
def test_a_term_that_its_list_lacks_is_found_without_a_version(engine, event):
    assert broken(engine, {"ctcae_version": None, **event}) == ["term not offered"]


def test_nothing_is_found_in_an_empty_study(tmp_path):
    with reading(build_empty(tmp_path)) as session:
        DATA_FAULT_COUNTS.check(data_fault_counts(session, TODAY, STUDY, dlt=DLT))
        DATA_FAULT_LISTING.check(data_fault_listing(session, TODAY, STUDY, dlt=DLT))


def on_the_day(hour):
    """An onset on 1 February, at an hour where one is given."""
    day = {"onset_text": "2026-02-01", "onset_date": date(2026, 2, 1), "onset_latest": date(2026, 2, 1)}
    return day if hour is None else {**day, "onset_precision": "minute", "onset_at": at(2, 1, hour)}


CAUSED_BY_PROCEDURE = {
    **on_the_day(None), "investigator_product": "unlikely", "sponsor_product": "unlikely", "investigator_procedure": "possible",
    "subject_id": 2,
}  # fmt: skip
PUNCTURE = {"performed_on": date(2026, 2, 1), "incision_at": at(2, 1, 9)}
OVERNIGHT = {"performed_on": date(2026, 2, 1), "anaesthesia_started_at": at(1, 31, 21), "closure_at": at(2, 1, 12)}
EVE = {"onset_text": "2026-01-31", "onset_date": date(2026, 1, 31), "onset_latest": date(2026, 1, 31)}


@pytest.mark.parametrize(("procedures", "event", "rules"), [
    ([PUNCTURE], on_the_day(8), ["procedure before anaesthesia"]),
    ([PUNCTURE], on_the_day(9), []),
    ([PUNCTURE], on_the_day(None), []),
    ([{"performed_on": date(2026, 2, 1)}], on_the_day(8), []),
    ([{"incision_at": at(2, 1, 9)}], on_the_day(10), []),  # the day comes from what was given during it
    ([{}], EVE, ["procedure before anaesthesia"]),
    ([{}], on_the_day(10), []),
    ([{"given": False}], EVE, []),  # nobody knows its day
    ([{"given": False, "incision_at": at(2, 1, 9)}], on_the_day(8), ["procedure before anaesthesia"]),
    ([{"performed_on": date(2026, 2, 1)}, {**PUNCTURE, "performed_on": date(2026, 2, 20), "incision_at": at(2, 20, 9)}], on_the_day(8), []),
    ([OVERNIGHT], EVE, []),
    ([OVERNIGHT], {**EVE, "onset_precision": "minute", "onset_at": at(1, 31, 23)}, []),
    ([OVERNIGHT], {**EVE, "onset_precision": "minute", "onset_at": at(1, 31, 20)}, ["procedure before anaesthesia"]),
    ([], on_the_day(8), ["procedure before anaesthesia"]),
])  # fmt: skip
def test_a_procedure_begins_with_anaesthesia_else_with_incision_or_needle(engine, procedures, event, rules):
    with acting(engine) as session:
        for n, procedure in enumerate(procedures, 20):
            own = {name: value for name, value in procedure.items() if name != "given"}
            add(session, Procedure, {"id": n, "code": f"P{n}", "subject_id": 2, "type": "x", "known_from": at(2, 21), **own})
        dose = {"id": 9, "code": "A9", "subject_id": 2, "number": 1, "product": "cells", "start_precision": "minute"}
        dose |= {"first_on": date(2026, 2, 1), "started_at": at(2, 1, 11), "known_from": at(2, 1, 13)}
        link = 20 if procedures and procedures[0].get("given", True) else None
        add(session, Administration, {**dose, "procedure_id": link})
    assert broken(engine, {**CAUSED_BY_PROCEDURE, **event}) == rules
