"""Reference files of simulated trials, simulated here subject by subject in plain loops as the packages describe their simulations.

Nothing is vectorised and nothing is enumerated, unlike in the program.
"""

import math
import random
from functools import cache

import numpy as np

from tests.reference.independent import above as compute_above
from tests.reference.independent import boin_action, join, pool, rate, rates

above, act = cache(compute_above), cache(boin_action)

BOIN = (
    # target, safe, toxic, cutoff, extra safe, offset, cohorts, size, enough, start, titration, bound, truth
    (0.17, 0.1, 0.26, 0.9, False, 0.05, 7, 4, 100, 1, False, False, (0.17, 0.4)),
    (0.4, 0.24, 0.56, 0.99, True, 0.1, 6, 3, 100, 1, False, True, (0.55, 0.7, 0.8)),
    (0.25, 0.15, 0.35, 0.95, True, 0.2, 12, 2, 8, 3, False, False, (0.05, 0.1, 0.25, 0.45, 0.5)),
    (0.3, 0.18, 0.42, 0.95, False, 0.05, 6, 3, 100, 1, True, False, (0.02, 0.04, 0.08, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6)),
    (0.2, 0.12, 0.28, 0.8, False, 0.05, 10, 1, 100, 2, False, False, (0.1, 0.2, 0.3)),
)  # fmt: skip


@cache
def choose(target, cutoff, unsafe, treated, dlt, bound=9.0, prior=0.05):
    """The level (from 1) with the isotonic rate closest to the target, 0 for none; ``unsafe`` closes all doses for a toxic lowest one."""
    used, rates_, weights = [], [], []
    if unsafe is not None and treated[0] >= 3 and above(target, treated[0], dlt[0]) > unsafe:
        return 0
    for level, (n, y) in enumerate(zip(treated, dlt, strict=True), 1):
        if n >= 3 and above(target, n, y) > cutoff:
            break
        if n:
            used.append(level)
            rates_.append((y + prior) / (n + 2 * prior))
            weights.append((n + 2 * prior) ** 2 * (n + 2 * prior + 1) / ((y + prior) * (n - y + prior)))
    fit = [value + 1e-10 * place for place, value in enumerate(pool(rates_, weights), 1)] if used else []
    near = [(abs(value - target), level) for value, level in zip(fit, used, strict=True) if value <= bound]
    return min(near)[1] if near else 0


def run_interval(case, table, draw):
    """One trial of an interval design: subjects and DLTs per dose, and the dose selected; ``table`` says what to do."""
    target, safe, toxic, cutoff, extra, offset, cohorts, size, enough, start, titration, bound, truth = case
    top, planned = len(truth), cohorts * size
    n, y, at, first = [0] * top, [0] * top, start - 1, 0
    if titration:
        event = [draw.random() < p for p in truth]
        at = event.index(True) if any(event) else top - 1
        n[: at + 1], y[at], first = [1] * (at + 1), int(any(event)), 1
    closed = top
    while True:
        take = min(size - first, planned - sum(n))
        first = 0
        y[at] += sum(draw.random() < truth[at] for _ in range(take))
        n[at] += take
        if sum(n) >= planned:
            break
        looked = n[at] >= 3 and above(target, n[at], n[at]) > cutoff
        if looked and above(target, n[at], y[at]) > cutoff:
            closed = min(closed, at)
            if at == 0:
                return n, y, 0
        if looked and extra and at == 0 and above(target, n[0], y[0]) > cutoff - offset:
            return n, y, 0
        word = table(n[at], y[at])
        step = 1 if word == "E" and at + 1 < closed else -1 if word in ("D", "DU") and at else 0
        if n[at] >= enough and not step:
            break
        at += step
    limit = rates(target, safe, toxic)[1] if bound else 9.0
    return n, y, choose(target, cutoff, cutoff - offset if extra else None, tuple(n), tuple(y), limit)


def gather(trials, top):
    """Chances of each selection (0 none first), mean subjects and DLTs per dose."""
    share = [sum(chosen == level for _, _, chosen in trials) / len(trials) for level in range(top + 1)]
    return share, *([sum(one[kind][d] for one in trials) / len(trials) for d in range(top)] for kind in (0, 1))


