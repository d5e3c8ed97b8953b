"""What was measured before the first dose, by instants, flags and days: of laboratory results, examinations and what monitors count."""

from datetime import UTC, date, datetime

import pytest

from db.engine import reading
from db.models import Administration, Measurement, Site, Subject
from db.queries.findings import result_hits
from db.queries.laboratory import lab_series
from db.queries.neurology import neuro_exams, neuro_levels
from tests.acting import acting
from tests.db.story_trial import STUDY, add, at, build_empty
from tests.worksheets import line
from trial.asof import AsOf
from trial.protocol import CountsPart
from trial.signals.ascending import compute_ascents
from trial.signals.neurology import Thresholds

TODAY = AsOf(date(2026, 12, 1))
DOSE = date(2026, 2, 1)
BEFORE, LATER = date(2026, 1, 30), date(2026, 2, 2)
CELL = datetime(2026, 2, 1, 10, tzinfo=UTC)


def clock(hour, minute=0):
    return datetime(2026, 2, 1, hour, minute, tzinfo=UTC)


@pytest.fixture
def trial(tmp_path):
    """Return a function that records one dosed subject's administrations and results, and opens the trial."""

    def record(*results, doses=({"started_at": CELL},)):
        engine = build_empty(tmp_path)
        with acting(engine) as session:
            add(session, Site, {"id": 1, "code": "01", "name": "First", "time_zone": "UTC", "known_from": at(1, 1)})
            add(session, Subject, {"id": 1, "code": "S1", "site_id": 1, "status": "on study", "known_from": at(1, 1)})
            given = {"subject_id": 1, "product": "cells", "start_precision": "minute", "first_on": DOSE, "known_from": at(2, 2)}
            rows = [{**given, "id": n, "code": f"A{n}", "number": n, "started_at": None, **dose} for n, dose in enumerate(doses, 1)]
            add(session, Administration, *rows)
            blank = {"value": None, "unit": None, "result_text": None, "measured_at": None, "baseline": None, "known_from": at(3, 1)}
            add(session, Measurement, *({"id": n, "subject_id": 1, "label": "x", **blank, **one} for n, one in enumerate(results, 1)))
        return engine

    return record


def examined(day, legs, hour=None, *, arms=50.0, **more):
    """The motor totals of one examination."""
    when = {"kind": "neurology", "measured_on": day, "measured_at": None if hour is None else clock(hour), **more}
    return [{**when, "test": "UEMS", "value": arms}, {**when, "test": "LEMS", "value": legs}]


def ask(engine, query, *parts, **filters):
    with reading(engine) as session:
        return query(*parts, session, TODAY, STUDY, **filters) if parts else query(session, TODAY, STUDY, **filters)


def exams(engine):
    return ask(engine, neuro_exams)[["day", "motor", "state"]].to_numpy().tolist()


def test_an_examination_after_the_cells_on_the_same_day_is_follow_up_and_no_baseline(trial):
    engine = trial(*examined(BEFORE, 40.0), *examined(DOSE, 10.0, 18), *examined(LATER, 10.0))
    assert exams(engine) == [[0, -30, "RED"], [1, -30, "RED"]]
    part = CountsPart.model_validate({"finding": {"neurology": "red"}})
    assert [hit.day for hit in ask(engine, result_hits, part)[1]] == [0, 1]


def test_an_examination_before_the_cells_on_the_same_day_is_the_baseline(trial):
    assert exams(trial(*examined(BEFORE, 40.0), *examined(DOSE, 20.0, 8), *examined(LATER, 18.0))) == [[1, -2, "NONE"]]


def test_of_one_day_the_examination_before_and_the_one_after_are_compared(trial):
    assert exams(trial(*examined(DOSE, 10.0, 18), *examined(DOSE, 40.0, 8))) == [[0, -30, "RED"]]


def test_an_instant_says_more_than_a_flag(trial):
    late = examined(DOSE, 10.0, 18, baseline=True)
    assert exams(trial(*examined(BEFORE, 40.0), *late)) == [[0, -30, "RED"]]


