"""Reference files with parameters that no file at hand has, computed here from the published formulas alone.

Nothing of the program is used: probabilities come from scipy.stats, exact figures from a plain recursion over every cohort. Each
function returns the rows of one file in the format of the files beside this one.
"""

import math
from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np
from scipy.stats import beta, binom, norm

BOIN_CASES = [(0.35, 0.2, 0.5, 0.9, False, 0.05), (0.15, 0.05, 0.25, 0.95, True, 0.1), (0.28, 0.168, 0.392, 0.99, True, 0.2)]


def rates(target, safe, toxic):
    """Lambda_e and lambda_d of Liu and Yuan 2015."""
    up = math.log((1 - safe) / (1 - target)) / math.log(target * (1 - safe) / (safe * (1 - target)))
    down = math.log((1 - target) / (1 - toxic)) / math.log(toxic * (1 - target) / (target * (1 - toxic)))
    return up, down


def above(target, n, y):
    """Pr(rate > target) under Beta(1, 1)."""
    return beta.sf(target, y + 1, n - y + 1)


def boin_action(case, n, y):
    """E, S, D or DU of one cell, and whether the extra-safe rule stops at the lowest dose."""
    target, safe, toxic, cutoff, extra, offset = case
    up, down = rates(target, safe, toxic)
    unsafe = extra and n >= 3 and above(target, n, y) > cutoff - offset
    if n >= 3 and above(target, n, y) > cutoff:
        return "DU", unsafe
    if y / n <= up:
        return "E", unsafe
    return ("D" if y / n > down else "S"), unsafe


def first(found):
    """The first count for which something holds, empty for none."""
    return next((str(y) for y, holds in enumerate(found) if holds), "")


def boin_boundary(size=4, cohorts=5):
    """Rows of boin_boundary.csv."""
    rows = []
    for number, case in enumerate(BOIN_CASES):
        up, down = rates(*case[:3])
        for n in range(1, size * cohorts + 1):
            cells = [boin_action(case, n, y) for y in range(n + 1)]
            rows.append(
                {
                    "config_id": f"H{number}", "target": case[0], "ncohort": cohorts, "cohortsize": size, "n_earlystop": 100,
                    "p_saf": case[1], "p_tox": case[2], "cutoff_eli": case[3], "extrasafe": str(case[4]).upper(), "offset": case[5],
                    "lambda_e": f"{up:.15f}", "lambda_d": f"{down:.15f}", "n": n,
                    "escalate_le": sum(action == "E" for action, _ in cells) - 1,
                    "deescalate_ge": first(action in ("D", "DU") for action, _ in cells),
                    "eliminate_ge": first(action == "DU" for action, _ in cells),
                    "stop_lowest_ge": first(unsafe for _, unsafe in cells),
                    "in_boundary_tab": str(n % size == 0).upper(),
                }
            )  # fmt: skip
    return rows


def pool(values, weights):
    """Non-decreasing weighted fit by pooling neighbours until none is out of order."""
    blocks = [[value, weight, 1] for value, weight in zip(values, weights, strict=True)]
    while any(a[0] > b[0] for a, b in pairwise(blocks)):
        at = next(place for place, (a, b) in enumerate(pairwise(blocks)) if a[0] > b[0])
        a, b = blocks[at : at + 2]
        blocks[at : at + 2] = [[(a[0] * a[1] + b[0] * b[1]) / (a[1] + b[1]), a[1] + b[1], a[2] + b[2]]]
    return [value for value, _, size in blocks for _ in range(size)]


