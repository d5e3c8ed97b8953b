"""Closed forms of the safety statistics against R: intervals, beliefs, rates, tests, trends and what is observed against expected."""

import re
from collections.abc import Iterator, Sequence

from trial.qualification.cells import Row, read_count, read_flag, read_numbers, read_whole
from trial.qualification.reference import Finding, agree_on, close, declare, group_rows, same, steady
from trial.signals.cusum import compute_cusum
from trial.signals.expected import compute_comparison
from trial.signals.exposure import compute_jeffreys_rate, compute_rate, compute_rate_ratio
from trial.signals.intervals import (
    Interval,
    compute_clopper_pearson,
    compute_jeffreys,
    compute_lower_limit,
    compute_mid_p,
    compute_upper_limit,
    compute_wilson,
)
from trial.signals.multiplicity import adjust_benjamini_hochberg, adjust_double, adjust_holm
from trial.signals.posterior import compute_posterior
from trial.signals.shrinkage import compute_shrunk
from trial.signals.trend import compute_trend
from trial.signals.two_groups import compute_difference, compute_fisher

ODDS_RATIO_OF_R = 1.25e-4
"""R's fisher.test seeks the odds ratio, above 1 its reciprocal, to within 1.22e-4 (uniroot's default): a large ratio is less exact."""


def _both(name: str, case: str, ours: Interval, row: Row) -> Iterator[Finding]:
    """Compare an interval whose columns begin with ``name``."""
    yield close(name, case, ours.lower, row[f"{name}_lower"])
    yield close(name, case, ours.upper, row[f"{name}_upper"])


