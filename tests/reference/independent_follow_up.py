"""Reference files of designs that decide while subjects are pending, from the published rules alone.

Bounds on the follow-up are the roots, by bisection, of the estimated DLT rate against lambda; possible decisions are those at the two
ends of the follow-up.
"""

import random
from functools import cache

from tests.reference.independent import above as compute_above
from tests.reference.independent import boin_action, join, rates
from tests.reference.independent_counts import bisect

above = cache(compute_above)

TABLES = (
    # target, method, safe, toxic, cutoff, most pending, least completed
    (0.17, "imputation", 0.1, 0.26, 0.9, 0.4, 0), (0.4, "ess", 0.24, 0.56, 0.95, 1, 2), (0.31, "ess", 0.2, 0.5, 0.8, 0.34, 3),
    (0.1, "imputation", 0.06, 0.14, 0.99, 0.49, 0), (0.5, "imputation", 0.3, 0.7, 0.95, 0.75, 4),
)  # fmt: skip


def estimate(case, n, y, pending, seen):
    """The DLT rate estimated with ``pending`` subjects followed for ``seen`` windows in all."""
    target, method = case[:2]
    if method == "ess":
        return y / (n - pending + seen) if y else 0.0
    imputed = (y + target / 2) / (n - pending + 1)
    return (y + imputed / (1 - imputed) * (pending - seen)) / n


def judge_cell(case, n, y, pending):
    """The decision of a TITE-BOIN cell and its bounds on the follow-up in windows (None for none)."""
    target, method, safe, toxic, cutoff, most, least = case
    up, down = rates(target, safe, toxic)
    plain = boin_action((target, safe, toxic, cutoff, False, 0.05), n, y)[0]
    if plain == "DU" or not pending:
        return "DE" if plain == "DU" else plain, None, None
    ess = method == "ess"
    may_rise, may_fall = (True, y > 0) if ess else (y / n < target - 1e-12, y / n >= target - 1e-12)
    first, last = estimate(case, n, y, pending, 0), y / n
    if may_fall and last >= down:
        return "D", None, None
    if pending / n > most:
        return "SUS", None, None
    rise = "E" if n - pending >= least else "SUS"
    if may_rise and first <= up:
        return rise, None, None
    rises, falls = may_rise and last < up, may_fall and first > down
    roots = [bisect(lambda seen, edge=edge: edge - estimate(case, n, y, pending, seen), 0.0, float(pending)) for edge in (up, down)]
    known = n - pending if ess else 0
    word = "/".join([*([rise] if rises else []), "S", *(["D"] if falls else [])])
    return word, roots[0] + known if rises else None, roots[1] + known if falls else None


def write(bound, digits):
    """A bound as a cell."""
    return "" if bound is None else f"{bound:.{digits}f}"


def tite_table(most=9):
    """Rows of tite_boin_decision_table_simFastBOIN.csv."""
    rows = []
    for case in TABLES:
        names = ("target", "method", "p_saf", "p_tox", "cutoff_eli", "max_pending_ratio", "min_completed")
        for n in range(1, most + 1):
            for y in range(n + 1):
                for pending in range(n - y + 1):
                    word, up, down = judge_cell(case, n, y, pending)
                    cells = {"n": n, "n_tox": y, "n_pending": pending, "decision": word}
                    rows.append(dict(zip(names, case, strict=True)) | cells | {"esc_bound": write(up, 12), "deesc_bound": write(down, 12)})
    return rows


def tite_published():
    """Rows of published_tite_boin_tables.csv: Yuan's tables suspend above a half, Chen's above 0.49 and tell where follow-up is needed."""
    rows = []
    for source, target, most in (("Table 1", 0.17, 0.5), ("Table 1", 0.4, 0.5), ("Table A1", 0.3, 0.49), ("Table A1", 0.2, 0.49)):
        case = (target, "imputation", 0.6 * target, 1.4 * target, 0.95, most, 0)
        for n in (3, 6, 9, 12):
            for y in range(n + 1):
                for pending in range(n - y + 1):
                    word, up, down = judge_cell(case, n, y, pending)
                    needed = str(bool(pending) and word.startswith("E")).upper() if most < 0.5 else ""
                    cells = {"source": source, "target": target, "n": n, "n_tox": y, "n_pending": pending, "decision": word}
                    rows.append(cells | {"stft_escalate": write(up, 2), "stft_deescalate": write(down, 2), "needs_min_followup": needed})
    return rows


