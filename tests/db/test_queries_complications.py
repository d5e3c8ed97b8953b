"""Answers on prompted lists, counted by hand on tests/db/safety_trial.py, and held against the events recorded there."""

from datetime import date

import pytest
from sqlalchemy import select

from db.engine import reading
from db.history import table_of
from db.models import AdverseEvent, ComplicationCheck
from db.queries.complications import complication_checks, complication_faults, entry_lists
from db.queries.data_faults import data_fault_counts, data_fault_listing
from tests.acting import acting
from tests.db import safety_trial
from tests.db.safety_trial import CUT, read
from tests.db.story_trial import STUDY, add, at
from trial.asof import AsOf
from trial.protocol import BackgroundPart
from trial.tables import DATA_FAULT_LISTING
from trial.tables.entry import ENTRY_LISTS
from trial.tables.surgery import COMPLICATION_CHECKS

FACTS = {"low": 0.01, "central": 0.04, "high": 0.1, "window": "w", "ascertainment": "a", "source": "s"}
RATES = (
    BackgroundPart(code="CSF", label="CSF leak", terms=("CSF leak",), after_surgery_days=90, **FACTS),
    BackgroundPart(code="HEAD", label="Headache", terms=("headache",), after_surgery_days=30, **FACTS),
    BackgroundPart(code="UTI", label="Infection", terms=("Urinary tract infection",), **FACTS),
)
A1, A2, B1, B1_AGAIN = ({"subject_id": n, "procedure_id": p} for n, p in ((1, 1), (2, 2), (3, 3), (3, 4)))

SOON, LATER = date(2026, 3, 5), date(2026, 3, 20)
OCCURRED, DENIED = "occurred", "did not occur"
BREAKS = {
    "complication without event": {
        "no such event": (A1, "CSF", "to 30 days", OCCURRED, SOON, ["A1", "P1", "CSF leak", "2026-03-05"]),
        "only after the other operation": (
            B1_AGAIN,
            "CSF",
            "to discharge",
            OCCURRED,
            LATER,
            ["B1", "P4", "CSF leak", "2026-03-20"],
        ),
        "only after the answer": (B1, "CSF", "to discharge", OCCURRED, date(2026, 3, 4), ["B1", "P3", "CSF leak", "2026-03-04"]),
        "only after the operation": (A1, "HEAD", "intraoperative", OCCURRED, date(2026, 2, 1), ["A1", "P1", "Headache", "2026-02-01"]),
    },
    "event despite denial": {
        "in capitals": (B1, "CSF", "to discharge", DENIED, SOON, ["B1", "E9", "CSF leak: CSF LEAK", "2026-03-05"]),
        "the first of two": (A1, "HEAD", "to 30 days", DENIED, date(2026, 3, 3), ["A1", "E1", "Headache: Headache", "2026-02-01"]),
    },
}
"""By rule and case: the answer, and what is listed of it."""
CLEAN = {
    "it occurred": (B1, "CSF", "to discharge", OCCURRED, date(2026, 3, 8)),
    "denied before it began": (B1, "CSF", "to discharge", DENIED, date(2026, 3, 4)),
    "denied of the operation itself": (A1, "HEAD", "intraoperative", DENIED, date(2026, 2, 1)),
    "denied of the other operation": (B1_AGAIN, "CSF", "to discharge", DENIED, LATER),
    "the day of the operation is not known": (A2, "CSF", "to discharge", DENIED, date(2026, 2, 20)),
    "nobody asked": (B1, "CSF", "to discharge", "not assessed", date(2026, 3, 8)),
    "a complication that the protocol does not have": (A1, "ODD", "to 30 days", OCCURRED, SOON),
}


@pytest.fixture
def engine(tmp_path):
    return safety_trial.build(tmp_path)


def answer(engine, *answers):
    """Write answers: of whom, complication, period, answer, day."""
    with acting(engine) as session:
        keys = ("complication", "period", "answer", "checked_on")
        rows = [
            {"id": n, "code": f"X{n}", **whom, **dict(zip(keys, given[:4], strict=True)), "known_from": at(3, 25), **dict(*given[4:])}
            for n, (whom, *given) in enumerate(answers, 1)
        ]
        add(session, ComplicationCheck, *rows)