def boin_oc(count=2000):
    """Rows of boin_oc.csv."""
    rows, draw = [], random.Random(23)
    for number, case in enumerate(BOIN):
        target, safe, toxic, cutoff, extra, offset, cohorts, size, enough, start, titration, bound, truth = case
        trials = [run_interval(case, lambda n, y, case=case: act(case[:6], n, y)[0], draw) for _ in range(count)]
        share, subjects, events = gather(trials, len(truth))
        high = [sum(n[d] for d, p in enumerate(truth) if p > target) / (cohorts * size) for n, _, _ in trials]
        over = [100 * sum(one > edge for one in high) / count if target in truth else "" for edge in (0.6, 0.8)]
        for dose, p in enumerate(truth, 1):
            chance = share[dose]
            rows.append(
                {
                    "config_id": f"H{number}", "source": "", "target": target, "ncohort": cohorts, "cohortsize": size,
                    "n_earlystop": enough, "startdose": start, "titration": str(titration).upper(), "p_saf": safe, "p_tox": toxic,
                    "cutoff_eli": cutoff, "extrasafe": str(extra).upper(), "offset": offset, "boundMTD": str(bound).upper(),
                    "ntrial": count, "seed": 23, "dose": dose, "p_true": p, "sel_pct": 100 * chance, "npatients": subjects[dose - 1],
                    "ntox": events[dose - 1], "totaltox": sum(events), "totaln": sum(subjects), "percentstop": 100 * share[0],
                    "overdose60": over[0], "overdose80": over[1], "sel_mc_se_pct": 100 * math.sqrt(chance * (1 - chance) / count),
                }
            )  # fmt: skip
    return rows


def i3plus3_oc(count=2000):
    """Rows of oc_i3plus3.csv."""
    rows, draw = [], random.Random(5)
    cases = (
        (0.17, 0.12, 0.22, 8, 3, 0.95, (0.05, 0.3)),
        (0.4, 0.3, 0.45, 5, 4, 0.9, (0.2, 0.4, 0.6)),
        (0.3, 0.2, 0.4, 9, 2, 0.8, (0.7, 0.8)),
    )
    for number, (target, low, high, cohorts, size, cutoff, truth) in enumerate(cases):

        def table(n, y, low=low, high=high):
            return "E" if y / n < low else "S" if y / n <= high or (y - 1) / n < low else "D"

        case = (target, 0.6 * target, 1.4 * target, cutoff, False, 0.05, cohorts, size, 1000, 1, False, False, truth)
        trials = [run_interval(case, table, draw) for _ in range(count)]
        share, subjects, _ = gather(trials, len(truth))
        total = sum(subjects)
        for dose, p in enumerate(truth, 1):
            rows.append(
                {
                    "config_id": f"H{number}", "target": target, "EI_low": low, "EI_high": high, "ncohort": cohorts, "cohortsize": size,
                    "DU_pp": cutoff, "ntrial": count, "seed": 5, "dose": dose, "p_true": p, "sel_pct": f"{100 * share[dose]:.1f}",
                    "pct_patients": f"{100 * subjects[dose - 1] / total:.1f}", "mean_total_n": f"{total:.1f}",
                    "pct_no_selection": f"{100 * share[0]:.1f}",
                }
            )  # fmt: skip
    return rows