def next_dose(row, n, pending, y, time):
    """The answer of next_TITE_QuasiBOIN as its documentation describes it, levels from 1."""
    target, at = row["target"], row["d"] - 1
    up, down = rates(target, 0.6 * target, 1.4 * target)
    toxic = [n[d] >= row["Neli"] and above(target, n[d], y[d]) > row["cutoff_eli"] for d in range(len(n))]
    out = [any(toxic[: d + 1]) for d in range(len(n))]
    if row["extrasafe"] == "TRUE" and at == 0 and n[0] >= row["Neli"] and above(target, n[0], y[0]) > row["cutoff_eli"] - row["offset"]:
        out = [True] * len(n)
    answer = {"pending": 0, "earlystop": int(out[0] and out[at]), "stop": 0, "elimineed": int(out[at]), "elimi": join(map(int, out))}
    if out[at]:
        return answer | {"next_d": out.index(True)}
    if pending[at] / n[at] > row["maxpen"]:
        return answer | {"pending": 1, "next_d": at + 1}
    rate = y[at] / (n[at] - pending[at] + time[at] / row["maxt"])
    step = 1 if rate <= up else -1 if rate >= down else 0
    blocked = (step == 1 and (at + 1 == len(n) or out[at + 1])) or (step == -1 and at == 0)
    stays = step == 0 or blocked
    waits = step == -1 and at == 0 and pending[at] > 0
    return answer | {"pending": int(waits), "stop": int(stays and n[at] >= row["n_earlystop"]), "next_d": at + 1 + (0 if blocked else step)}


NEXT = ("target", "cutoff_eli", "extrasafe", "offset", "n_earlystop", "maxpen", "Neli")
SETTINGS = (
    (0.17, 0.95, "FALSE", 0.05, 6, 0.3, 3), (0.4, 0.8, "TRUE", 0.2, 100, 0.65, 2), (0.28, 0.99, "TRUE", 0.2, 9, 0.5, 6),
    (0.17, 0.8, "TRUE", 0.05, 9, 0.5, 3), (0.4, 0.99, "FALSE", 0.2, 6, 0.65, 6), (0.28, 0.95, "TRUE", 0.05, 6, 0.3, 2),
)  # fmt: skip


def next_doses(count=300):
    """Rows of titegboin_next_dose.csv."""
    draw, rows = random.Random(17), []
    while len(rows) < count:
        doses = draw.choice((1, 2, 5, 9))
        n = [draw.choice((0, 1, 2, 3, 4, 6, 9, 12)) for _ in range(doses)]
        current = draw.choice([d for d in range(doses) if n[d]] or [None])
        if current is None:
            continue
        y = [draw.randint(0, max(size // 2, min(size, 1))) for size in n]
        pending = [draw.randint(0, size - events) if draw.random() < 0.7 else 0 for size, events in zip(n, y, strict=True)]
        window = draw.choice((1, 28, 90))
        time = [round(draw.random() * window * count, 1) for count in pending]
        if not n[current] - pending[current] + time[current]:
            continue
        counts = {"d": current + 1, "n": join(n), "npend": join(pending), "y": join(y), "ft": join(time), "maxt": window}
        row = {"case_id": f"H{len(rows)}"} | counts | dict(zip(NEXT, draw.choice(SETTINGS), strict=True))
        rows.append(row | next_dose(row, n, pending, y, time))
    return rows


FILES = {"tite_boin_decision_table": tite_table, "published_tite_boin_tables": tite_published, "titegboin_next_dose": next_doses}