def select(case, treated, dlt):
    """The dose of select.mtd (0 for none), which doses are eliminated, and the rates over treated and over admissible doses."""
    out, gone = [], False
    for level, (n, y) in enumerate(zip(treated, dlt, strict=True)):
        gone = gone or (n >= 3 and above(case[0], n, y) > case[3]) or (level == 0 and n > 0 and boin_action(case, n, y)[1])
        out.append(gone)

    def fit(admit):
        used = [d for d, n in enumerate(treated) if n and admit(d)]
        rate = [(dlt[d] + 0.05) / (treated[d] + 0.1) for d in used]
        weight = [
            (treated[d] + 0.1) ** 2 * (treated[d] + 1.1) / ((dlt[d] + 0.05) * (treated[d] - dlt[d] + 0.05)) for d in used
        ]  # fmt: skip
        return dict(zip(used, pool(rate, weight), strict=True))

    kept = fit(lambda d: not out[d])
    ranked = {d: rate + 1e-10 * (place + 1) for place, (d, rate) in enumerate(kept.items())}
    best = min(ranked, key=lambda d: (abs(ranked[d] - case[0]), d)) + 1 if ranked else 0
    return best, out, fit(lambda _: True), kept


def boin_select():
    """Rows of boin_select_mtd.csv."""
    trials = [((3, 6, 9, 0), (0, 1, 4, 0)), ((6, 3, 3, 0), (1, 1, 1, 0)), ((3, 0, 0, 0), (3, 0, 0, 0)), ((4, 8, 4, 4), (0, 2, 0, 3))]
    rows = []
    for case in BOIN_CASES:
        for treated, dlt in trials:
            best, out, every, kept = select(case, treated, dlt)
            write = [";".join(f"{fitted[d]:.12f}" if d in fitted else "" for d in range(4)) for fitted in (every, kept)]
            rows.append(
                {
                    "case_id": f"H{len(rows)}", "target": case[0], "npts": ";".join(map(str, treated)), "ntox": ";".join(map(str, dlt)),
                    "cutoff_eli": case[3], "extrasafe": str(case[4]).upper(), "offset": case[5], "boundMTD": "FALSE", "p_tox": case[2],
                    "MTD": best or 99, "phat_pkg_2dp": "", "poverdose_pkg_2dp": "", "phat_all_exact": write[0],
                    "phat_admissible_exact": write[1], "eliminated": ";".join(str(int(gone)) for gone in out), "error": "", "note": "",
                }
            )  # fmt: skip
    return rows


def boin_exact(truth=(0.1, 0.25, 0.45, 0.6), cohorts=4, size=2, start=2):
    """Rows of boin_exact_oc.csv, by recursion over every cohort outcome."""
    rows = []
    for number, case in enumerate(BOIN_CASES):
        chosen, subjects, events, leaves = np.zeros(5), np.zeros(5), np.zeros(5), 0
        for chance, treated, dlt, none in walk(case, truth, cohorts, size, start - 1):
            best = 0 if none else select(case, treated, dlt)[0]
            chosen[best] += chance
            subjects += chance * np.array((sum(treated), *treated))
            events += chance * np.array((sum(dlt), *dlt))
            leaves += 1
        for dose in range(5):
            rows.append(  # noqa: PERF401
                {
                    "config_id": f"H{number}", "target": case[0], "ncohort": cohorts, "cohortsize": size, "n_earlystop": 100,
                    "p_saf": case[1], "p_tox": case[2], "cutoff_eli": case[3], "extrasafe": str(case[4]).upper(), "offset": case[5],
                    "boundMTD": "FALSE", "startdose": start, "dose": dose, "p_true": truth[dose - 1] if dose else "",
                    "prob_select": f"{chosen[dose]:.12f}", "expected_n": f"{subjects[dose]:.12f}",
                    "expected_tox": f"{events[dose]:.12f}", "n_leaves": leaves,
                }
            )  # fmt: skip
    return rows


