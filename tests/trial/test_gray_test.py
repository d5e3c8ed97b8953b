"""Gray's test: worked by hand, against an independent computation in fractions, what it reduces to, and laws that hold for any groups."""

from fractions import Fraction
from math import erfc, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from tests.reference import independent_curves
from tests.trial.test_qualification import judge, spoil, write
from trial.signals.gray_test import compute_gray_test
from trial.signals.survival import compare_survival

ROOT = Path(__file__).parents[2]
subjects = st.lists(st.tuples(st.integers(1, 8), st.integers(0, 2), st.sampled_from("abcd")), min_size=6, max_size=24).filter(
    lambda rows: len({group for _, _, group in rows}) > 1
)


def compare(rows, **settings_):
    times, causes, groups = zip(*rows, strict=True)
    return compute_gray_test(times, causes, groups, **settings_)


def from_arms(arms):
    return [(time, status, name) for name, every in arms.items() for time, status in every]


def hypergeometric(rows):
    """Log-rank scores and covariance of two groups a and b."""
    score, variance = 0.0, 0.0
    for moment in sorted({time for time, cause, _ in rows if cause == 1}):
        n, a = sum(t >= moment for t, _, _ in rows), sum(t >= moment and g == "a" for t, _, g in rows)
        d, x = (sum(t == moment and c == 1 and g in of for t, c, g in rows) for of in ("ab", "a"))
        score += x - d * a / n
        variance += d * a * (n - a) * (n - d) / (n**2 * (n - 1)) if n > 1 else 0
    return score, variance


def test_one_moment_by_hand():
    """Events in 3 of 4 and 1 of 4: one more than the two expected, hypergeometric variance 4 * 1/4 * 4/7 = 4/7."""
    rows = [(5, 1, "a")] * 3 + [(9, 0, "a")] + [(5, 1, "b")] + [(9, 0, "b")] * 3
    found = compare(rows)
    assert found.scores == pytest.approx([1, -1])
    assert found.covariance == pytest.approx(np.array([[4, -4], [-4, 4]]) / 7)
    assert (found.statistic, found.degrees) == (pytest.approx(7 / 4), 1)
    assert found.chance == pytest.approx(erfc(sqrt(7 / 8)))


