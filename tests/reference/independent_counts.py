"""Reference files of rules on counts, computed from the published words alone: 3+3, rolling six, isotonic fits, skeletons, lambda.

Isotonic fits are the best of all partitions into blocks, in fractions; 3+3 is a walk over every path; skeletons are roots found by
bisection in decimals of 34 digits.
"""

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations, pairwise

from tests.reference.independent import join, rates

TRUTHS = ((0.17, 0.4), (0.02, 0.11, 0.19, 0.33), (0.45,), (0.3, 0.31, 0.62))


def follow_three(treated, dlt, at, variant):
    """What 3+3 says after a cohort at level ``at`` (from 0): the next level, or ("stop", MTD or None).

    Variant A ends below a dose that is too toxic; B first fills the dose below to six; C fills the top dose too.
    """
    top = len(treated) - 1
    full = [n == 6 and y <= 1 for n, y in zip(treated, dlt, strict=True)]
    if dlt[at] >= 2:
        if at == 0:
            return "stop", None
        if variant == "A" or treated[at - 1] == 6:
            good = [at - 1] if variant == "A" else [d for d in range(at) if full[d]]
            return "stop", max(good, default=None)
        return at - 1
    if treated[at] == 3 and dlt[at] == 1:
        return at
    if at == top:
        return at if variant == "C" and treated[at] == 3 else ("stop", at)
    return ("stop", at) if treated[at + 1] >= 6 or dlt[at + 1] >= 2 else at + 1


def walk_three(doses, variant):
    """Every path of 3+3: (cohorts as (level, DLTs), subjects, DLTs, what follows)."""

    def go(path, treated, dlt, at):
        for y in range(4):
            n2, y2 = list(treated), list(dlt)
            n2[at], y2[at] = n2[at] + 3, y2[at] + y
            then = follow_three(n2, y2, at, variant)
            longer = (*path, (at, y))
            yield longer, tuple(n2), tuple(y2), then
            if not isinstance(then, tuple):
                yield from go(longer, n2, y2, then)

    zero = (0,) * doses
    yield (), zero, zero, 0
    yield from go((), zero, zero, 0)


def three_paths():
    """Rows of threeplus3_paths.csv."""
    rows = []
    for doses in (2, 4):
        for variant in "AB":
            for path, treated, dlt, then in walk_three(doses, variant):
                ended = isinstance(then, tuple)
                level = then[1] if ended else then
                rows.append(
                    {
                        "num_doses": doses, "allow_deescalate": str(variant == "B").upper(), "n_cohorts": len(path),
                        "path": " ".join(f"{at + 1}{'N' * (3 - y)}{'T' * y}" for at, y in path),
                        "next_dose": "none" if level is None else level + 1, "continue": str(not ended).upper(),
                        "n_at_dose": join(treated), "tox_at_dose": join(dlt),
                    }
                )  # fmt: skip
    return rows


def sum_three(truth, variant):
    """Exact figures of 3+3: per row 0 (none, totals) and dose the chance of being the MTD, subjects, DLTs; and how many paths end."""
    figures, ends = [[0.0, 0.0, 0.0] for _ in range(len(truth) + 1)], 0
    for path, treated, dlt, then in walk_three(len(truth), variant):
        if not isinstance(then, tuple):
            continue
        ends += 1
        chance = math.prod(math.comb(3, y) * truth[at] ** y * (1 - truth[at]) ** (3 - y) for at, y in path)
        figures[0 if then[1] is None else then[1] + 1][0] += chance
        for place, (n, y) in enumerate([(sum(treated), sum(dlt)), *zip(treated, dlt, strict=True)]):
            figures[place][1] += chance * n
            figures[place][2] += chance * y
    return figures, ends


def three_exact(*, package=False):
    """Rows of threeplus3_exact_oc.csv, or with ``package`` of threeplus3_exact_oc_simFastBOIN.csv."""
    words, rows = {"A": "previous", "C": "expand"} if package else {"A": "FALSE", "B": "TRUE"}, []
    for number, truth in enumerate(TRUTHS):
        for variant, word in words.items():
            figures, ends = sum_three(truth, variant)
            for dose, (chosen, subjects, events) in enumerate(figures):
                head = {"mtd_rule": word} if package else {"num_doses": len(truth), "allow_deescalate": word, "n_terminal_paths": ends}
                means = {"expected_n": f"{subjects:.12f}", "expected_tox": f"{events:.12f}"}
                row = {"config_id": f"H{number}", **head, "dose": dose, "p_true": truth[dose - 1] if dose else "", **means}
                rows.append(row | {"prob_mtd" if package else "prob_recommend": f"{chosen:.12f}"})
    return rows


def three_exact_package():
    """Rows of threeplus3_exact_oc_simFastBOIN.csv."""
    return three_exact(package=True)


