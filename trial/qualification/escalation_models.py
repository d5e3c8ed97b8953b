"""CRM and TITE-CRM estimates, doses and skeletons against dfcrm."""

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from trial.escalation.crm_model import (
    CrmData,
    CrmFit,
    CrmModel,
    Kind,
    compute_adaptive_weights,
    fit_likelihood,
    fit_posterior,
    recommend_dose,
)
from trial.escalation.skeleton import compute_skeleton
from trial.qualification.cells import Row, read_count, read_numbers, read_whole, read_word
from trial.qualification.reference import Finding, declare, near, same

ESTIMATE = {"bayes": 1e-5, "mle": 1e-4}
"""How far R's own estimate may be off: its integrate() and optimize() end that early."""
VARIANCE = 1e-5
LIMITS = 1e-4
"""The same for interval limits, which lie 1.64 standard deviations of the estimate away."""
LEVEL = 0.9


def compare_skeletons(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare calibrated skeletons."""
    for row in rows:
        width, target, center, levels = float(row["halfwidth"]), float(row["target"]), read_count(row["nu"]), read_count(row["nlevel"])
        model = read_word("model", row["model"], "empiric", "logistic")
        found = compute_skeleton(width, target, center, levels, model=model, intercept=float(row["intcpt"]))
        yield from _compare_vector("prior", row["case_id"], found, row["prior"], 1e-9)


def compare_fits(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare CRM and TITE-CRM: the dose, the estimate against accurate quadrature and R's own figures, and the weights.

    Variance and interval of a maximum likelihood fit are left out: dfcrm computes them wrongly (they can be negative).
    """
    for row in rows:
        case, weights = row["case_id"], _compute_weights(row)
        if row.get("weights"):
            yield from _compare_vector("weights", case, weights or [1.0] * len(read_whole(row["tox"])), row["weights"], 1e-9)
        kind = cast(Kind, read_word("model", row["model"], "empiric", "logistic"))
        model = CrmModel(tuple(read_numbers(row["prior"])), kind, float(row["intcpt"]), float(row["scale"]))
        bayes = read_word("method", row["method"], *ESTIMATE) == "bayes"
        fit = (fit_posterior if bayes else fit_likelihood)(model, _gather(row, weights))
        dose = str(recommend_dose(fit.rates, float(row["target"])))
        yield same("mtd", case, dose, row["mtd"])
        if row.get("mtd_hp"):
            yield same("mtd_hp", case, dose, row["mtd_hp"])
        yield near("estimate_hp", case, fit.estimate, row["estimate_hp"], 1e-6)
        if bayes and row.get("post_var_hp"):
            yield near("post_var_hp", case, fit.variance, row["post_var_hp"], 1e-6)
        yield from _compare_own(row, model, fit)


def _compare_own(row: Row, model: CrmModel, fit: CrmFit) -> Iterator[Finding]:
    """Compare what dfcrm itself printed, as far as its quadrature goes; columns that a file lacks or leaves empty are passed over."""
    case, tolerance = row["case_id"], ESTIMATE[row["method"]]
    if row.get("estimate"):
        yield near("estimate", case, fit.estimate, row["estimate"], tolerance)
    yield from _compare_vector("ptox", case, fit.rates, row.get("ptox", ""), tolerance)
    skeleton = np.array(model.skeleton)
    scaled = skeleton if model.kind == "empiric" else np.log(skeleton / (1 - skeleton)) - model.intercept
    yield from _compare_vector("dosescaled", case, scaled, row.get("dosescaled", ""), 1e-9)
    if fit.variance is None:
        return
    if row.get("post_var"):
        yield near("post_var", case, fit.variance, row["post_var"], VARIANCE)
    for column, limit in zip(("ptoxL", "ptoxU"), fit.compute_bounds(model, float(norm.ppf((1 + LEVEL) / 2))), strict=True):
        yield from _compare_vector(column, case, limit, row.get(column, ""), LIMITS)


def _compare_vector(
    column: str, case: str, ours: Sequence[float] | NDArray[np.float64], theirs: str, tolerance: float
) -> Iterator[Finding]:
    """Compare numbers separated by semicolons; an empty cell is not compared, another number of parts differs."""
    parts = theirs.split(";") if theirs else []
    if parts and len(parts) != len(ours):
        yield same(column, case, len(ours), len(parts))
        return
    for value, text in zip(ours, parts, strict=False):
        yield near(column, case, float(value), text, tolerance)


def _compute_weights(row: Row) -> list[float] | None:
    """The weights of TITE-CRM; None where every subject counts in full."""
    if not row["followup"]:
        return None
    follow_up, window = read_numbers(row["followup"]), float(row["obswin"])
    toxic = [value == 1 for value in read_whole(row["tox"])]
    if read_word("scheme", row["scheme"], "linear", "adaptive") == "adaptive":
        return compute_adaptive_weights(follow_up, toxic, window)
    return [1.0 if event else min(time / window, 1.0) for time, event in zip(follow_up, toxic, strict=True)]


def _gather(row: Row, weights: list[float] | None) -> CrmData:
    levels, toxic = read_whole(row["level"]), read_whole(row["tox"])
    shares = weights or [1.0] * len(levels)
    doses = range(1, len(row["prior"].split(";")) + 1)
    seen = list(zip(levels, toxic, shares, strict=True))
    dlt = tuple(sum(level == dose and event for level, event, _ in seen) for dose in doses)
    free = tuple(sum(level == dose and not event and share >= 1 for level, event, share in seen) for dose in doses)
    return CrmData(dlt, free, tuple((level - 1, share) for level, event, share in seen if not event and share < 1))


_DENSE = "doses of dfcrm 0.2-2.1, estimates of dense quadrature"
MODELS = (
    declare("CRM skeletons", "halfwidth target nu nlevel model intcpt prior", "dfcrm 0.2-2.1", compare_skeletons),
    declare("CRM and TITE-CRM", "model method scale intcpt target prior level tox estimate_hp mtd", _DENSE, compare_fits),
)
