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