def crm_oc(count=700):
    """Rows of dfcrm_crmsim_oc.csv."""
    rows, draw = [], random.Random(7)
    cases = (
        (0.17, (0.05, 0.17), 8, 1, 1, True, "empiric", (0.1, 0.3)),
        (0.4, (0.1, 0.25, 0.4, 0.55), 12, 4, 2, False, "logistic", (0.2, 0.3, 0.5, 0.6)),
        (0.28, (0.12, 0.28, 0.45), 8, 2, 1, True, "empiric", (0.5, 0.6, 0.7)),
    )  # fmt: skip
    for number, (target, prior, total, size, start, restrict, model, truth) in enumerate(cases):
        trials = [run_crm(target, prior, total // size, size, start, restrict, model, truth, draw) for _ in range(count)]
        share, subjects, events = gather(trials, len(truth))
        for dose, p in enumerate(truth, 1):
            rows.append(
                {
                    "config_id": f"H{number}", "fun": "crmsim", "target": target, "prior": join(prior), "n": total, "mcohort": size,
                    "x0": start, "restrict": str(restrict).upper(), "model": model, "nsim": count, "seed": 7, "dose": dose, "p_true": p,
                    "prob_select": share[dose], "mean_n": subjects[dose - 1], "mean_tox": events[dose - 1], "elapsed_s": 1,
                }
            )  # fmt: skip
    return rows


@cache
def recommend(target, prior, model, data, intercept=3.0):
    """The level (from 1) whose rate at the posterior mean is closest to the target; ``data`` holds (level, DLT, weight) per subject."""
    slopes, curve, likely = open_model(prior, model, intercept)
    for level, event, weight in data:
        likely = likely * (curve[level - 1] if event else 1 - weight * curve[level - 1])
    mean = float((slopes * likely).sum() / likely.sum())
    fitted = [float(rate(p, model, intercept, math.exp(mean))) for p in prior]
    if max(fitted) <= target:
        return len(prior)
    return 1 if min(fitted) >= target else min(range(len(prior)), key=lambda d: abs(fitted[d] - target)) + 1


@cache
def open_model(prior, model, intercept):
    """An even grid of the parameter, the DLT rate of each level there, and the prior's density."""
    slopes = np.linspace(-8, 8, 1601)
    with np.errstate(over="ignore"):
        curve = [rate(p, model, intercept, np.exp(slopes)) for p in prior]
    return slopes, curve, np.exp(-(slopes**2) / 2 / 1.34)


def run_crm(target, prior, cohorts, size, start, restrict, model, truth, draw):
    """One trial of the CRM: subjects and DLTs per dose, and the dose selected."""
    data, at = [], start
    for _ in range(cohorts):
        new = [int(draw.random() < truth[at - 1]) for _ in range(size)]
        data += [(at, event, 1.0) for event in new]
        best = recommend(target, prior, model, tuple(sorted(data)))
        highest = at if sum(new) / size >= target else at + 1
        at = min(best, highest) if restrict else best
    n, y = ([sum(level == d and (event or not kind) for level, event, _ in data) for d in range(1, len(prior) + 1)] for kind in (0, 1))
    return n, y, best


def zhao(count=1000):
    """Rows of published_zhao2024_boin_oc.csv: subjects arrive at even intervals of 0 to 2/3 of a month, and go away while all wait."""
    draw, rows = random.Random(11), []
    for scenario, word, truth in (
        ("2", "stay", (0.12, 0.25, 0.42, 0.49)),
        ("9", "stay", (0.3, 0.5)),
        ("4", "de-escalate", (0.02, 0.1, 0.24)),
    ):
        trials = [run_zhao(truth, word == "stay", draw) for _ in range(count)]
        share, subjects, _ = gather([one[:3] for one in trials], len(truth))
        best = min(range(len(truth)), key=lambda d: (round(abs(truth[d] - 0.25), 9), d))
        parts = sum(subjects[:best]), subjects[best], sum(subjects[best + 1 :]), sum(subjects), sum(one[3] for one in trials) / count
        names = ("n_below", "n_at", "n_over", "n_total", "duration")
        row = {"scenario": scenario, "method": "BOIN", "correct": f"{100 * share[best + 1]:.1f}"}
        row |= {"over_selection": f"{100 * sum(share[best + 2 :]):.1f}"} | {
            name: f"{part:.1f}" for name, part in zip(names, parts, strict=True)
        }
        words = f"BOIN target .25, 10 cohorts of 3, n.earlystop 9, 1/3 DLT => {word} (modified), no backfill"
        rows.append(row | {"p_true": join(truth), "design": words})
    return rows


def run_zhao(truth, stay, draw):
    """One trial: subjects and DLTs per dose, the dose selected, and the months until everything is known."""
    case = (0.25, 0.15, 0.35, 0.95, False, 0.05)
    n, y, at, now, arrival, closed = [0] * len(truth), [0] * len(truth), 0, 0.0, 0.0, len(truth)
    for cohort in range(10):
        while cohort and arrival < now:
            arrival += draw.uniform(0, 2 / 3)
        for place in range(3):
            arrival += draw.uniform(0, 2 / 3) if place else 0.0
            p = truth[at]
            shape = math.log(math.log(1 - p) / math.log(1 - p / 2)) / math.log(2)
            time = (math.log(1 - draw.random()) / math.log(1 - p)) ** (1 / shape)
            n[at], y[at] = n[at] + 1, y[at] + (time <= 1)
            now = max(now, arrival + min(time, 1.0))
        word = "S" if stay and (n[at], y[at]) == (3, 1) else act(case, n[at], y[at])[0]
        if cohort == 9:
            break
        if word == "DU":
            closed = at
            if at == 0:
                return n, y, 0, now
        step = 1 if word == "E" and at + 1 < closed else -1 if word in ("D", "DU") and at else 0
        if n[at] >= 9 and not step:
            break
        at += step
    return n, y, choose(0.25, 0.95, None, tuple(n), tuple(y)), now


FILES = {"boin_oc": boin_oc, "oc_i3plus3": i3plus3_oc, "dfcrm_crmsim_oc": crm_oc, "published_zhao2024_boin_oc": zhao}
