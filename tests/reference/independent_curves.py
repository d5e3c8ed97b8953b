"""Reference files of curves over time with the subjects beside them, in fractions: Kaplan-Meier, Aalen-Johansen, mean cumulative count."""

import math
from fractions import Fraction
from statistics import NormalDist

SUBJECTS = {
    "H0": ((1, 1), (1, 0), (2, 1), (2, 1), (2, 2), (4, 0), (5, 1), (5, 2), (5, 0), (8, 1), (9, 2), (11, 0)),
    "H1": ((3, 1), (3, 1), (3, 2), (7, 0), (7, 0)),
    "H2": ((0.5, 0), (1.5, 0), (2.5, 2), (4, 1)),
}
"""Time and status (0 censored, 1 the event, 2 a competing one) of each subject."""


def at_risk(subjects, moment):
    """How many are still under observation just before ``moment``."""
    return sum(time >= moment for time, _ in subjects)


def survive(subjects, moment, events):
    """The share without any of ``events`` up to ``moment``, and the sum of Greenwood; None where it is not finite."""
    share, sum_ = Fraction(1), Fraction(0)
    for time in sorted({time for time, status in subjects if status in events and time <= moment}):
        n, d = at_risk(subjects, time), sum(one == time and status in events for one, status in subjects)
        share *= Fraction(n - d, n)
        sum_ = None if n == d or sum_ is None else sum_ + Fraction(d, n * (n - d))
    return share, sum_


def subjects():
    """Rows of the file of subjects; for Kaplan-Meier a competing event is censored in sets of their own."""
    rows = [{"dataset": name, "time": time, "status": status} for name, every in SUBJECTS.items() for time, status in every]
    plain = [
        {"dataset": f"K{name}", "time": time, "status": int(status == 1)} for name, every in SUBJECTS.items() for time, status in every
    ]
    return rows + plain


def kaplan_meier():
    """Rows of km_expected.csv with limits on the log-log scale, at moments with more than one left and some event before."""
    z, rows = NormalDist().inv_cdf(0.975), []
    for name, every in SUBJECTS.items():
        half = [time for time in sorted({time for time, _ in every}) if survive(every, time, {1})[0] <= Fraction(1, 2)]
        for moment in sorted({time for time, _ in every}):
            share, total = survive(every, moment, {1})
            if share in (0, 1):
                continue
            wide = z * math.sqrt(total) / math.log(share)
            cells = {"dataset": f"K{name}", "conf_type": "log-log", "t": moment, "n_risk": at_risk(every, moment), "surv": float(share)}
            cells |= {"cum_incidence": float(1 - share), "std_err": float(share) * math.sqrt(total)}
            cells |= {"surv_lower": float(share) ** math.exp(-wide), "surv_upper": float(share) ** math.exp(wide)}
            rows.append(cells | {"median": find_median(every, half)})
    return rows


def find_median(every, half):
    """R's median: the first time at or below one half, the middle of a stretch at exactly one half."""
    if not half:
        return ""
    if survive(every, half[0], {1})[0] != Fraction(1, 2):
        return half[0]
    later = [time for time in half if survive(every, time, {1})[0] < Fraction(1, 2)]
    return (half[0] + later[0]) / 2 if later else half[0]


def incidence():
    """Rows of cif_expected.csv: the sum of those still without any event, times the share that has the cause's event."""
    rows = []
    for name, every in SUBJECTS.items():
        for cause in (1, 2):
            for moment in (0.7, 2, 3, 5, 8.5):
                total = Fraction(0)
                for time in sorted({time for time, status in every if status and time <= moment}):
                    before = max((one for one, status in every if status and one < time), default=None)
                    free = survive(every, before, {1, 2})[0] if before is not None else Fraction(1)
                    total += free * Fraction(sum(one == (time, cause) for one in every), at_risk(every, time))
                naive = 1 - survive(every, moment, {cause})[0]
                cells = {"dataset": name, "cause": cause, "t": moment, "cif": float(total), "cif_survfit": float(total)}
                rows.append(cells | {"naive_1_minus_km": float(naive)})
    return rows


GROUPED = {
    "J0": {"a": ((1, 2), (2, 1)), "b": ((2, 0), (3, 0))},
    "J1": {"x": ((1, 1), (2, 1), (2, 1), (4, 2), (6, 0), (8, 1)), "y": ((1, 2), (2, 1), (3, 2), (3, 0), (5, 1), (9, 0))},
    "J2": {
        "p": ((1, 1), (1, 1), (3, 2), (5, 1), (7, 0)), "q": ((1, 0), (2, 1), (2, 2)),
        "r": ((2, 1), (3, 2), (3, 2), (4, 1), (5, 1), (8, 0), (8, 2)),
    },
}  # fmt: skip
"""Time and status of each subject of each group."""


