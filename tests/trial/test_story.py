"""One subject's story in days, worked out by hand, and dose vectors side by side."""

from datetime import UTC, date, datetime

import pytest

from trial.clocks.story import (
    EARLIEST_DAY,
    compute_axis,
    compute_story_events,
    compute_story_medications,
    compute_story_moments,
    compute_story_series,
)
from trial.dose_vector import compare_vectors, describe_amount
from trial.tables import story as tables

CUT_OFF = date(2026, 6, 30)
AT = datetime(2026, 2, 1, tzinfo=UTC)


def row(table, **given):
    """One row of a declared table: what is given, else a neutral value where one is needed."""
    neutral = {"text": "x", "integer": 1, "number": 1.0, "flag": False, "day": date(2026, 2, 1), "moment": AT}
    return table.frame([[given.get(c.name, None if c.missing else neutral[c.kind]) for c in table.columns]])


def facts(**given):
    return row(tables.SUBJECT_FACTS, **given)


def axis(**given):
    return compute_axis(facts(**given), tables.SUBJECT_EVENTS.empty(), CUT_OFF)


DOSED = {"first_dose_on": date(2026, 2, 1), "screened_on": date(2026, 1, 10)}


def test_day_zero_is_the_first_dose_else_screening_else_the_first_event():
    assert (axis(**DOSED).anchor, axis(**DOSED).dosed) == (date(2026, 2, 1), True)
    assert (axis(screened_on=date(2026, 1, 10)).anchor, axis(screened_on=date(2026, 1, 10)).dosed) == (date(2026, 1, 10), False)
    event = row(tables.SUBJECT_EVENTS, onset_on=date(2026, 3, 3))
    assert compute_axis(facts(), event, CUT_OFF).anchor == date(2026, 3, 3)
    assert axis().anchor == CUT_OFF


def test_follow_up_ends_with_the_study_or_at_the_cut_off():
    assert axis(**DOSED).last_day == 149
    assert axis(**DOSED, ended_on=date(2026, 3, 1)).last_day == 28
    assert axis(**DOSED, ended_on=date(2027, 3, 1)).last_day == 149


@pytest.mark.parametrize(
    ("given", "to_day", "goes_on"),
    [
        ({"end_on": date(2026, 2, 6)}, 5, False),
        ({"ongoing": True}, 149, True),
        ({}, None, False),
        ({"ongoing": True, "end_on": date(2026, 2, 6)}, 5, False),
    ],
)
def test_an_event_lasts_to_its_end_to_the_cut_off_or_nobody_knows(given, to_day, goes_on):
    found = compute_story_events(
        row(tables.SUBJECT_EVENTS, onset_on=date(2026, 2, 4), onset_text="2026-02", onset_imputed="D", **given), axis(**DOSED)
    )
    tables.STORY_EVENTS.check(found)
    event = found.iloc[0]
    assert (event["from_day"], event["goes_on"], event["onset"], event["imputed"]) == (3, goes_on, "2026-02", True)
    assert found["to_day"].tolist() == [to_day] if to_day is not None else found["to_day"].isna().all()


def test_an_event_without_an_onset_day_is_not_drawn():
    assert compute_story_events(row(tables.SUBJECT_EVENTS), axis(**DOSED)).empty


def test_medication_that_ended_long_before_is_left_out_and_an_unknown_start_stays_unknown():
    old = row(tables.SUBJECT_MEDICATIONS, first_on=date(2020, 1, 1), last_on=date(2020, 2, 1))
    assert compute_story_medications(old, axis(**DOSED)).empty
    going = compute_story_medications(row(tables.SUBJECT_MEDICATIONS, ongoing=True, dose_text="1 mg", route="oral"), axis(**DOSED))
    tables.STORY_MEDICATIONS.check(going)
    assert going["from_day"].isna().all()
    assert going[["to_day", "goes_on", "details"]].values.tolist() == [[149, True, "1 mg · oral"]]


def test_moments_hold_what_was_done_with_its_days():
    doses = row(
        tables.SUBJECT_DOSES,
        product="cells",
        first_on=date(2026, 2, 1),
        last_on=date(2026, 2, 3),
        delivered_amount=5e7,
        amount_unit="cells",
    )
    visits = row(tables.SUBJECT_VISITS, label="Day 7", occurred_on=date(2026, 2, 8))
    procedures = row(tables.SUBJECT_PROCEDURES, type="laminectomy")
    found = compute_story_moments(facts(**DOSED), doses, procedures, visits, axis(**DOSED))
    tables.STORY_MOMENTS.check(found)
    assert found[["kind", "label", "from_day", "to_day"]].values.tolist() == [
        ["milestone", "screened", -22, -22],
        ["visit", "Day 7", 7, 7],
        ["administration", "cells", 0, 2],
    ]
    assert found["details"].tolist()[-1] == "50,000,000 cells"


def test_what_lies_far_before_does_not_stretch_the_axis():
    far = facts(first_dose_on=date(2026, 2, 1), screened_on=date(2025, 1, 1))
    empty = (tables.SUBJECT_DOSES.empty(), tables.SUBJECT_PROCEDURES.empty(), tables.SUBJECT_VISITS.empty())
    assert compute_story_moments(far, *empty, compute_axis(far, tables.SUBJECT_EVENTS.empty(), CUT_OFF)).empty
    assert EARLIEST_DAY == -60


def test_results_know_on_which_side_of_their_range_they_lie():
    results = [
        row(tables.SUBJECT_MEASUREMENTS, value=value, low=5.0, high=40.0, measured_on=date(2026, 2, 3)) for value in (4.9, 5.0, 41.0)
    ]
    found = [compute_story_series(result, axis(**DOSED)) for result in results]
    for frame in found:
        tables.STORY_SERIES.check(frame)
    assert [frame["outside"].fillna("").iloc[0] for frame in found] == ["low", "", "high"]
    assert found[0]["day"].tolist() == [2]
    bare = compute_story_series(row(tables.SUBJECT_MEASUREMENTS, value=3.0, measured_on=date(2026, 2, 3)), axis(**DOSED))
    assert bare["outside"].isna().all()


def test_vectors_are_compared_component_by_component():
    planned = '[{"name": "cells", "value": 5e7, "unit": "cells"}, {"name": "level", "value": "T4"}, {"name": "tracks", "value": 4}]'
    delivered = '[{"name": "cells", "value": 49300000, "unit": "cells"}, {"name": "level", "value": "T4"}]'
    found = compare_vectors(row(tables.SUBJECT_DOSES, planned_vector=planned, delivered_vector=delivered))
    tables.DOSE_VECTORS.check(found)
    assert found[["component", "planned", "delivered", "differs"]].fillna("").values.tolist() == [
        ["cells", "50,000,000 cells", "49,300,000 cells", True],
        ["level", "T4", "T4", False],
        ["tracks", "4", "", True],
    ]


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"name": 1}', "[1, 2]", '[{"value": 3}]', "<script>"])
def test_a_vector_that_is_none_compares_as_nothing(text):
    assert compare_vectors(row(tables.SUBJECT_DOSES, planned_vector=text, delivered_vector=text)).empty


def test_amounts_keep_their_digits():
    assert describe_amount(5e7, "cells") == "50,000,000 cells"
    assert describe_amount(0.54, None) == "0.54"
    assert describe_amount("T4", "") == "T4"
