"""Curves of events by cohort: by hand on a few subjects, and against the modules that hold the statistics."""

import numpy as np
import pandas as pd
import pytest

from trial.signals.cumulative_incidence import fit_incidence
from trial.signals.event_curves import (
    MOST_COHORTS,
    compute_first_events,
    compute_mean_counts,
    count_at_risk,
    find_row_at,
    group_courses,
)
from trial.signals.mean_count import Spell, compute_mean_count, compute_mean_count_errors, compute_mean_count_with_death
from trial.tables.event_courses import AT_RISK, EVENT_COURSES, FIRST_EVENTS, MEAN_COUNTS

COURSES = EVENT_COURSES.frame(
    [
        (1, 1, "A", 10, False, 2, 1),
        (1, 1, "A", 10, False, 5, 2),
        (2, 1, "A", 4, True, None, 0),
        (3, 1, "A", 8, False, None, 0),
        (4, 2, "B", 9, False, 9, 1),
        (4, 2, "B", 9, False, 12, 1),  # after the end of its observation
        (5, 2, "B", 7, False, None, 3),  # without a date
        (6, 2, "B", 3, False, 0, 1),
    ]
)


def whole(table):
    return table[table["total"]]


def test_groups_leave_out_only_who_has_nothing_but_undated_events():
    grouped = group_courses(COURSES)
    assert [(group.total, group.cohort, len(group.courses)) for group in grouped.groups] == [(False, 1, 3), (False, 2, 2), (True, None, 5)]
    assert (grouped.unplaced_events, grouped.unplaced_subjects) == (4, 1)
    assert grouped.groups[0].courses[0].events == (2.0, 5.0, 5.0)


def test_one_cohort_or_many_have_one_curve():
    one = COURSES[COURSES["cohort"] == 1]
    assert [group.total for group in group_courses(one).groups] == [True]
    many = EVENT_COURSES.frame((n, n, f"C{n}", 5, False, 1, 1) for n in range(1, MOST_COHORTS + 2))
    assert [group.total for group in group_courses(many).groups] == [True]
    assert group_courses(EVENT_COURSES.empty()).groups == ()


def test_first_events_are_aalen_johansen_with_death_competing():
    curves = compute_first_events(group_courses(COURSES).groups)
    FIRST_EVENTS.check(curves)
    curve = fit_incidence([2, 4, 8, 9, 0], [1, 2, 0, 1, 1])
    shares = {float(t): s for t, s in zip(whole(curves)["time"], whole(curves)["share"], strict=True)}
    assert shares == pytest.approx({0: 0.2, 2: 0.4, 9: 0.8, 10: 0.8})
    point = curve.at(2)
    row = find_row_at(whole(curves), 5)
    assert (row["lower"], row["upper"]) == pytest.approx((point.interval.lower, point.interval.upper))


def test_a_curve_that_reaches_everybody_says_all_and_has_no_limits():
    rows = EVENT_COURSES.frame((n, 1, "A", 30, False, day, 1) for n, day in enumerate([0, 0, 0, 5, 17, 17, 21], start=1))
    last = whole(compute_first_events(group_courses(rows).groups)).iloc[-1]
    assert last["share"] == 1 and pd.isna(last["lower"])


def test_a_curve_without_events_is_flat_to_its_end():
    rows = EVENT_COURSES.frame([(1, 1, "A", 10, False, None, 0), (2, 1, "A", 6, True, None, 0)])
    groups = group_courses(rows).groups
    assert whole(compute_first_events(groups))[["time", "share"]].to_numpy().tolist() == [[0, 0], [10, 0]]
    assert whole(compute_mean_counts(groups))[["time", "mean"]].to_numpy().tolist() == [[0, 0], [10, 0]]


def test_mean_counts_are_dong_with_death_and_their_limits_hold_the_mean():
    groups = group_courses(COURSES).groups
    counts = compute_mean_counts(groups)
    MEAN_COUNTS.check(counts)
    found = whole(counts)
    expected = compute_mean_count_with_death([2, 5, 5, 9, 0], [10, 4, 8, 9, 3], [False, True, False, False, False], found["time"].tolist())
    assert found["mean"].tolist() == pytest.approx(expected)
    known = found.dropna()
    assert (known["lower"] < known["mean"]).all() and (known["mean"] < known["upper"]).all()
    assert np.log(known["upper"] / known["mean"]).tolist() == pytest.approx(np.log(known["mean"] / known["lower"]).tolist())


def test_at_risk_and_outcomes_add_up_to_everybody():
    table = count_at_risk(group_courses(COURSES).groups, [0, 3, 5, 9, 20])
    AT_RISK.check(table)
    rows = whole(table).set_index("time")
    assert rows.loc[0, ["at_risk", "observed", "with_event"]].tolist() == [5, 5, 1]
    assert rows.loc[5, ["at_risk", "observed", "with_event", "died", "ended"]].tolist() == [2, 3, 2, 1, 0]
    assert rows.loc[20, ["at_risk", "with_event", "died", "ended"]].tolist() == [0, 3, 1, 1]


EVENTS, ENDS = [[1, 2, 5], [3], [], [4, 4, 9], [2], [6, 7]], [6, 8, 5, 10, 3, 9]
TIMES = [0.5, 1, 2, 3, 4, 5, 6, 7, 9]


def test_error_of_the_mean_count_is_the_robust_one_where_nobody_dies():
    events = [[1, 2, 5], [3], [], [4, 9], [2], [6, 7]]
    spells = []
    for subject, (own, end) in enumerate(zip(events, ENDS, strict=True)):
        starts = [0, *own]
        spells += [Spell(str(subject), start, stop, True) for start, stop in zip(starts, own, strict=False)]
        spells += [Spell(str(subject), starts[-1], end, False)] if end > starts[-1] else []
    robust = [point.error for point in compute_mean_count(spells, TIMES)]
    assert compute_mean_count_errors(events, ENDS, [False] * 6, TIMES) == pytest.approx(robust)


def test_error_of_the_mean_count_is_how_far_each_subject_moves_it():
    """The derivative by a subject's weight, taken by adding one copy of it to thousands of everybody."""
    died, copies = [True, False, True, False, True, False], 4000
    every = [time for own in EVENTS for time in own]
    base = np.array(compute_mean_count_with_death(every, ENDS, died, TIMES))
    moved = []
    for own, end, dead in zip(EVENTS, ENDS, died, strict=True):
        more = compute_mean_count_with_death(every * copies + own, ENDS * copies + [end], died * copies + [dead], TIMES)
        moved.append(copies * (np.array(more) - base))
    expected = np.sqrt((np.array(moved) ** 2).sum(axis=0))
    assert compute_mean_count_errors(EVENTS, ENDS, died, TIMES) == pytest.approx(expected.tolist(), rel=2e-3, abs=1e-9)
