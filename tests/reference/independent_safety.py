"""Reference files of the safety statistics and clocks, computed from their definitions: sums of whole outcomes, bisection, the calendar."""

import math
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import product
from statistics import NormalDist
from zoneinfo import ZoneInfo

from scipy.stats import beta

from tests.reference.independent import join
from tests.reference.independent_counts import bisect


def chance(n, y, p):
    """Pr(y events in n subjects)."""
    return math.comb(n, y) * p**y * (1 - p) ** (n - y)


def at_least(n, y, p):
    """Pr(y events or more)."""
    return sum(chance(n, k, p) for k in range(y, n + 1))


def limits(x, n, alpha, weight=1.0):
    """Limits at which the observed count has tail probability ``alpha``, its own chance counted with ``weight`` (mid-P one half)."""

    def high(p):
        return at_least(n, x, p) - (1 - weight) * chance(n, x, p)

    def low(p):
        return 1 - at_least(n, x, p) + weight * chance(n, x, p)

    lower = bisect(lambda p: high(p) - alpha, 0.0, 1.0) if x else 0.0
    return lower, bisect(lambda p: alpha - low(p), 0.0, 1.0) if x < n else 1.0


def shares():
    """Rows of binomial_ci.csv."""
    rows = []
    for x, n, conf in ((0, 2, 0.8), (1, 1, 0.99), (3, 17, 0.5), (9, 40, 0.999), (29, 30, 0.9)):
        alpha, z = 1 - conf, NormalDist().inv_cdf((1 + conf) / 2)
        middle, half = (x / n + z * z / 2 / n) / (1 + z * z / n), z / (1 + z * z / n) * math.sqrt(x * (n - x) / n**3 + z * z / 4 / n / n)
        wilson = middle - half, middle + half
        jeffreys = [beta.ppf(tail, x + 0.5, n - x + 0.5) for tail in (alpha / 2, 1 - alpha / 2)]
        jeffreys = (0.0 if x == 0 else jeffreys[0]), (1.0 if x == n else jeffreys[1])
        kinds = {"cp": limits(x, n, alpha / 2), "wilson": wilson, "jeffreys": jeffreys, "midp": limits(x, n, alpha / 2, 0.5)}
        one = limits(x, n, alpha)
        cells = {f"{kind}_{side}": end for kind, pair in kinds.items() for side, end in zip(("lower", "upper"), pair, strict=True)}
        rows.append({"x": x, "n": n, "conf": conf} | cells | {"cp_onesided_upper": one[1], "cp_onesided_lower": one[0]})
    return rows


def beliefs():
    """Rows of beta_posterior.csv, for whole a and b, where the tail of a beta is a sum of binomial terms."""
    rows = []
    for x, n, a, b, threshold in ((2, 7, 2, 5, 0.17), (0, 4, 1, 9, 0.4), (5, 5, 3, 1, 0.9)):
        up, down = a + x, b + n - x

        def above(t, up=up, down=down):
            return 1 - at_least(up + down - 1, up, t)

        quantiles = {
            f"q{digits}": bisect(lambda t, q=q: 1 - above(t) - q, 0.0, 1.0) for digits, q in (("05", 0.05), ("5", 0.5), ("99", 0.99))
        }
        none = math.prod(Fraction(down + k, up + down + k) for k in range(5))
        cells = {"x": x, "n": n, "a": a, "b": b, "thr": threshold, "pred_any_of_5": float(1 - none)}
        rows.append(cells | quantiles | {"post_mean": up / (up + down), "pr_gt": above(threshold)})
    return rows


def belief_boundary():
    """Rows of bayes_boundary.csv, by every sequence of events."""
    rows = []
    for number, (a, b, threshold, cutoff, p, looks) in enumerate(((2, 3, 0.17, 0.8, 0.3, 9), (1, 1, 0.4, 0.97, 0.1, 11))):
        least = [
            next((y for y in range(n + 1) if 1 - at_least(a + b + n - 1, a + y, threshold) >= cutoff), None) for n in range(1, looks + 1)
        ]
        true, at_threshold = (follow(dict(enumerate(least, 1)), looks, rate) for rate in (p, threshold))
        for n, limit in enumerate(least, 1):
            cells = {"config": f"H{number}", "n_eval": n, "a": a, "b": b, "threshold": threshold, "cutoff": cutoff, "p_true": p}
            ends = {"stop_prob_p_true": true[0], "expected_n_p_true": true[1], "stop_prob_at_threshold": at_threshold[0]}
            rows.append(cells | {"stop_at_or_above": "" if limit is None else limit} | ends)
    return rows