def walk(case, truth, left, size, at, treated=(0, 0, 0, 0), dlt=(0, 0, 0, 0), chance=1.0):
    """Every end of a trial: its probability, its counts, and whether it stopped without a dose."""
    for y in range(size + 1):
        n2, y2 = list(treated), list(dlt)
        n2[at], y2[at] = n2[at] + size, y2[at] + y
        likely = chance * binom.pmf(y, size, truth[at])
        if left == 1:
            yield likely, tuple(n2), tuple(y2), False
            continue
        closed = next((d for d in range(4) if n2[d] >= 3 and above(case[0], n2[d], y2[d]) > case[3]), 4)
        action, unsafe = boin_action(case, n2[at], y2[at])
        if closed == 0 or (at == 0 and unsafe):
            yield likely, tuple(n2), tuple(y2), True
            continue
        step = closed - 1 if closed <= at else at + (action == "E" and at + 1 < closed) - (action in ("D", "DU") and at > 0)
        yield from walk(case, truth, left - 1, size, step, tuple(n2), tuple(y2), likely)


def keyboard():
    """Rows of keyboard_mtpi2_mtpi_decisions.csv: keys of equal width outward from the target, the rest scaled by its length."""
    rows = []
    for target, left, right, cutoff in ((0.3, 0.06, 0.04, 0.9), (0.18, 0.03, 0.07, 0.95), (0.22, 0.05, 0.05, 0.99)):
        low, high = Fraction(str(target)) - Fraction(str(left)), Fraction(str(target)) + Fraction(str(right))
        edges = sorted({low - (high - low) * k for k in range(200)} | {high + (high - low) * k for k in range(200)})
        keys = [Fraction(0), *(edge for edge in edges if 0 < edge < 1), Fraction(1)]
        for n in range(1, 16):
            for y in range(n + 1):
                both = [letter(keys, low, n, y), letter([Fraction(0), low, high, Fraction(1)], low, n, y)]
                gone = above(target, n, y) > cutoff and y > 0
                find = ("DU" if gone else both[0]) if n >= 3 else ""
                rows.append(
                    {
                        "target": target, "marginL": left, "marginR": right, "cutoff_eli": cutoff, "n": n, "y": y,
                        "keyboard_R": "DU" if gone else both[0], "mtpi2_escalation": both[0], "mtpi2_FIND": find,
                        "mtpi_escalation": both[1], "post_prob_gt_target": f"{above(target, n, y):.10f}",
                    }
                )  # fmt: skip
    return rows


def letter(edges, low, n, y):
    """E, S or D by the interval with the largest posterior probability per length."""
    mass = [(beta.cdf(float(b), y + 1, n - y + 1) - beta.cdf(float(a), y + 1, n - y + 1)) / float(b - a) for a, b in pairwise(edges)]
    best = edges[int(np.argmax(mass))]
    return "S" if best == low else "E" if best < low else "D"


def i3plus3():
    """Rows of i3plus3_decisions.csv."""
    rows = []
    for target, low, high in (("0.2", "0.15", "0.25"), ("0.35", "0.3", "0.42"), ("0.1", "0.05", "0.15")):
        for n in range(1, 19):
            for y in range(n + 1):
                rate, less = Fraction(y, n), Fraction(y - 1, n)
                plain = "E" if rate < Fraction(low) else "S" if rate <= Fraction(high) or less < Fraction(low) else "D"
                gone = n >= 3 and above(float(target), n, y) > 0.95
                cell = {"target": target, "EI_low": low, "EI_high": high, "n": n, "y": y}
                rows.append(cell | {"decision_FIND": ("DU" if gone else plain) if n >= 3 else "", "decision_PhIdesign": plain})
    return rows


