"""Judges, surgical scales, time from the incision and complications after surgery, counted by hand on tests/db/safety_trial.py."""

from datetime import date

import pandas as pd
import pytest

from db.models import AdverseEvent, Procedure
from db.queries.surgery import (
    AGREEMENTS,
    JudgedCell,
    ScaledCell,
    ambiguous_onsets,
    judgement_counts,
    surgical_events,
    surgical_grades,
    surgical_tally,
)
from db.queries.surgical_courses import KINDS, counted_complications, surgical_counts, surgical_courses, surgical_firsts
from tests.acting import acting
from tests.db import safety_trial
from tests.db.safety_trial import CUT, PHASES, read
from tests.db.story_trial import add, at, build_empty
from trial.asof import AsOf
from trial.protocol import BackgroundPart
from trial.tables.surgery import (
    AMBIGUOUS_ONSETS,
    COUNTED_COMPLICATIONS,
    JUDGEMENT_COUNTS,
    SURGICAL_COUNTS,
    SURGICAL_COURSES,
    SURGICAL_EVENTS,
    SURGICAL_FIRSTS,
    SURGICAL_GRADES,
)


def rate(days, code="CSF", term="CSF leak"):
    facts = {"low": 0.01, "central": 0.04, "high": 0.1, "window": "w", "ascertainment": "a", "source": "s"}
    return BackgroundPart(code=code, label=code, terms=(term,), after_surgery_days=days, **facts)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """The safety trial, with judged and graded events of A1, and one of B1 on a day on which it had two procedures more."""
    built = safety_trial.build(tmp_path_factory.mktemp("surgery"))
    with acting(built) as session:
        facts = {
            "subject_id": 1,
            "dictionary": "CTCAE",
            "onset_precision": "minute",
            "onset_date": date(2026, 2, 1),
            "known_from": at(3, 1),
        }
        judged = {"investigator_procedure": "possible", "sponsor_procedure": "unlikely", "investigator_product": "unrelated"}
        during = {"term_used": "Dural tear", "category": "Injury", "grade": 2, "onset_at": at(2, 1, 9), "classintra": "II", **judged}
        palsy = {"term_used": "Paralysis", "category": "Nervous system disorders", "onset_at": at(2, 1, 14), "clavien_dindo": "I"}
        add(
            session,
            AdverseEvent,
            {"id": 20, "code": "E20", "verbatim": "tear", **facts, **during},
            {"id": 21, "code": "E21", "verbatim": "palsy", "clavien_disability": True, "severity": "severe", **facts, **palsy},
            {
                "id": 22, "code": "E22", "subject_id": 3, "verbatim": "ache", "term_used": "Pain", "category": "Other",
                "dictionary": "CTCAE", "onset_precision": "day", "onset_date": date(2026, 3, 20),
                "onset_text": "2026-03-20", "known_from": at(3, 21),
            },
        )  # fmt: skip
        twice = {"subject_id": 3, "type": "puncture", "performed_on": date(2026, 3, 20), "known_from": at(3, 20)}
        add(session, Procedure, {"id": 8, "code": "P8", **twice}, {"id": 9, "code": "P9", **twice})
    return built


@pytest.fixture(params=[True, False], ids=["with history", "without"])
def cut(request):
    return AsOf(CUT.day, CUT.time_zone, history=request.param)


def test_judges_are_counted_side_by_side_for_each_cause(engine, cut):
    table = read(engine, judgement_counts, cut, phases=PHASES)
    JUDGEMENT_COUNTS.check(table)
    rows = table.set_index("head")
    parts = ["both", "investigator_only", "sponsor_only", "neither", "one_judge", "unjudged"]
    assert (rows[parts].sum(axis=1) == rows["events"]).all()
    # from the incision on: E1 E2 of A1 (E3 began before it), E20 E21; E4 E5 of A2; E6 E9 E22 of B1
    assert rows["events"].unique().tolist() == [9]
    assert rows.loc["procedure", parts].tolist() == [0, 1, 0, 0, 2, 6]  # E20; E1 and E4 by the investigator alone
    assert rows.loc["product", parts].tolist() == [0, 0, 0, 0, 3, 6]  # E2 by the sponsor, E9 and E20 by the investigator


def test_where_judges_differ_is_listed_and_tallied(engine, cut):
    table = read(engine, surgical_events, cut, phases=PHASES, differing=True)
    SURGICAL_EVENTS.check(table)
    assert table[["subject", "event", "phase", "investigator_procedure", "sponsor_procedure"]].to_numpy().tolist() == [
        ["A1", "E20", "intra", "possible", "unlikely"]
    ]
    whole = read(engine, surgical_events, cut, phases=PHASES)
    assert read(engine, surgical_tally, cut, phases=PHASES).to_numpy().tolist() == [[len(whole), whole["subject"].nunique()]] == [[9, 3]]
    assert whole["event"].tolist()[2:4] == read(engine, surgical_events, cut, phases=PHASES, offset=2, limit=2)["event"].tolist()


