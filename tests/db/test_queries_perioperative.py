"""Events placed around procedures, by hand and against the rule in trial.clocks.perioperative."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from db.models import Administration, AdverseEvent, Procedure
from db.queries.perioperative import phase_events, phase_terms, phase_totals, procedures
from tests.acting import acting
from tests.db import safety_trial
from tests.db.safety_trial import CUT, PHASES, read
from tests.db.story_trial import add, build_empty
from trial.asof import AsOf
from trial.clocks.perioperative import DAY_ZERO, UNPLACED, ProcedureTimes, classify_onset, find_preceding, list_edges
from trial.tables import PHASE_EVENTS, PHASE_TERMS, PHASE_TOTALS, PROCEDURES


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return safety_trial.build(tmp_path_factory.mktemp("perioperative"))


@pytest.fixture(params=[True, False], ids=["with history", "without"])
def cut(request):
    return AsOf(CUT.day, CUT.time_zone, history=request.param)


def test_procedures_newest_first_with_what_was_given(engine, cut):
    table = read(engine, procedures, cut)
    PROCEDURES.check(table)
    assert table["procedure"].tolist() == ["P4", "P3", "P2", "P1"]
    first = table.iloc[-1]
    assert first["first_cell_at"].hour == 10 and first["last_cell_at"].hour == 11
    assert str(table.loc[2, "performed_on"].date()) == "2026-02-10"  # from the administration
    assert read(engine, procedures, cut, cohort=2)["procedure"].tolist() == ["P4", "P3"]


def test_totals_say_who_was_at_risk_in_each_phase(engine, cut):
    table = read(engine, phase_totals, cut, phases=PHASES)
    PHASE_TOTALS.check(table)
    found = {row.phase: (row.operated, row.complete, row.at_risk, row.subjects, row.events) for row in table.itertuples()}
    assert found == {
        "pre": (3, 3, 3, 1, 1),  # E3
        "intra": (3, 3, 3, 0, 0),
        "h24": (3, 3, 3, 1, 1),  # E1
        "d7": (3, 2, 3, 3, 3),  # E2, E5, E9; A2 died in it, so it counts as at risk
        "d30": (3, 2, 2, 0, 0),
        "d90": (3, 0, 0, 0, 0),
        "late": (3, 0, 0, 0, 0),
        DAY_ZERO: (3, 3, 3, 1, 1),  # E4
        UNPLACED: (3, 3, 3, 1, 1),  # E6
    }
    causes = table.set_index("phase")[["product", "procedure", "no_cause"]]
    assert causes.loc["d7"].tolist() == [1, 0, 2] and causes.loc["h24"].tolist() == [0, 1, 0]


def test_terms_by_phase(engine, cut):
    table = read(engine, phase_terms, cut, phases=PHASES)
    PHASE_TERMS.check(table)
    cells = {(row.term, row.phase): (row.subjects, row.events, row.at_risk, row.serious) for row in table.itertuples()}
    assert cells["Headache", "d7"] == (1, 1, 2, 1) and cells["Sepsis", "d7"] == (1, 1, 3, 1)
    assert cells["Rash", UNPLACED] == (1, 1, 3, 0) and ("Fever", "d30") not in cells
    assert table["term"].iloc[0] == "Headache"
    assert set(read(engine, phase_terms, cut, phases=PHASES, cohort=2)["term"]) == {"Rash", "CSF LEAK"}


def test_events_one_by_one_with_hours_from_closure_and_first_cell(engine, cut):
    table = read(engine, phase_events, cut, phases=PHASES)
    PHASE_EVENTS.check(table)
    headache = table[table["event"] == "E1"].iloc[0]
    assert (headache["phase"], headache["hours_after_closure"], headache["hours_after_first_cell"]) == ("h24", 1.0, 3.0)
    assert bool(headache["procedure_caused"]) and not bool(headache["product"])
    assert set(read(engine, phase_events, cut, phases=PHASES, subjects=("A2",))["event"]) == {"E4", "E5"}


def test_sql_and_rule_place_alike(tmp_path):
    """Three hundred random onsets around the procedures of A1 and B1: by the minute, by the day, in a month, unknown."""
    engine = safety_trial.build(tmp_path)
    chance = random.Random(7)
    times = {
        1: [ProcedureTimes(date(2026, 2, 1), datetime(2026, 2, 1, 8, tzinfo=UTC), datetime(2026, 2, 1, 12, tzinfo=UTC))],
        3: [ProcedureTimes(date(2026, 3, day), *(datetime(2026, 3, day, hour, tzinfo=UTC) for hour in (8, 12, 7))) for day in (1, 15)],
    }
    rows, expected = [], {}
    for number in range(100, 400):
        subject = chance.choice([1, 3])
        base = chance.choice(times[subject]).closure_at
        step = chance.choice(
            [timedelta(hours=chance.choice([-5, -4.5, -4, 0, 24, 168, 720, 2160])), timedelta(minutes=chance.randint(-9000, 150_000))]
        )
        onset = base + step + timedelta(seconds=chance.choice([0, 0, 1, -1]))
        precision = chance.choice(["minute", "minute", "day", "month", "unknown"])
        known = precision in ("minute", "day")
        onset_given = onset if precision == "minute" else onset.date() if known else None
        preceding = find_preceding(times[subject], onset_given) if onset_given else times[subject][0]
        expected[f"R{number}"] = classify_onset(list_edges(PHASES), preceding, onset_given)
        rows.append(
            {
                "id": number, "code": f"R{number}", "subject_id": subject, "verbatim": "x", "term_used": "x", "category": "x",
                "dictionary": "x", "onset_precision": precision, "onset_date": None if precision == "unknown" else onset.date(),
                "onset_at": onset if precision == "minute" else None, "known_from": datetime(2026, 3, 1, tzinfo=UTC),
            }
        )  # fmt: skip
    with acting(engine) as session:
        add(session, AdverseEvent, *rows)
    table = read(engine, phase_events, phases=PHASES, subjects=("A1", "B1"))
    found = {row.event: row.phase for row in table.itertuples() if row.event.startswith("R")}
    assert found == expected
    assert len(set(found.values())) == len(PHASES) + 2


def event(number, onset, **causes):
    return {
        "id": number, "code": f"X{number}", "subject_id": 3, "verbatim": "x", "term_used": "Fever", "category": "x", "dictionary": "x",
        "onset_precision": "minute", "onset_date": onset.date(), "onset_latest": onset.date(), "onset_at": onset,
        "known_from": datetime(2026, 3, 20, tzinfo=UTC), **causes,
    }  # fmt: skip


def test_an_event_under_the_anaesthesia_of_a_second_procedure_belongs_to_it(tmp_path):
    """B1 had its second anaesthesia at 7:00 and its second incision at 8:00 of 15 March."""
    engine = safety_trial.build(tmp_path)
    with acting(engine) as session:
        add(session, AdverseEvent, *(event(90 + n, datetime(2026, 3, 15, 6 + n, 30, tzinfo=UTC)) for n in (0, 1, 2)))
    table = read(engine, phase_events, phases=PHASES, subjects=("B1",)).set_index("event")
    assert table.loc[["X90", "X91", "X92"], ["procedure", "phase"]].values.tolist() == [["P3", "d30"], ["P4", "pre"], ["P4", "intra"]]


def test_an_event_before_the_second_dose_that_the_first_can_have_caused_is_no_contradiction(tmp_path):
    engine = safety_trial.build(tmp_path)
    second = {"id": 9, "code": "D9", "subject_id": 3, "number": 2, "product": "cells", "start_precision": "minute", "procedure_id": 4}
    second |= {"first_on": date(2026, 3, 15), "started_at": datetime(2026, 3, 15, 10, tzinfo=UTC)}
    between, before = datetime(2026, 3, 15, 8, 30, tzinfo=UTC), datetime(2026, 2, 27, 9, tzinfo=UTC)
    with acting(engine) as session:
        add(session, Administration, {**second, "known_from": datetime(2026, 3, 15, 12, tzinfo=UTC)})
        caused = {"investigator_product": "possible", "investigator_procedure": "possible"}
        add(session, AdverseEvent, event(90, between, **caused), event(91, before, **caused), event(92, before))
    found = read(engine, phase_events, phases=PHASES, subjects=("B1",), early=True)
    assert found["event"].tolist() == ["X91"]


def test_the_product_given_before_the_first_procedure_can_have_caused_it(tmp_path):
    """B2 was dosed on 10 March without a procedure, and is operated on later."""
    engine = safety_trial.build(tmp_path)
    later = {"id": 9, "code": "P9", "subject_id": 4, "type": "x", "performed_on": date(2026, 3, 18)}
    of_b2 = {"subject_id": 4, "investigator_product": "possible"}
    with acting(engine) as session:
        add(session, Procedure, {**later, "known_from": datetime(2026, 3, 18, tzinfo=UTC)})
        rows = [event(90 + n, datetime(2026, 3, day, 9, tzinfo=UTC), **of_b2) for n, day in enumerate((12, 9))]
        add(session, AdverseEvent, *rows, event(92, datetime(2026, 3, 12, 9, tzinfo=UTC), subject_id=4, investigator_procedure="possible"))
    found = read(engine, phase_events, phases=PHASES, subjects=("B2",), early=True)
    assert sorted(found["event"]) == ["X91", "X92"]


def test_a_study_without_procedures(tmp_path):
    engine = build_empty(tmp_path)
    PROCEDURES.check(read(engine, procedures))
    PHASE_TERMS.check(read(engine, phase_terms, phases=PHASES))
    PHASE_EVENTS.check(read(engine, phase_events, phases=PHASES))
    totals = read(engine, phase_totals, phases=PHASES)
    PHASE_TOTALS.check(totals)
    assert totals["operated"].tolist() == [0] * len(PHASES)