def compare_intervals(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare intervals of a share, two-sided and one-sided."""
    kinds = {"cp": compute_clopper_pearson, "wilson": compute_wilson, "jeffreys": compute_jeffreys, "midp": compute_mid_p}
    for row in rows:
        x, n, confidence, case = read_count(row["x"]), read_count(row["n"]), float(row["conf"]), f"{row['x']}/{row['n']} at {row['conf']}"
        for name, compute in kinds.items():
            yield from _both(name, case, compute(x, n, confidence=confidence), row)
        yield close("one-sided", case, compute_upper_limit(x, n, confidence=confidence), row["cp_onesided_upper"])
        yield close("one-sided", case, compute_lower_limit(x, n, confidence=confidence), row["cp_onesided_lower"])


def compare_beliefs(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare the beta-binomial posterior: quantiles by the digits of their column, mean, tail, and the predictive chance of any."""
    for row in rows:
        belief = compute_posterior(read_count(row["x"]), read_count(row["n"]), (float(row["a"]), float(row["b"])))
        case = f"{row['x']}/{row['n']} Beta({row['a']}, {row['b']})"
        for column in row:
            if found := re.fullmatch(r"q(\d+)", column):
                yield close("quantile", case, belief.quantile(int(found[1]) / 10 ** len(found[1])), row[column])
            if found := re.fullmatch(r"pred_any_of_(\d+)", column):
                yield close("predictive", case, belief.chance_of_any(int(found[1])), row[column])
        yield close("mean", case, belief.mean, row["post_mean"])
        yield close("tail", case, belief.chance_above(float(row["thr"])), row["pr_gt"])


def compare_rates(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare events by time at risk with the intervals of Garwood and Jeffreys."""
    for row in rows:
        events, time, confidence = read_count(row["events"]), float(row["person_time"]), float(row["conf"])
        case = f"{row['events']} in {row['person_time']}"
        exact, jeffreys = compute_rate(events, time, confidence=confidence), compute_jeffreys_rate(events, time, confidence=confidence)
        ours = {"rate": exact.rate, "lower": exact.lower, "upper": exact.upper}
        for column, value in (ours | {"jeffreys_lower": jeffreys.lower, "jeffreys_upper": jeffreys.upper}).items():
            yield close(column, case, value, row[column])


def compare_rate_ratios(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare the ratio of two rates, conditionally exact."""
    for row in rows:
        found = compute_rate_ratio(read_count(row["e1"]), float(row["t1"]), read_count(row["e2"]), float(row["t2"]))
        case = f"{row['e1']} in {row['t1']}, {row['e2']} in {row['t2']}"
        ours = {"rate_ratio": found.ratio, "lower": found.lower, "upper": found.upper}
        for column, value in (ours | {"p_two_sided": found.chance_as_far, "p_greater": found.chance_as_high}).items():
            yield close(column, case, value, row[column])


def compare_expected(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare what was observed with what was expected."""
    for row in rows:
        found = compute_comparison(read_count(row["observed"]), read_count(row["n"]), float(row["background_p"]))
        limits = found.interval
        ours = {"expected": found.expected, "oe_ratio": found.ratio, "p_binom_greater": found.chance, "p_binom_midp": found.chance_mid}
        ours |= {"oe_poisson_lower": limits.lower if limits else None, "oe_poisson_upper": limits.upper if limits else None}
        for column, value in (ours | {"p_poisson_greater": found.chance_poisson}).items():
            yield close(column, row["event"], value, row[column])


def compare_groups(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare Newcombe's difference and Fisher's test."""
    for row in rows:
        x, n, y, m = (read_count(row[key]) for key in ("x1", "n1", "x2", "n2"))
        case, difference, fisher = f"{x}/{n} {y}/{m}", compute_difference(x, n, y, m), compute_fisher(x, n, y, m)
        yield close("risk_diff", case, difference.difference, row["risk_diff"])
        yield from _both("newcombe", case, difference.interval, row)
        yield close("fisher", case, fisher.chance_as_far, row["fisher_p_two_sided"])
        yield close("fisher", case, fisher.chance_as_many, row["fisher_p_greater"])
        theirs = 1.0 if row["fisher_cond_or"] in ("", "NA") else float(row["fisher_cond_or"])
        yield close("odds ratio", case, fisher.odds_ratio, row["fisher_cond_or"], ODDS_RATIO_OF_R * max(1.0, theirs))


def compare_trends(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare the exact Cochran-Armitage trend and its normal approximation."""
    for row in rows:
        found = compute_trend(read_whole(row["x"]), read_whole(row["n"]), read_numbers(row["scores"]))
        ours = {
            "T": found.statistic, "exact_p_greater": found.chance_as_high, "exact_p_less": found.chance_as_low,
            "exact_p_two_sided_distance": found.chance_as_far, "coin_exact_p_two_sided": found.chance_as_far,
            "z_asymptotic": found.deviate, "p_asymptotic_two_sided": found.chance_normal,
        }  # fmt: skip
        for column, value in ours.items():
            if column in row:
                yield close(column, row["id"], value, row[column])


def compare_adjusted(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare adjusted p-values: over all, within a category and over the categories."""
    chances = [float(row["p"]) for row in rows]
    over, holm = adjust_benjamini_hochberg(chances), adjust_holm(chances)
    for place, (row, double) in enumerate(zip(rows, adjust_double([row["soc"] for row in rows], chances), strict=True)):
        ours = {"bh_overall": over[place], "holm": holm[place], "bh_within_soc": double.within, "soc_min_bh": double.least}
        for column, value in (ours | {"soc_adj": double.category}).items():
            if column in row:
                yield close(column, f"{row['soc']} {row['p']}", value, row[column])


def compare_shrunk(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare shrunken ratios of observed to expected."""
    for row in rows:
        prior = (float(row["prior_shape"]), float(row["prior_rate"]))
        found = compute_shrunk(read_count(row["observed"]), float(row["expected"]), prior)
        ours = {"raw_rr": found.raw, "shrunk_rr": found.mean, "eb05": found.quantile(0.05), "eb95": found.quantile(0.95)}
        for column, value in (ours | {"pr_rr_gt": found.chance_above(float(row["threshold"]))}).items():
            yield close(column, row["term"], value, row[column])


def compare_cusum(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare Bernoulli CUSUMs; the reference leaves the first sum uncut, and so do we here."""
    for label, members in group_rows(rows, "config"):
        members.sort(key=lambda row: read_count(row["i"]))
        yield from steady(label, members, "p0 p1 h")
        yield same("i", label, [read_count(row["i"]) for row in members], list(range(1, len(members) + 1)))
        p0, p1, height = (float(members[0][key]) for key in ("p0", "p1", "h"))
        steps = compute_cusum([read_flag(row["event"]) for row in members], p0, p1, height, floor_first=False)
        for row, step in zip(members, steps, strict=True):
            case = f"{label} {row['i']}"
            yield close("cusum", case, step.total, row["cusum"])
            yield close("sprt_llr", case, step.ratio, row["sprt_llr"])
            yield agree_on("signal", case, step.signal, row["signal"])


R = "R 4.2.2"
SHARES = (
    declare("intervals of a share", "x n conf cp_lower cp_upper wilson_lower jeffreys_lower midp_lower", R, compare_intervals),
    declare("beta-binomial", "x n a b thr post_mean pr_gt", R, compare_beliefs),
    declare("rates by time at risk", "events person_time conf rate lower upper", R, compare_rates),
    declare("ratio of two rates", "e1 t1 e2 t2 rate_ratio p_greater", R, compare_rate_ratios),
    declare("observed against expected", "event observed n background_p expected oe_ratio", R, compare_expected),
    declare("two groups", "x1 n1 x2 n2 risk_diff newcombe_lower fisher_p_two_sided", R, compare_groups),
    declare("trend over doses", "x n scores T exact_p_greater", "complete enumeration, coin 1.4.2", compare_trends),
    declare("adjusted p-values", "soc p bh_overall soc_adj", R, compare_adjusted),
    declare("shrunken ratios", "term observed expected prior_shape prior_rate shrunk_rr", R, compare_shrunk),
    declare("Bernoulli CUSUM", "config i event p0 p1 h cusum", "closed form, first sum uncut", compare_cusum),
)