def follow(least, looks, p):
    """Chance to stop, mean subjects and mean events when a trial stops at ``least`` events at a look; over all sequences."""
    stops = subjects = events = 0.0
    for outcome in product((0, 1), repeat=looks):
        weight = math.prod(p if event else 1 - p for event in outcome)
        end = next((n for n in range(1, looks + 1) if least.get(n) is not None and sum(outcome[:n]) >= least[n]), None)
        stops += weight * (end is not None)
        subjects += weight * (end or looks)
        events += weight * sum(outcome[: end or looks])
    return stops, subjects, events


def calibrated():
    """Rows of stopping_boundaries_binary.csv: the loosest boundary whose chance to stop at p0 is at most alpha."""
    rows = []
    for number, (kind, p0, alpha, p1, looks) in enumerate(
        (("Pocock", 0.17, 0.08, 0.4, (2, 5, 9)), ("OBF", 0.3, 0.1, 0.55, (4, 6, 8, 10)), ("Pocock", 0.05, 0.2, 0.3, tuple(range(1, 9))))
    ):
        last = looks[-1]

        def score(n, y, kind=kind, p0=p0, last=last):
            return round(-at_least(n, y, p0) if kind == "Pocock" else (y - n * p0) / math.sqrt(last * p0 * (1 - p0)), 11)

        for cut in sorted({score(n, y) for n in looks for y in range(n + 1)}):
            least = {n: next((y for y in range(n + 1) if score(n, y) > cut + 1e-10), n + 1) for n in looks}
            null = follow(least, last, p0)
            if null[0] <= alpha:
                break
        other = follow(least, last, p1)
        for n in looks:
            cells = {
                "config": f"H{number}",
                "type": kind,
                "p0": p0,
                "alpha": alpha,
                "param": "",
                "n_eval": n,
                "reject_at_or_above": least[n],
            }
            figures = {
                "cval": 0,
                "type1_error": null[0],
                "p1": p1,
                "power_p1": other[0],
                "exp_events_p0": null[2],
                "exp_events_p1": other[2],
            }
            rows.append(cells | figures)
    return rows


def trends():
    """Rows of cochran_armitage_exact.csv without the normal approximation, in fractions over every table."""
    rows = []
    for x, n, scores in (((1, 0, 4), (4, 5, 6), (0, 1, 3)), ((2, 2), (3, 9), (1, 2)), ((0, 1, 1, 3), (2, 2, 4, 4), (1, 2, 4, 8))):
        total = sum(x)
        ways = {}
        for table in product(*(range(size + 1) for size in n)):
            if sum(table) == total:
                statistic = sum(s * y for s, y in zip(scores, table, strict=True))
                ways[statistic] = ways.get(statistic, 0) + math.prod(math.comb(size, y) for size, y in zip(n, table, strict=True))
        every, mine = sum(ways.values()), sum(s * y for s, y in zip(scores, x, strict=True))
        mean = Fraction(sum(t * w for t, w in ways.items()), every)
        kept = ([t >= mine for t in ways], [t <= mine for t in ways], [abs(t - mean) >= abs(mine - mean) for t in ways])
        high, low, far = (float(Fraction(sum(w for w, k in zip(ways.values(), keep, strict=True) if k), every)) for keep in kept)
        cells = {"id": f"H{len(rows)}", "x": join(x), "n": join(n), "scores": join(scores), "T": mine}
        rows.append(cells | {"exact_p_greater": high, "exact_p_less": low, "exact_p_two_sided_distance": far})
    return rows