def test_a_death_before_the_event_by_hand():
    """A: death at 1, event at 2. B: censored at 2 and 3. At 2 the dead still counts, so of four 1/2 is expected: score 1/2.

    Both groups entered with two: weight 1. The event's own variance is 1/8 in each group; the death at 1 has variance 1/4 and moved
    the score by the later expectation 1/4 times 1 / S = 2. Together 1/8 + 1/8 + 1/16 = 5/16. The log-rank, which censors the dead, has
    score 2/3.
    """
    rows = [(1, 2, "a"), (2, 1, "a"), (2, 0, "b"), (3, 0, "b")]
    found = compare(rows)
    assert found.scores == pytest.approx([1 / 2, -1 / 2])
    assert found.covariance[0, 0] == pytest.approx(5 / 16)
    assert found.statistic == pytest.approx(4 / 5)
    assert hypergeometric(rows)[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize("table", [((3, 1), (1, 5)), ((2, 4), (5, 1), (3, 3)), ((1, 6), (2, 2), (4, 1), (0, 3))])
def test_one_moment_is_pearson_less_one(table):
    """Events at one time in any number of groups, deaths with them and after: Pearson's chi-square times (n - 1) / n."""
    rows = [row for name, (had, not_) in zip("abcd", table, strict=False) for row in [(5, 1, name)] * had + [(9, 0, name)] * (not_ - 1)]
    rows += [(5 if name == "a" else 7, 2, name) for name, _ in zip("abcd", table, strict=False)]
    n = len(rows)
    assert compare(rows).statistic == pytest.approx(chi2_contingency(table, correction=False).statistic * (n - 1) / n)


def test_scores_are_the_log_ranks_where_nothing_competes():
    rows = [(1, 1, "a"), (2, 1, "a"), (2, 1, "b"), (3, 0, "a"), (4, 1, "b"), (5, 1, "a"), (5, 0, "b"), (7, 1, "b"), (8, 0, "a")]
    assert compare(rows).scores[0] == pytest.approx(hypergeometric(rows)[0])


def test_variance_is_the_log_ranks_where_groups_are_alike_and_nothing_competes():
    one = [(1, 1), (2, 1), (2, 1), (3, 0), (4, 1), (6, 0), (7, 1), (9, 0)]
    rows = [(time, cause, name) for name in "ab" for time, cause in one]
    found, (score, variance) = compare(rows), hypergeometric(rows)
    assert (found.scores[0], score) == pytest.approx((0, 0))
    assert found.covariance[0, 0] == pytest.approx(variance)
    assert (found.statistic, found.chance) == pytest.approx((0, 1))


def test_without_censoring_the_dead_stay_at_risk_for_ever():
    rows = [
        (1, 2, "a"),
        (2, 1, "a"),
        (2, 1, "b"),
        (3, 2, "b"),
        (3, 1, "a"),
        (4, 1, "b"),
        (5, 2, "a"),
        (6, 1, "b"),
        (6, 1, "a"),
        (7, 2, "b"),
    ]
    for_ever = [(99 if cause == 2 else time, cause, name) for time, cause, name in rows]
    assert compare(rows).scores[0] == pytest.approx(hypergeometric(for_ever)[0])


def draw(random, size, rates, groups="ab"):
    """Exponential times of two causes, censored between 0.5 and 2, rounded so that many are tied."""
    rows = []
    for name in groups:
        first, second = (random.exponential(1 / rate, size) for rate in rates[name])
        ended, censored = np.minimum(first, second), random.uniform(0.5, 2, size)
        cause = np.where(censored < ended, 0, np.where(first < second, 1, 2))
        rows += zip(np.round(np.minimum(ended, censored), 2), cause, [name] * size, strict=True)
    return rows


def test_many_subjects_where_nothing_competes_give_nearly_the_log_rank():
    random = np.random.default_rng(3)
    rows = draw(random, 600, {"a": (0.6, 1e-9), "b": (0.75, 1e-9)})
    times, causes, groups = zip(*rows, strict=True)
    log_rank = compare_survival(times, [cause == 1 for cause in causes], groups).statistic
    assert log_rank > 3
    assert compare(rows).statistic == pytest.approx(log_rank, rel=0.02)


def test_false_alarms_are_as_many_as_said_and_a_difference_is_found():
    """Three groups alike in the event's incidence and deaths: 5% of 400 trials, standard error 1%. A doubled rate: most."""
    random = np.random.default_rng(16)
    alike, other = dict.fromkeys("abc", (0.6, 0.5)), {"a": (0.6, 0.5), "b": (1.5, 0.5), "c": (0.6, 0.5)}
    alarms = [compare(draw(random, 60, alike, "abc")).chance < 0.05 for _ in range(400)]
    assert 0.02 < np.mean(alarms) < 0.08
    assert np.mean([compare(draw(random, 60, other, "abc")).chance < 0.05 for _ in range(60)]) > 0.7


def test_more_deaths_alone_are_no_alarm_of_the_hazard_but_of_the_incidence():
    """The same hazard of the event, deaths in one group only: the log-rank sees nothing, Gray's test that fewer get there."""
    random = np.random.default_rng(5)
    rows = draw(random, 500, {"a": (0.6, 1e-9), "b": (0.6, 2.0)})
    times, causes, groups = zip(*rows, strict=True)
    assert compare_survival(times, [cause == 1 for cause in causes], groups).chance > 0.05
    found = compare(rows)
    assert (found.chance < 1e-3, found.scores[0] > 0) == (True, True)


@settings(max_examples=60, deadline=None)
@given(subjects, st.integers(1, 2))
def test_agrees_with_each_event_followed_to_the_end_in_fractions(rows, cause):
    arms = {}
    for time, status, name in rows:
        arms.setdefault(name, []).append((time, status))
    found, names = compare(rows, cause=cause), sorted(arms)
    if np.isnan(found.covariance).any():
        return
    scores, covariance = independent_curves.gray_score(arms, cause)
    assert found.scores == pytest.approx([float(scores[name]) for name in names])
    expected = np.array([[float(covariance[one, other]) for other in names] for one in names])
    assert found.covariance == pytest.approx(expected, rel=1e-7, abs=1e-8)


@settings(max_examples=60, deadline=None)
@given(subjects, st.randoms())
def test_order_names_units_and_the_kinds_of_death_do_not_matter(rows, random):
    found = compare(rows)
    assert found.scores.sum() == pytest.approx(0, abs=1e-9)
    other = [(time**2, cause + (cause == 2 and random.random() < 0.5), {"a": "z", "b": "y"}.get(name, name)) for time, cause, name in rows]
    random.shuffle(other)
    again = compare(other)
    assert (again.statistic is None) == (found.statistic is None)
    if found.statistic is not None:
        assert again.statistic == pytest.approx(found.statistic, rel=1e-6, abs=1e-9)
        assert again.chance == pytest.approx(found.chance, rel=1e-6, abs=1e-9)


def test_a_group_with_nobody_left_keeps_what_it_had():
    """B is gone before the event at 4 and the death at 5: they compare nothing any more, so they change nothing."""
    early = [(1, 1, "a"), (2, 1, "b"), (2, 0, "b"), (3, 1, "a"), (3, 2, "b"), (9, 0, "a"), (9, 0, "a")]
    late = [*early[:5], (4, 1, "a"), (5, 2, "a")]
    assert compare(late).scores == pytest.approx(compare(early).scores)
    assert compare(late).covariance == pytest.approx(compare(early).covariance)


def test_none_where_no_chi_square_can_rest_on_the_covariance():
    """Nobody of c at risk at an event; no event; few subjects at four tied times, where cmprsk 2.2-11 prints -24.3 and p = 1."""
    unseen = compare([(2, 1, "a"), (3, 0, "a"), (2, 0, "b"), (4, 1, "b"), (1, 0, "c")])
    eventless = compare([(2, 2, "a"), (3, 0, "b")])
    tied = {"a": (3, 0, 2, 0), "b": (1, 0, 4, 0), "c": (0, 2, 3, 0), "d": (0, 1, 2, 2)}
    few = compare([(time, 1, name) for name, counts in tied.items() for time, count in enumerate(counts, 1) for _ in range(count)])
    assert [(one.statistic, one.chance) for one in (unseen, eventless, few)] == [(None, None)] * 3
    assert (unseen.degrees, few.degrees) == (2, 3)
    assert np.diag(few.covariance).min() < 0


def test_a_pooled_share_of_one():
    """Six and six all with the event: the pooled share is 1 before the last, which compares nobody. Cmprsk stops there."""
    a, b = (18, 19, 22, 28, 38, 40), (9, 14, 17, 28, 35, 37)
    found = compare([(time, 1, name) for name, times in (("a", a), ("b", b)) for time in times])
    scores, covariance = independent_curves.gray_score({"a": [(t, 1) for t in a], "b": [(t, 1) for t in b]})
    assert found.statistic == pytest.approx(float(scores["a"] ** 2 / covariance["a", "a"]))
    assert scores["a"] + scores["b"] == Fraction(0)


def test_none_where_groups_are_compared_after_a_pooled_share_of_one():
    """A's four events make 1/2 of eight; one event in each of b and c, of four that entered, make it 1 with one of each at risk."""
    rows = [(1, 1, "a")] * 4 + [(2, 1, "b"), (3, 1, "c"), (4, 1, "b"), (5, 0, "c")]
    assert compare(rows).statistic is None
    assert compare([*rows[:6], (4, 0, "b"), (5, 0, "c")]).statistic is not None


@pytest.mark.parametrize(
    ("times", "causes", "groups", "cause", "words"),
    [
        ([1, 2, 3], [1, 1], ["a", "b", "b"], 1, "same subjects"),
        ([1, 2], [1, 1], ["a", "b", "b"], 1, "same subjects"),
        ([1, 2], [1, 1], ["a", "a"], 1, "two groups"),
        ([], [], [], 1, "two groups"),
        ([1, -2], [1, 1], ["a", "b"], 1, "finite times"),
        ([1, float("nan")], [1, 1], ["a", "b"], 1, "finite times"),
        ([1, float("inf")], [1, 1], ["a", "b"], 1, "finite times"),
        ([1, 2], [1, 1], ["a", "b"], 0, "a cause from 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(times, causes, groups, cause, words):
    with pytest.raises(ValueError, match=words):
        compute_gray_test(times, causes, groups, cause=cause)


def test_qualify_agrees_with_fractions_and_finds_a_wrong_cell(tmp_path):
    write(tmp_path / "subjects.csv", independent_curves.grouped())
    rows = [{key: str(value) for key, value in row.items()} for row in independent_curves.gray()]
    outcome = judge(write(tmp_path / "figures.csv", rows))
    assert (outcome.verdict, outcome.omitted) == ("agrees", ()), (outcome.worst, outcome.note)
    assert judge(tmp_path / "subjects.csv").verdict == "agrees"
    for column in ("gray_stat", "p", "df"):
        for at, row in enumerate(rows):
            spoilt = [*rows[:at], row | {column: spoil(row[column])}, *rows[at + 1 :]]
            assert judge(write(tmp_path / "figures.csv", spoilt)).verdict == "differs", column


def test_qualify_names_data_that_do_not_say_their_groups(tmp_path):
    rows = [row | {"site": "1"} for row in independent_curves.grouped()]
    write(tmp_path / "subjects.csv", rows)
    outcome = judge(write(tmp_path / "figures.csv", independent_curves.gray()))
    assert (outcome.verdict, "which column holds the groups" in outcome.note) == ("unreadable", True)
    write(tmp_path / "subjects.csv", [{("group" if key == "arm" else key): cell for key, cell in row.items()} for row in rows])
    assert judge(tmp_path / "figures.csv").verdict == "agrees"


def test_no_page_shows_it():
    """With two or three subjects a group it has no power: only the comparison with reference files may call it."""
    files = [ROOT / "app.py", *(file for package in ("trial", "db", "dashboard", "synthetic") for file in (ROOT / package).rglob("*.py"))]
    naming = {file.relative_to(ROOT).as_posix() for file in files if "gray_test" in file.read_text(encoding="utf-8")}
    assert naming == {"trial/signals/gray_test.py", "trial/qualification/safety_curves.py"}