def test_surgical_scales_stand_beside_ctcae(engine, cut):
    table = read(engine, surgical_grades, cut, phases=PHASES)
    SURGICAL_GRADES.check(table)
    found = table.astype(object).where(table.notna(), None).to_numpy().tolist()
    assert found == [["ClassIntra", "II", False, 2, 1, 1], ["Clavien-Dindo", "I", True, None, 1, 1]]
    assert set(read(engine, surgical_events, cut, phases=PHASES, scaled=True)["event"]) == {"E20", "E21"}


def test_every_cell_leads_to_the_events_that_it_counts(engine, cut):
    counts = read(engine, judgement_counts, cut, phases=PHASES).set_index("head")
    for head in counts.index:
        for agreement in AGREEMENTS:
            events = read(engine, surgical_events, cut, phases=PHASES, cell=JudgedCell(head, agreement))
            assert len(events) == counts.loc[head, agreement], (head, agreement)
    assert read(engine, surgical_events, cut, phases=PHASES, cell=JudgedCell("procedure", "investigator_only"))["event"].tolist() == ["E20"]
    for row in read(engine, surgical_grades, cut, phases=PHASES).itertuples():
        cell = ScaledCell(row.scale, row.code, row.disability, None if row.grade is pd.NA else row.grade)
        assert read(engine, surgical_tally, cut, phases=PHASES, cell=cell).to_numpy().tolist() == [[row.events, row.subjects]]
    palsy = read(engine, surgical_events, cut, phases=PHASES, cell=ScaledCell("Clavien-Dindo", "I", True, None))
    assert palsy["event"].tolist() == ["E21"]
    assert read(engine, surgical_events, cut, phases=PHASES, cell=ScaledCell("Clavien-Dindo", "I", False, None)).empty


def test_hours_run_from_the_incision_to_the_next_procedure_or_death(engine, cut):
    table = read(engine, surgical_courses, cut)
    SURGICAL_COURSES.check(table)
    rows = table.astype(object).where(table.notna(), None).to_numpy().tolist()
    assert rows == [
        [1, 58 * 24 + 16, False, 1.0, False, 0],  # incision 1 February 8:00 to 1 April 0:00; the tear at 9:00
        [2, 5 * 24 + 12, True, 12.0, True, 0],  # from noon of a day without times to the end of the day of death
        [3, 14 * 24 - 1, False, 4 * 24 + 12.0, True, 1],  # 1 March 8:00 to the anaesthesia of 15 March 7:00; the rash has no date
    ]


def test_a_kind_narrows_first_events_and_names_them(engine, cut):
    table = read(engine, surgical_firsts, cut, complication="related_procedure")
    SURGICAL_FIRSTS.check(table)
    assert table[["subject", "first_hours"]].to_numpy().tolist() == [["A1", 1.0], ["A2", 12.0]]
    severe = read(engine, surgical_firsts, cut, complication="severe")
    assert severe[["subject", "first_hours"]].to_numpy().tolist() == [["A1", 6.0], ["A2", 4 * 24 + 12.0]]
    for kind in KINDS:
        courses, firsts = read(engine, surgical_courses, cut, complication=kind), read(engine, surgical_firsts, cut, complication=kind)
        assert sorted(courses["first_hours"].dropna()) == sorted(firsts["first_hours"]), kind
    with pytest.raises(KeyError):
        read(engine, surgical_courses, complication="unheard of")


def test_complications_are_counted_in_their_days_after_surgery(engine, cut):
    rates = (rate(30), rate(3, "SHORT"), rate(None, "NONE"))
    table = read(engine, surgical_counts, cut, rates=rates)
    SURGICAL_COUNTS.check(table)
    assert table.to_numpy().tolist() == [
        ["CSF", 3, 2, 3, 2, 2],  # A1 and B1 (30 days after its first) complete; A2 died on day 5, with a leak; B1's spelt in capitals
        ["SHORT", 3, 3, 3, 1, 1],  # B1's began on day 4
    ]
    assert read(engine, surgical_counts, cut, rates=(rate(None),)).empty
    named = read(engine, counted_complications, cut, rates=rates)
    COUNTED_COMPLICATIONS.check(named)
    assert named.to_numpy().tolist() == [["CSF", "A2", "E4", 0], ["CSF", "B1", "E9", 4], ["SHORT", "A2", "E4", 0]]
    assert read(engine, counted_complications, cut, rates=(rate(None),)).empty


def test_an_onset_without_a_time_between_two_procedures_is_told(engine, cut):
    table = read(engine, ambiguous_onsets, cut)
    AMBIGUOUS_ONSETS.check(table)
    assert table[["subject", "event", "procedures"]].to_numpy().tolist() == [["B1", "E22", 2]]
    assert read(engine, ambiguous_onsets, AsOf(date(2026, 3, 19))).empty


def test_nobody_operated_gives_nothing(tmp_path):
    empty = build_empty(tmp_path)
    assert read(empty, surgical_courses).empty and read(empty, surgical_events, phases=PHASES).empty
    assert read(empty, judgement_counts, phases=PHASES)["events"].tolist() == [0] * 4
    assert read(empty, surgical_counts, rates=(rate(30),))["operated"].tolist() == [0]