def liver():
    """Rows of hys_law.csv: thresholds 3 and 2 times the upper limit, bilirubin 0 to 30 days after, phosphatase below twice."""
    rows = []
    cases = (
        (3.0, 0.5, 1.99, 0.5, 0), (2.9, 3.0, 2.0, 1.99, 30),
        (20, 4, 9, 2.0, 31), (0.4, 0.3, 2.0, 4, 2), (5, 6, 3, 0.7, -1), (1, 1, 1, 1, 5),
    )  # fmt: skip
    for alt, ast, tbl, alp, days in cases:
        high, yellow = max(alt, ast) >= 3, tbl >= 2
        word = {
            (True, True): "potential Hy's law (biochemical)", (True, False): "Temple's corollary", (False, True): "cholestasis",
            (False, False): "normal/near-normal",
        }[high, yellow]  # fmt: skip
        hy = high and yellow and 0 <= days <= 30
        cells = {"id": f"H{len(rows)}", "peak_alt_xuln": alt, "peak_ast_xuln": ast, "peak_tbili_xuln": tbl, "alp_xuln_at_peak": alp}
        cells |= {"days_alt_peak_to_tbili_peak": days, "edish_quadrant": word, "r_value": f"{alt / alp:.4f}"}
        rows.append(cells | {"potential_hys_law": int(hy), "hys_law_alp_lt_2": int(hy and alp < 2)})
    return rows


def expedited():
    """Rows of regulatory_clock.csv."""
    rows = []
    for received, decided, zone, serious, related, unexpected, urgent in (
        ("2027-12-31T23:30:00-08:00", "", "America/Los_Angeles", 1, 1, 1, 1),
        ("2027-12-31T23:30:00-08:00", "", "Europe/Berlin", 1, 1, 1, 0),
        ("2028-02-14T00:05:00+09:00", "2028-02-20T12:00:00+09:00", "Asia/Tokyo", 1, 1, 1, 0),
        ("2028-03-01T01:00:00+00:00", "", "UTC", 1, 1, 0, 1),
        ("2026-03-08T01:30:00-05:00", "2026-03-09T23:00:00-04:00", "America/New_York", 1, 1, 1, 1),
    ):  # fmt: skip
        day, expected = datetime.fromisoformat(received).astimezone(ZoneInfo(zone)).date(), serious and related and unexpected
        strict = datetime.fromisoformat(decided).astimezone(ZoneInfo(zone)).date() if decided and not urgent else day
        first = 7 if urgent else 15
        due = [day, day + timedelta(first), day + timedelta(15) if urgent else "", day + timedelta(first), strict + timedelta(first)]
        cells = {"id": f"H{len(rows)}", "sponsor_received": received, "sponsor_determined_qualifies": decided, "clock_timezone": zone}
        cells |= {"serious": serious, "suspected_related": related, "unexpected": unexpected, "fatal_or_life_threatening": urgent}
        names = ("day0", "ich_cde_eu_initial_due", "ich_cde_followup_due", "fda_due_conservative", "fda_due_strict_text")
        rows.append(
            cells | {"expedited": int(bool(expected))} | dict(zip(names, due if expected else [""] * 5, strict=True)) | {"note": ""}
        )
    return rows


def update_reports():
    """Rows of dsur_due.csv: the lock is the day before the anniversary, the report is due sixty days later."""
    rows = []
    for birth, period in ((date(2024, 3, 1), 3), (date(2023, 7, 15), 5), (date(2025, 1, 1), 1), (date(2022, 12, 31), 2)):
        lock = birth.replace(year=birth.year + period) - timedelta(1)
        rows.append({"id": f"H{len(rows)}", "dibd": birth, "period": period, "data_lock_point": lock, "due_60_days": lock + timedelta(60)})
    return rows


def awareness():
    """Rows of investigator_24h.csv, over a change of clocks too."""
    rows = []
    cases = (
        ("2026-03-07T12:00:00-05:00", "2026-03-08T13:00:00-04:00"), ("2026-10-25T00:30:00+02:00", "2026-10-25T23:29:59+01:00"),
        ("2028-02-28T23:59:00+00:00", "2028-03-01T08:00:00+08:00"),
    )  # fmt: skip
    for aware, told in cases:
        began, ended = (datetime.fromisoformat(one).astimezone(UTC) for one in (aware, told))
        hours = (ended - began).total_seconds() / 3600
        due = datetime.fromisoformat(aware) + timedelta(hours=24)
        cells = {"id": f"H{len(rows)}", "investigator_aware": aware, "reported_to_sponsor": told, "due": due.isoformat()}
        rows.append(cells | {"elapsed_hours": f"{hours:.4f}", "late": int(hours > 24)})
    return rows


FILES = {
    "binomial_ci": shares, "beta_posterior": beliefs, "bayes_boundary": belief_boundary, "stopping_boundaries_binary": calibrated,
    "cochran_armitage_exact": trends, "hys_law": liver, "regulatory_clock": expedited, "dsur_due": update_reports,
    "investigator_24h": awareness,
}  # fmt: skip
