"""Reference files of rates, groups, many terms and phases, computed from their definitions: sums, bisection, fractions, the calendar."""

import math
from datetime import datetime, timedelta
from fractions import Fraction

from scipy.stats import gamma

from tests.reference.independent_counts import bisect
from tests.reference.independent_safety import at_least, chance, limits


def poisson_at_least(mean, y):
    """Pr(y events or more) of a Poisson count."""
    return 1 - math.fsum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(y))


def garwood(y, alpha):
    """Exact limits of a Poisson mean."""
    lower = bisect(lambda mean: poisson_at_least(mean, y) - alpha / 2, 0.0, 80.0) if y else 0.0
    return lower, bisect(lambda mean: alpha / 2 - 1 + poisson_at_least(mean, y + 1), 0.0, 80.0)


def event_rates():
    """Rows of poisson_rate_ci.csv."""
    rows = []
    for y, time, conf in ((0, 0.4, 0.8), (1, 17.25, 0.99), (13, 2, 0.9)):
        lower, upper = (edge / time for edge in garwood(y, 1 - conf))
        tails = [gamma.ppf(tail, y + 0.5) / time for tail in ((1 - conf) / 2, (1 + conf) / 2)]
        cells = {"events": y, "person_time": time, "conf": conf, "rate": y / time, "lower": lower, "upper": upper}
        rows.append(cells | {"jeffreys_lower": tails[0] if y else 0.0, "jeffreys_upper": tails[1]})
    return rows


def rate_ratios():
    """Rows of poisson_rate_ratio.csv: given all events, those of the first group are binomial."""
    rows = []
    for e1, t1, e2, t2 in ((2, 7.5, 9, 3), (6, 1, 1, 4), (3, 2, 3, 2)):
        n, share = e1 + e2, t1 / (t1 + t2)
        edges = [p / (1 - p) * t2 / t1 for p in limits(e1, n, 0.025)]
        far = sum(chance(n, k, share) for k in range(n + 1) if chance(n, k, share) <= chance(n, e1, share) * (1 + 1e-7))
        cells = {"e1": e1, "t1": t1, "e2": e2, "t2": t2, "rate_ratio": e1 / t1 / (e2 / t2), "lower": edges[0], "upper": edges[1]}
        rows.append(cells | {"p_two_sided": min(far, 1.0), "p_greater": at_least(n, e1, share)})
    return rows


def expectations():
    """Rows of observed_expected.csv."""
    rows = []
    for y, n, p in ((0, 7, 0.4), (4, 9, 0.17), (2, 40, 0.003)):
        mean, tail = n * p, at_least(n, y, p)
        lower, upper = (edge / mean for edge in garwood(y, 0.05))
        cells = {"event": f"H{len(rows)}", "observed": y, "n": n, "background_p": p, "expected": mean, "oe_ratio": y / mean}
        cells |= {"oe_poisson_lower": lower, "oe_poisson_upper": upper, "p_binom_greater": tail}
        rows.append(cells | {"p_binom_midp": tail - chance(n, y, p) / 2, "p_poisson_greater": poisson_at_least(mean, y)})
    return rows


def wilson(x, n):
    """Wilson's limits at 95 per cent, where the score reaches its quantile."""

    def score(p):
        return (x / n - p) / math.sqrt(p * (1 - p) / n)

    edge, z = 1e-15, 1.959963984540054
    lower = bisect(lambda p: z - score(p), edge, x / n) if x else 0.0
    return lower, bisect(lambda p: -z - score(p), x / n, 1 - edge) if x < n else 1.0


def two_groups():
    """Rows of two_group.csv: Newcombe's limits from Wilson's, Fisher's test over every table with the same margins."""
    rows = []
    for x, n, y, m in ((3, 7, 1, 9), (2, 5, 4, 6), (5, 8, 2, 11)):
        (l1, u1), (l2, u2), gap = wilson(x, n), wilson(y, m), x / n - y / m
        lower = gap - math.hypot(x / n - l1, u2 - y / m)
        upper = gap + math.hypot(u1 - x / n, y / m - l2)
        low, high = max(0, x + y - m), min(n, x + y)
        ways = {k: math.comb(n, k) * math.comb(m, x + y - k) for k in range(low, high + 1)}
        every = sum(ways.values())

        def mean(log_odds, ways=ways):
            weights = {k: w * math.exp(log_odds * k) for k, w in ways.items()}
            return sum(k * w for k, w in weights.items()) / sum(weights.values())

        odds = math.exp(bisect(lambda value, x=x, mean=mean: mean(value) - x, -20.0, 20.0))
        far = sum(w for w in ways.values() if w <= ways[x]) / every
        cells = {"x1": x, "n1": n, "x2": y, "n2": m, "risk_diff": gap, "newcombe_lower": lower, "newcombe_upper": upper}
        many = sum(w for k, w in ways.items() if k >= x) / every
        rows.append(cells | {"fisher_p_two_sided": far, "fisher_p_greater": many, "fisher_cond_or": odds})
    return rows