def rolling_six():
    """Rows of rolling6_decisions.csv: every state of up to six subjects."""
    departures = {(4, 0, 1): "Escalate", (5, 0, 1): "Escalate", (5, 0, 2): "Escalate", (6, 0, 1): "Suspend"}
    rows = []
    for n in range(1, 7):
        for y in range(n + 1):
            for pending in range(n - y + 1):
                ready = n - pending
                if y >= 2:
                    word = "De-escalate"
                elif n == 6:
                    word = "Escalate" if ready == 6 or (y == 0 and ready == 5) else "Suspend"
                else:
                    word = "Escalate" if n >= 3 and y == 0 and not pending else "Stay"
                package = departures.get((n, y, pending), word)
                cells = {"n_enrolled": n, "n_dlt": y, "n_pending": pending, "n_evaluable": ready, "published_rolling6": word}
                rows.append(cells | {"RollingSix_pkg_table": package, "agree": str(word == package).upper()})
    return rows


def fit_blocks(values, weights):
    """The non-decreasing weighted least-squares fit: the best of all ways to cut the values into blocks with rising means."""
    best = None
    for cuts in (cut for size in range(len(values)) for cut in combinations(range(1, len(values)), size)):
        blocks = [range(a, b) for a, b in pairwise((0, *cuts, len(values)))]
        means = [sum(values[i] * weights[i] for i in block) / sum(weights[i] for i in block) for block in blocks]
        if any(a > b for a, b in pairwise(means)):
            continue
        fit = [mean for mean, block in zip(means, blocks, strict=True) for _ in block]
        loss = sum(w * (v - f) ** 2 for v, w, f in zip(values, weights, fit, strict=True))
        if best is None or loss < best[0]:
            best = loss, fit
    return best[1]


def pava():
    """Rows of isotonic_pava.csv."""
    cases = (
        (("0.4",), ("7",)), (("0.9", "-0.2"), ("1e-4", "3")), (("0.5", "0.5", "0.1", "0.1"), ("1", "2", "2", "1")),
        (("0.17", "0.4", "0.03", "0.4", "0.02", "0.9", "0.88", "0.1", "0.2"), ("1", "12", "0.5", "4", "2", "900", "1", "3", "7")),
        (("5", "4", "3", "2", "1"), ("1", "1", "1", "1", "1")), (("-1", "0", "1e3", "1e3"), ("1", "1", "0.25", "8")),
    )  # fmt: skip
    rows = []
    for values, weights in cases:
        y, w = [[Fraction(part) for part in cell] for cell in (values, weights)]
        fits = fit_blocks(y, w), [-fitted for fitted in fit_blocks([-value for value in y], w)]
        texts = [";".join(f"{float(value):.12g}" for value in fit) for fit in fits]
        row = {"case_id": f"H{len(rows)}", "y": join(values), "w": join(weights)}
        rows.append(row | {"fit_increasing": texts[0], "fit_decreasing": texts[1]})
    return rows


SKELETONS = (
    (0.02, 0.17, 1, 2, "empiric", 3), (0.1, 0.4, 9, 9, "empiric", 3), (0.05, 0.28, 2, 4, "logistic", 2), (0.07, 0.4, 5, 9, "logistic", 5),
    (0.16, 0.17, 2, 3, "empiric", 3), (0.01, 0.33, 1, 1, "logistic", 3),
)  # fmt: skip


def bisect(rising, low, high):
    """Where a function that rises from below 0 to above it is 0."""
    for _ in range(64):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return low


def find_skeleton(width, target, center, levels, model, intercept):
    """Prior rates of which neighbours leave the indifference interval together, by bisection on the slope and on the rate."""
    edge = Decimal(10) ** -25
    low, high = Decimal(str(target)) - Decimal(str(width)), Decimal(str(target)) + Decimal(str(width))

    def curve(prior, slope):
        if model == "empiric":
            return (prior.ln() * slope.exp()).exp()
        return 1 / (1 + (-intercept - slope.exp() * ((prior / (1 - prior)).ln() - intercept)).exp())

    def neighbour(prior, here, there):
        slope = bisect(lambda b: here - curve(prior, b), Decimal(-6), Decimal(6))
        return bisect(lambda p: curve(p, slope) - there, edge, 1 - edge)

    prior = [Decimal(str(target))]
    with localcontext(prec=34):
        for _ in range(center - 1):
            prior.insert(0, neighbour(prior[0], high, low))
        for _ in range(levels - center):
            prior.append(neighbour(prior[-1], low, high))
    return prior


def skeletons():
    """Rows of dfcrm_getprior.csv."""
    rows = []
    for width, target, center, levels, model, intercept in SKELETONS:
        prior = ";".join(f"{rate:.14g}" for rate in find_skeleton(width, target, center, levels, model, intercept))
        cells = {"case_id": f"H{len(rows)}", "halfwidth": width, "target": target, "nu": center, "nlevel": levels}
        rows.append(cells | {"model": model, "intcpt": intercept, "prior": prior})
    return rows


def printed_lambda():
    """Rows of published_boin_lambda.csv."""
    rows = []
    for target in (0.1, 0.17, 0.33, 0.55):
        up, down = rates(target, 0.6 * target, 1.4 * target)
        rows.append({"source": "formula", "target": target, "lambda_e": f"{up:.3f}", "lambda_d": f"{down:.3f}"})
    return rows


FILES = {
    "threeplus3_paths": three_paths, "threeplus3_exact_oc": three_exact, "threeplus3_exact_oc_simFastBOIN": three_exact_package,
    "rolling6_decisions": rolling_six, "isotonic_pava": pava, "dfcrm_getprior": skeletons, "published_boin_lambda": printed_lambda,
}  # fmt: skip
