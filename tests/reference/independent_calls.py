"""The reference file of simulations that a quoted call describes: Keyboard, TITEgBOIN and titesim, subject by subject in plain loops."""

import math
import random
from fractions import Fraction
from functools import cache

from tests.reference.independent import letter
from tests.reference.independent_follow_up import next_dose
from tests.reference.independent_simulated import above, choose, gather, recommend


@cache
def strike(target, n, y):
    """Keyboard's letter with its default margins of 0.05."""
    low, wide = Fraction(str(target)) - Fraction(1, 20), Fraction(1, 10)
    inner = [low + wide * k for k in range(-11, 12) if 0 < low + wide * k < 1]
    return letter([Fraction(0), *inner, Fraction(1)], low, n, y)


def run_keyboard(target, truth, cohorts, size, draw, *, enough=1000, safe=None, start=1):
    """One trial of get.oc.kb, whose table has the default margins and cutoff; ``safe`` is the chance that ends it at the lowest dose."""
    n, y, at, closed = [0] * len(truth), [0] * len(truth), start - 1, len(truth)
    for _ in range(cohorts):
        n[at], y[at] = n[at] + size, y[at] + sum(draw.random() < truth[at] for _ in range(size))
        if n[at] >= enough:
            break
        toxic = above(target, n[at], y[at])
        if n[at] >= 3 and above(target, n[at], n[at]) > 0.95:
            closed = min(closed, at) if toxic > 0.95 else closed
            if at == 0 and (toxic > 0.95 or (safe is not None and toxic > safe)):
                return n, y, 0, 0.0
        word = "D" if toxic > 0.95 else strike(target, n[at], y[at])
        at += 1 if word == "E" and at + 1 < closed else -1 if word == "D" and at else 0
    return n, y, choose(target, 0.95, None, tuple(n), tuple(y)), 0.0


def run_tite_boin(row, truth, cohorts, size, rate, draw):
    """One trial of get_oc_TITE_QuasiBOIN; ``row`` holds the settings that next_TITE_QuasiBOIN has."""
    window, levels, entry, onset, now, at, done = row["maxt"], [], [], [], 0.0, 1, False
    for cohort in range(cohorts):
        for place in range(size):
            now += draw.expovariate(rate) if place else 0.0
            p = truth[at - 1]
            shape = math.log(math.log(1 - p) / math.log(1 - p / 2)) / math.log(2)
            levels.append(at)
            entry.append(now)
            onset.append(window * (math.log(1 - draw.random()) / math.log(1 - p)) ** (1 / shape))
        waiting = True
        while waiting:
            last = max(min(time, window) for time, level in zip(onset, levels, strict=True) if level == at)
            now += last if cohort == cohorts - 1 else draw.expovariate(rate)
            answer = next_dose(row | {"d": at}, *look(len(truth), levels, entry, onset, now, window))
            done, waiting = bool(answer["earlystop"] or answer["stop"]), bool(answer["pending"])
            if done:
                break
        if done:
            break
        at = answer["next_d"]
    n = [levels.count(d + 1) for d in range(len(truth))]
    y = [sum(time <= window and level == d + 1 for time, level in zip(onset, levels, strict=True)) for d in range(len(truth))]
    unsafe = row["cutoff_eli"] - row["offset"] if row["extrasafe"] == "TRUE" else None
    chosen = 0 if answer["earlystop"] else choose(row["target"], row["cutoff_eli"], unsafe, tuple(n), tuple(y), prior=0.005)
    return n, y, chosen, now


def look(top, levels, entry, onset, now, window):
    """Per level at time ``now``: subjects, pending subjects, DLTs, and the time that pending ones were followed."""
    counts = [[0] * top, [0] * top, [0] * top, [0.0] * top]
    for level, began, time in zip(levels, entry, onset, strict=True):
        counts[0][level - 1] += 1
        if began + min(time, window) > now:
            counts[1][level - 1] += 1
            counts[3][level - 1] += now - began
        elif time <= window:
            counts[2][level - 1] += 1
    return counts


def run_titesim(target, prior, truth, total, draw, *, window=1.0, rate=1.0, poisson=False, restrict=True, start=1):
    """One trial of titesim: subjects and DLTs per dose, the dose selected, and how long it took."""

    def arrive():
        return draw.expovariate(rate / window) if poisson else window / rate

    levels, entry, onset, now, at = [], [], [], arrive(), start
    for subject in range(total):
        levels.append(at)
        entry.append(now)
        onset.append(draw.uniform(0, window) if draw.random() < truth[at - 1] else math.inf)
        if subject == total - 1:
            break
        now += arrive()
        seen = [began + time <= now for began, time in zip(entry, onset, strict=True)]
        data = [(d, s, 1.0 if s else min((now - b) / window, 1)) for d, s, b in zip(levels, seen, entry, strict=True)]
        best = recommend(target, prior, "empiric", tuple(data))
        at = min(best, at + 1) if restrict else best
    final = recommend(target, prior, "empiric", tuple((d, time < math.inf, 1.0) for d, time in zip(levels, onset, strict=True)))
    n = [levels.count(d + 1) for d in range(len(truth))]
    y = [sum(time < math.inf and level == d + 1 for time, level in zip(onset, levels, strict=True)) for d in range(len(truth))]
    return n, y, final, now + window