@pytest.mark.parametrize(
    ("flag", "found"), [(True, [[1, 0, "NONE"]]), (None, [[0, -30, "RED"], [1, -30, "RED"]]), (False, [[0, -30, "RED"], [1, -30, "RED"]])]
)
@pytest.mark.parametrize("doses", [({"started_at": CELL},), ({},)])
def test_without_an_hour_only_a_flag_makes_a_baseline_of_the_day(trial, doses, flag, found):
    engine = trial(*examined(BEFORE, 40.0), *examined(DOSE, 10.0, baseline=flag), *examined(LATER, 10.0), doses=doses)
    assert exams(engine) == found


def test_without_an_hour_and_without_an_earlier_one_the_day_is_the_baseline(trial):
    assert exams(trial(*examined(DOSE, 40.0), *examined(LATER, 10.0))) == [[1, -30, "RED"]]


def test_an_hour_of_the_dose_that_may_be_a_later_one_decides_nothing(trial):
    untimed_first = ({}, {"started_at": clock(16)})
    assert exams(trial(*examined(BEFORE, 40.0), *examined(DOSE, 10.0, 14), doses=untimed_first)) == [[0, -30, "RED"]]


def test_the_first_cells_of_another_day_decide_nothing(trial):
    second = ({}, {"first_on": LATER, "started_at": datetime(2026, 2, 2, 9, tzinfo=UTC)})
    assert exams(trial(*examined(BEFORE, 40.0), *examined(DOSE, 10.0, 14), doses=second)) == [[0, -30, "RED"]]


def test_a_worksheet_after_the_cells_is_held_against_the_one_before_them_and_its_totals_count_beside_theirs(trial):
    sheet = {"kind": "neurology", "test": "ISNCSCI", "measured_on": DOSE}
    engine = trial(
        {**sheet, "measured_at": clock(18), "result_text": line("T4")},
        {**sheet, "measured_at": clock(8), "result_text": line("T8")},
        *examined(DOSE, 0.0, 8),
    )
    levels = ask(engine, neuro_levels)
    assert levels["standing"].tolist() == ["before", "after"]
    assert compute_ascents(levels, Thresholds())[["day", "risen", "state"]].to_numpy().tolist() == [[0, 4, "RED"]]
    assert ask(engine, neuro_exams)[["day", "motor", "sensory"]].to_numpy().tolist() == [[0, 0, -32]]


def drawn(value, day, hour=None, **more):
    when = {"measured_on": day, "measured_at": None if hour is None else clock(hour)}
    return {"kind": "laboratory", "test": "CREAT", "unit": "mg/dL", "value": value, **when, **more}


@pytest.mark.parametrize(
    ("hour", "flag", "baseline", "after"),
    [(8, None, 1.4, False), (18, None, 0.8, True), (10, None, 0.8, True), (None, None, 0.8, True), (None, True, 1.4, False)],
)
def test_the_baseline_of_a_laboratory_result(trial, hour, flag, baseline, after):
    rows = ask(trial(drawn(0.8, BEFORE), drawn(1.4, DOSE, hour, baseline=flag), drawn(1.5, LATER)), lab_series)
    assert rows["baseline"].tolist() == [baseline] * 3
    assert rows["after"].tolist() == [False, after, True]


def test_the_only_laboratory_result_before_is_that_of_the_day_and_words_are_no_earlier_one(trial):
    rows = ask(trial(drawn(None, BEFORE, result_text="haemolysed"), drawn(1.4, DOSE), drawn(1.5, LATER)), lab_series)
    assert rows[["baseline", "after"]].to_numpy().tolist() == [[1.4, False], [1.4, True]]


def test_an_image_of_the_day_of_dosing_counts_unless_it_was_taken_before(trial):
    image = {"kind": "other", "test": "MRI", "result_text": "haematoma"}
    part = CountsPart.model_validate({"finding": {"tests": ["MRI"], "words": ["haematoma"]}})
    engine = trial({**image, "measured_on": DOSE, "measured_at": clock(8)}, {**image, "measured_on": DOSE, "measured_at": clock(17)})
    assert [hit.day for hit in ask(engine, result_hits, part)[1]] == [0]