def grouped():
    """Rows of the file of subjects in groups."""
    return [
        {"dataset": name, "time": time, "status": status, "arm": arm}
        for name, arms in GROUPED.items() for arm, every in arms.items() for time, status in every
    ]  # fmt: skip


def gray_score(arms, cause=1):
    """Scores of Gray's test and their covariance, in fractions: one event more in one group, and all that follows, followed to the end.

    With F the share with the cause and S without any event, a group's curve less the common one moves its score by the weight times
    its step, and by the weight times its height times the common hazard. An event lifts F by S/Y; any event takes its part of all later
    steps.
    """
    moments = sorted({time for every in arms.values() for time, status in every if status})
    names, zero = sorted(arms), Fraction(0)
    free, had, pooled = dict.fromkeys(names, Fraction(1)), dict.fromkeys(names, zero), zero
    scores, steps = dict.fromkeys(names, zero), []
    for moment in moments:
        n = {name: at_risk(arms[name], moment) for name in names}
        mine = {name: sum(one == (moment, cause) for one in arms[name]) for name in names}
        any_ = {name: sum(time == moment and status > 0 for time, status in arms[name]) for name in names}
        all_ = sum(mine.values())
        entered = {name: n[name] / free[name] if n[name] else zero for name in names}
        still = {name: entered[name] * (1 - had[name]) for name in names}
        for name in names:
            scores[name] += mine[name] - all_ * still[name] / sum(still.values())
        rise = all_ / sum(entered.values())
        weight = {(k, r): entered[k] * ((k == r) - entered[r] / sum(entered.values())) for k in names for r in names}
        left = 1 - pooled
        # where one group alone is left nothing is compared, and no weight is left
        hazard = rise / left if left else zero
        spread = {}
        for r in names:
            if not n[r]:
                continue
            among, others = sum(entered.values()) * free[r], any_[r] - mine[r]
            tied = 1 - (all_ - 1) / (among - 1) if all_ > 1 else 1
            tied_others = 1 - Fraction(others - 1, n[r] - 1) if others > 1 else 1
            had[r] += free[r] * Fraction(mine[r], n[r])
            after = free[r] * Fraction(n[r] - any_[r], n[r])
            spread[r] = (tied * free[r] * rise / n[r], tied_others * others * (free[r] / n[r]) ** 2, after)
            free[r] = after
        steps.append((weight, rise, hazard, spread))
        pooled += rise
    return scores, {(k, m): _follow_events(steps, k, m) for k in names for m in names}


def _follow_events(steps, k, m):
    """The covariance of two scores: each event's move of both, times how much that event varies."""
    total = Fraction(0)
    for place, (_, _, _, spread) in enumerate(steps):
        for r, (own, others, after) in spread.items():
            for start, varies in ((Fraction(1), own), (Fraction(0), others)):
                if varies:
                    total += _move(steps[place:], k, r, start, after) * _move(steps[place:], m, r, start, after) * varies
    return total


def _move(steps, k, r, start, after):
    """How far the score of ``k`` moves with an event in ``r`` that lifts its curve by ``start`` and leaves ``after`` of it."""
    height, moved = start, steps[0][0][k, r] * start
    for weight, rise, hazard, _ in steps[1:]:
        step = -rise / after if after else Fraction(0)
        moved += weight[k, r] * (height * hazard + step)
        height += step
    return moved


def gray():
    """Rows of gray_expected.csv for groups of two or three."""
    rows = []
    for dataset, arms in GROUPED.items():
        for cause in (1, 2):
            scores, covariance = gray_score(arms, cause)
            first, *rest = sorted(arms)[1:]
            if not rest:
                statistic = scores[first] ** 2 / covariance[first, first]
                p = math.erfc(math.sqrt(statistic / 2))
            else:
                x, y, (a, b, d) = (
                    scores[first],
                    scores[rest[0]],
                    (covariance[i, j] for i, j in ((first, first), (first, *rest), (*rest, *rest))),
                )
                statistic = (x * x * d - 2 * x * y * b + y * y * a) / (a * d - b * b)
                p = math.exp(-statistic / 2)
            rows.append({"dataset": dataset, "cause": cause, "gray_stat": float(statistic), "p": p, "df": len(rest) + 1})
    return rows