def step_up(chances):
    """Benjamini and Hochberg: each p-value's smallest of n p / rank over the ranks from its own on."""
    ranks = [sum(other <= p for other in chances) for p in chances]
    return [min(1, *(q * len(chances) / r for q, r in zip(chances, ranks, strict=True) if q >= p)) for p in chances]


def step_down(chances):
    """Holm: each p-value's largest of p times how many are not smaller, over those up to its own."""
    return [min(1, max(q * sum(other >= q for other in chances) for q in chances if q <= p)) for p in chances]


def adjusted():
    """Rows of fdr.csv."""
    values = (("A", "0.17"), ("B", "0.004"), ("A", "0.9"), ("C", "0.02"), ("B", "0.5"), ("C", "0.031"), ("A", "0.0001"))
    chances = [Fraction(p) for _, p in values]
    within = {soc: step_up([Fraction(p) for other, p in values if other == soc]) for soc, _ in values}
    least = {soc: min(found) for soc, found in within.items()}
    over = dict(zip(least, step_up(list(least.values())), strict=True))
    rows, taken = [], {soc: iter(found) for soc, found in within.items()}
    for (soc, p), bh, holm in zip(values, step_up(chances), step_down(chances), strict=True):
        found = {"bh_overall": bh, "bh_within_soc": next(taken[soc]), "soc_min_bh": least[soc], "soc_adj": over[soc], "holm": holm}
        rows.append({"soc": soc, "p": p} | {name: float(value) for name, value in found.items()})
    return rows


def cusum():
    """Rows of bernoulli_cusum.csv: the first sum is not cut at zero."""
    rows = []
    for config, p0, p1, height, events in (("H0", 0.17, 0.4, 1.2, "0010110"), ("H1", 0.05, 0.25, 3, "10000001101")):
        total = ratio = 0.0
        for place, letter in enumerate(events, 1):
            step = math.log(p1 / p0) if letter == "1" else math.log((1 - p1) / (1 - p0))
            ratio += step
            total = total + step if place == 1 else max(0.0, total + step)
            cells = {"config": config, "i": place, "event": letter, "p0": p0, "p1": p1, "h": height, "cusum": total}
            rows.append(cells | {"sprt_llr": ratio, "signal": int(total >= height)})
    return rows


def phases():
    """Rows of perioperative_window.csv: windows in hours after closure, closed on the right."""
    rows, start, closure = [], datetime(2027, 12, 30, 22, 15), datetime(2027, 12, 31, 3, 40)
    ends = ((24, "0-24 h"), (168, "1-7 d"), (720, "8-30 d"), (2160, "31-90 d"), (math.inf, ">90 d"))
    for hours in (-9, -5.5, -5, 0, 0.0125, 24, 24.01, 100, 168, 168.25, 720, 721, 2160, 2161.5):
        onset = closure + timedelta(hours=hours)
        late = next(word for end, word in ends if hours <= end)
        word = "pre-operative" if onset < start else "intraoperative" if onset <= closure else late
        days = (onset.date() - start.date()).days
        cells = {"id": f"H{len(rows)}", "skin_incision": start.isoformat(), "skin_closure": closure.isoformat()}
        cells |= {"ae_onset": onset.isoformat(), "onset_precision": "datetime", "hours_after_closure": f"{hours:.4f}"}
        rows.append(cells | {"postop_day": days, "study_day": days + (days >= 0), "window": word})
    return rows


FILES = {
    "poisson_rate_ci": event_rates, "poisson_rate_ratio": rate_ratios, "observed_expected": expectations, "two_group": two_groups,
    "fdr": adjusted, "bernoulli_cusum": cusum, "perioperative_window": phases,
}  # fmt: skip
