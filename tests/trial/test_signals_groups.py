"""Few subjects compared: against every table written out, and against laws that hold for any."""

from itertools import product
from math import comb, inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.signals.expected import compute_comparison
from trial.signals.exposure import compute_jeffreys_rate, compute_rate, compute_rate_ratio
from trial.signals.intervals import compute_clopper_pearson, compute_mid_p
from trial.signals.multiplicity import adjust_benjamini_hochberg, adjust_double, adjust_holm
from trial.signals.shrinkage import compute_shrunk
from trial.signals.trend import compute_trend
from trial.signals.two_groups import compute_difference, compute_fisher

groups = st.integers(1, 8).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)
@given(groups)
def test_mid_p_lies_within_the_exact_interval(group):
    mid, exact = compute_mid_p(*group), compute_clopper_pearson(*group)
    assert exact.lower - 1e-12 <= mid.lower <= mid.upper <= exact.upper + 1e-12


def test_mid_p_by_hand():
    """0 of 1: half of the chance of none is 2.5% at 95%; the exact limit would be 97.5%."""
    assert compute_mid_p(0, 1).upper == pytest.approx(0.95)
    assert (compute_mid_p(3, 3).upper, compute_mid_p(0, 3).lower) == (1.0, 0.0)


@settings(deadline=None)
@given(groups, groups)
def test_fisher_equals_every_table_written_out(one, other):
    (x, n), (y, m) = one, other
    found, total = compute_fisher(x, n, y, m), x + y
    chances = {k: comb(n, k) * comb(m, total - k) / comb(n + m, total) for k in range(max(0, total - m), min(n, total) + 1)}
    assert found.chance_as_many == pytest.approx(sum(chance for k, chance in chances.items() if k >= x))
    assert found.chance_as_far == pytest.approx(sum(chance for chance in chances.values() if chance <= chances[x] * (1 + 1e-7)))
    mirrored = compute_fisher(n - x, n, m - y, m)
    assert mirrored.chance_as_far == pytest.approx(found.chance_as_far)
    if 0 < found.odds_ratio < inf:
        assert mirrored.odds_ratio == pytest.approx(1 / found.odds_ratio)


@given(groups, groups)
def test_a_difference_turns_round_with_its_groups(one, other):
    ours, theirs = compute_difference(*one, *other), compute_difference(*other, *one)
    assert (ours.interval.lower, ours.interval.upper) == pytest.approx((-theirs.interval.upper, -theirs.interval.lower))
    assert ours.interval.lower <= ours.difference <= ours.interval.upper


@settings(deadline=None, max_examples=60)
@given(st.lists(groups, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_trend_equals_every_way_written_out(rows, random):
    events, sizes = zip(*rows, strict=True)
    scores = sorted(random.choice([0.3, 1, 1.7, 2, 5]) + place for place in range(len(rows)))
    found, seen = compute_trend(events, sizes, scores), sum(s * x for s, x in zip(scores, events, strict=True))
    whole, high, low, far = 0, 0, 0, 0
    mean = sum(events) * sum(s * n for s, n in zip(scores, sizes, strict=True)) / sum(sizes)
    for way in product(*(range(size + 1) for size in sizes)):
        if sum(way) != sum(events):
            continue
        ways, value = 1, sum(s * x for s, x in zip(scores, way, strict=True))
        for size, x in zip(sizes, way, strict=True):
            ways *= comb(size, x)
        whole += ways
        high += ways * (value >= seen - 1e-7)
        low += ways * (value <= seen + 1e-7)
        far += ways * (abs(value - mean) >= abs(seen - mean) - 1e-7)
    assert found.chance_as_high == pytest.approx(high / whole)
    assert found.chance_as_low == pytest.approx(low / whole)
    assert found.chance_as_far == pytest.approx(far / whole)


def test_a_trend_needs_events_and_groups():
    none = compute_trend([0, 0], [3, 3], [1, 2])
    assert (none.chance_as_high, none.chance_as_far, none.deviate) == (1, 1, None)
    for wrong in (([1], [3], [1]), ([1, 2], [3], [1, 2]), ([4, 0], [3, 3], [1, 2]), ([0, 0], [0, 0], [1, 2])):
        with pytest.raises(ValueError):
            compute_trend(*wrong)


chances = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(chances)
def test_adjusted_chances_keep_order_and_bounds(values):
    discovery, family = adjust_benjamini_hochberg(values), adjust_holm(values)
    for raw, mild, strict in zip(values, discovery, family, strict=True):
        assert raw <= mild + 1e-12
        assert mild <= strict + 1e-12
        assert strict <= 1
    order = sorted(range(len(values)), key=values.__getitem__)
    assert [discovery[place] for place in order] == sorted(discovery)


def test_double_adjustment_by_hand():
    """Two categories: within the first 0.01 and 0.04 become 0.02 and 0.04; the least, 0.02 and 0.5, become 0.04 and 0.5."""
    found = adjust_double(["a", "b", "a"], [0.01, 0.5, 0.04])
    flat = [number for one in found for number in (one.within, one.least, one.category)]
    assert flat == pytest.approx([0.02, 0.02, 0.04, 0.5, 0.5, 0.5, 0.04, 0.02, 0.04])
    with pytest.raises(ValueError):
        adjust_holm([1.2])


@given(st.integers(0, 20), st.floats(0.01, 30))
def test_a_shrunken_ratio_lies_between_the_raw_one_and_one(observed, expected):
    found = compute_shrunk(observed, expected)
    assert min(1, found.raw) - 1e-12 <= found.mean <= max(1, found.raw) + 1e-12
    assert found.chance_above(found.quantile(0.3)) == pytest.approx(0.7)


def test_rates_of_no_event_and_their_ratio():
    assert (compute_rate(0, 2).lower, compute_jeffreys_rate(0, 2).lower) == (0, 0)
    assert compute_jeffreys_rate(3, 2).upper < compute_rate(3, 2).upper
    even = compute_rate_ratio(2, 1.0, 2, 1.0)
    assert (even.ratio, even.chance_as_far) == pytest.approx((1, 1))
    assert compute_comparison(0, 5, 0.1).chance_poisson == 1
    with pytest.raises(ValueError):
        compute_jeffreys_rate(1, 0)