def faults(engine):
    """What the register of data faults counts and lists of answers."""
    with reading(engine) as session:
        counts, listed = (query(session, CUT, STUDY, rates=RATES) for query in (data_fault_counts, data_fault_listing))
    ours = listed[listed["rule"].isin(list(BREAKS))]
    DATA_FAULT_LISTING.check(listed)
    counted = dict(zip(counts["rule"], counts["events"], strict=True))
    assert ours["rule"].value_counts().to_dict() == {rule: n for rule, n in counted.items() if rule in BREAKS}
    return ours


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, cases in BREAKS.items() for case in cases])
def test_an_answer_that_contradicts_the_events_is_found_for_that_rule_alone(engine, rule, case):
    *given, listed = BREAKS[rule][case]
    answer(engine, given)
    assert faults(engine)[["rule", "subject", "event", "term", "onset"]].to_numpy().tolist() == [[rule, *listed]]


@pytest.mark.parametrize("case", CLEAN)
def test_an_answer_in_order_breaks_no_rule(engine, case):
    answer(engine, CLEAN[case])
    assert faults(engine).empty


def test_an_event_that_the_site_named_is_the_one_where_its_term_is(engine):
    late = (A1, "CSF", "to 30 days", OCCURRED, SOON)
    answer(engine, (*late, {"event_id": 4}), (A1, "HEAD", "intraoperative", OCCURRED, date(2026, 2, 1), {"event_id": 3}))
    assert faults(engine)["term"].tolist() == ["Headache"], "E3 is a pain"


def test_procedures_are_counted_by_what_was_answered_in_any_period(engine):
    day = date(2026, 3, 24)
    answer(
        engine,
        (A1, "CSF", "to discharge", DENIED, day),
        (A1, "CSF", "to 90 days", DENIED, day),
        (A2, "CSF", "to discharge", "not assessed", day),
        (B1, "CSF", "to discharge", "not assessed", day),
        (B1, "CSF", "to 30 days", OCCURRED, day),
        (A1, "HEAD", "to discharge", DENIED, day),
        (A2, "HEAD", "to 30 days", DENIED, day),
        (B1, "UTI", "to 30 days", DENIED, day),
    )
    table = read(engine, complication_checks, rates=RATES)
    COMPLICATION_CHECKS.check(table)
    assert table.to_numpy().tolist() == [["CSF", 4, 2, 2, 1, 1, 1, 1, 0], ["HEAD", 4, 2, 1, 0, 2, 0, 2, 1]]
    before = read(engine, complication_checks, AsOf(date(2026, 3, 24)), rates=RATES)
    assert before.to_numpy().tolist() == [["CSF", 4, 0, 0, 0, 0, 0, 4, 0], ["HEAD", 4, 0, 0, 0, 0, 0, 4, 0]]


def test_the_lists_of_a_subject_are_told_by_procedure(engine):
    day = date(2026, 3, 24)
    with reading(engine) as session:
        leak = session.connection().execute(select(table_of(AdverseEvent)).where(table_of(AdverseEvent).c.code == "E9")).one()
    occurred = (B1_AGAIN, "CSF", "to discharge", OCCURRED, day, {"event_id": leak.id})
    answer(engine, occurred, (B1, "CSF", "to 30 days", "not assessed", day))
    table = read(engine, entry_lists, subject="B1")
    ENTRY_LISTS.check(table)
    assert table[["procedure", "period", "complication", "answer"]].to_numpy().tolist() == [
        ["P3", "to 30 days", "CSF", "not assessed"],
        ["P4", "to discharge", "CSF", OCCURRED],
    ]
    assert table[["event", "term"]].astype(object).where(table["event"].notna(), None).to_numpy().tolist() == [
        [None, None],
        ["E9", leak.term_used],
    ]
    assert read(engine, entry_lists, subject="A1").empty
    assert read(engine, entry_lists, subject="nobody").empty


def test_nothing_is_asked_where_no_rate_names_days_after_surgery(engine):
    answer(engine, (A1, "CSF", "to 30 days", OCCURRED, SOON))
    assert read(engine, complication_checks, rates=RATES[2:]).empty
    assert read(engine, complication_faults, rates=RATES[2:]).empty