QUASI = {"p_saf": None, "extrasafe": "FALSE", "offset": 0.05, "n_earlystop": 100, "maxpen": 0.5, "Neli": 3, "cutoff_eli": 0.95}
TRUTHS = ((0.05, 0.17, 0.35), (0.5, 0.6), (0.08, 0.2, 0.4, 0.55))


def describe_trials(draw):
    """Per simulation: the package, the call, how many trials, the true rates, and how to run one."""
    low, toxic, four = TRUTHS
    kb, tite, sim = "Keyboard::get.oc.kb", "TITEgBOIN::get_oc_TITE_QuasiBOIN", "dfcrm::titesim"
    strict = QUASI | {"target": 0.4, "maxt": 30, "extrasafe": "TRUE", "offset": 0.2, "cutoff_eli": 0.9, "maxpen": 0.34, "Neli": 3}
    brief = QUASI | {"target": 0.17, "maxt": 3, "n_earlystop": 6}
    return (
        (kb, "get.oc.kb(target=0.17,p.true,ncohort=6,cohortsize=4,marginL=0.07,marginR=0.02,cutoff.eli=0.8,ntrial=2000)", 2000, low,
         lambda: run_keyboard(0.17, low, 6, 4, draw)),
        (kb, "get.oc.kb(target=0.4,p.true,ncohort=6,cohortsize=3,extrasafe=TRUE,cutoff.eli=0.9,offset=0.2,ntrial=2000)", 2000, toxic,
         lambda: run_keyboard(0.4, toxic, 6, 3, draw, safe=0.7)),
        (kb, "get.oc.kb(target=0.3,p.true,ncohort=15,cohortsize=2,n.earlystop=8,startdose=2,ntrial=2000)", 2000, four,
         lambda: run_keyboard(0.3, four, 15, 2, draw, enough=8, start=2)),
        (tite, "get_oc_TITE_QuasiBOIN(target=0.4,prob,TITE=TRUE,ncohort=4,cohortsize=3,maxt=30,accrual=0.1,maxpen=0.34,cutoff.eli=0.9,"
         "extrasafe=TRUE,offset=0.2,ntrial=400)", 400, toxic, lambda: run_tite_boin(strict, toxic, 4, 3, 0.1, draw)),
        (tite, "get_oc_TITE_QuasiBOIN(target=0.17,prob,TITE=TRUE,ncohort=6,cohortsize=2,maxt=3,accrual=2,n.earlystop=6,ntrial=400)",
         400, low, lambda: run_tite_boin(brief, low, 6, 2, 2, draw)),
        (sim, "titesim(PI,prior=0.05;0.17;0.33,target=0.17,n=8,x0=1,nsim=200,obswin=4,rate=2,count=FALSE)", 200, low,
         lambda: run_titesim(0.17, (0.05, 0.17, 0.33), low, 8, draw, window=4, rate=2)),
        (sim, "titesim(PI,prior=0.1;0.25;0.4;0.6,target=0.4,n=7,x0=2,nsim=200,restrict=FALSE,obswin=1,rate=3,accrual='poisson')", 200, four,
         lambda: run_titesim(0.4, (0.1, 0.25, 0.4, 0.6), four, 7, draw, rate=3, poisson=True, restrict=False, start=2)),
    )  # fmt: skip


def quoted():
    """Rows of oc_keyboard_tite.csv."""
    rows = []
    for number, (package, call, count, truth, run) in enumerate(describe_trials(random.Random(31))):
        trials = [run() for _ in range(count)]
        share, subjects, events = gather([one[:3] for one in trials], len(truth))
        length = "" if package.startswith("Keyboard") else sum(one[3] for one in trials) / count
        for dose, p in enumerate(truth, 1):
            cells = {"config_id": f"H{number}", "package_fun": package, "call": call, "nsim": count, "dose": dose, "p_true": p}
            cells |= {"sel_pct": 100 * share[dose], "mean_n": subjects[dose - 1], "mean_tox": events[dose - 1]}
            rows.append(cells | {"pct_no_mtd": 100 * share[0], "mean_duration": length})
    return rows


FILES = {"oc_keyboard_tite": quoted}