def three_exact():
    """Rows of threeplus3_exact_oc.csv for the variant whose MTD is the dose below: a closed form."""
    rows = []
    for number, truth in enumerate(((0.07, 0.19, 0.41, 0.52), (0.3, 0.5), (0.02, 0.04, 0.08, 0.16, 0.32))):
        clean = [(1 - q) ** 3 for q in truth]
        one = [3 * q * (1 - q) ** 2 for q in truth]
        passing = [a + b * a for a, b in zip(clean, one, strict=True)]
        reach = [math.prod(passing[:d]) for d in range(len(truth) + 1)]
        chosen = [1 - passing[0], *(reach[d + 1] * (1 - passing[d + 1]) for d in range(len(truth) - 1)), reach[-1]]
        subjects = [reach[d] * (3 + 3 * one[d]) for d in range(len(truth))]
        events = [3 * q * reach[d] * (1 + one[d]) for d, q in enumerate(truth)]
        for dose in range(len(truth) + 1):
            rows.append(  # noqa: PERF401
                {
                    "config_id": f"H{number}", "num_doses": len(truth), "allow_deescalate": "FALSE", "dose": dose,
                    "p_true": truth[dose - 1] if dose else "", "prob_recommend": f"{chosen[dose]:.12f}",
                    "expected_n": f"{sum(subjects) if not dose else subjects[dose - 1]:.12f}",
                    "expected_tox": f"{sum(events) if not dose else events[dose - 1]:.12f}",
                }
            )  # fmt: skip
    return rows


@cache
def fit_crm(prior, model, intercept, scale, data):
    """Posterior mean and variance of a by a dense trapezoid: ``data`` holds (level, DLT, weight) per subject."""
    a = np.linspace(-14 * scale, 14 * scale, 40_001)
    with np.errstate(all="ignore"):
        curve = [rate(p, model, intercept, np.exp(a)) for p in prior]
        like = norm.pdf(a, scale=scale)
        for level, event, weight in data:
            like = like * (curve[level - 1] if event else 1 - weight * curve[level - 1])
    like = np.nan_to_num(like)
    mean = np.trapezoid(a * like, a) / np.trapezoid(like, a)
    return float(mean), float(np.trapezoid((a - mean) ** 2 * like, a) / np.trapezoid(like, a))


def rate(prior, model, intercept, slope):
    """The DLT rate of a dose at exp(a) = ``slope``."""
    if model == "empiric":
        return prior**slope
    return 1 / (1 + np.exp(-intercept - slope * (math.log(prior / (1 - prior)) - intercept)))


def crm():
    """Rows of dfcrm_titecrm.csv with linear weights, Bayesian."""
    prior, rows = (0.03, 0.09, 0.22, 0.38), []
    levels, tox, follow, window = (1, 1, 2, 2, 3, 3, 3, 4), (0, 0, 0, 0, 0, 1, 0, 0), (60, 60, 60, 44, 60, 21, 30, 5), 60
    for model, intercept, scale, target in (("empiric", 3.0, 0.8, 0.2), ("logistic", 4.0, 1.1576, 0.28), ("logistic", 2.0, 1.5, 0.33)):
        weights = [1.0 if y else min(time / window, 1) for y, time in zip(tox, follow, strict=True)]
        mean, variance = fit_crm(prior, model, intercept, scale, tuple(zip(levels, tox, weights, strict=True)))
        fitted = [float(rate(p, model, intercept, math.exp(mean))) for p in prior]
        near = 4 if max(fitted) <= target else 1 if min(fitted) >= target else int(np.argmin([abs(p - target) for p in fitted])) + 1
        rows.append(
            {
                "case_id": f"H{len(rows)}", "model": model, "method": "bayes", "scale": scale, "intcpt": intercept, "target": target,
                "prior": join(prior), "level": join(levels), "tox": join(tox), "followup": join(follow), "obswin": window,
                "scheme": "linear", "weights": join(weights), "estimate": mean, "post_var": variance, "ptox": join(fitted), "ptoxL": "",
                "ptoxU": "", "mtd": near, "dosescaled": "", "estimate_hp": mean, "post_var_hp": variance, "mtd_hp": near,
            }
        )  # fmt: skip
    return rows


def join(values):
    """Numbers in one cell."""
    return ";".join(map(str, values))


FILES = {
    "boin_boundary": boin_boundary, "boin_select_mtd": boin_select, "boin_exact_oc": boin_exact, "keyboard": keyboard,
    "i3plus3": i3plus3, "threeplus3_exact_oc": three_exact, "crm": crm,
}  # fmt: skip
