"""CRM and TITE-CRM estimates, doses and skeletons against dfcrm."""

from collections.abc import Iterator, Sequence

from trial.escalation.crm_model import (
    CrmData,
    CrmModel,
    Kind,
    compute_adaptive_weights,
    fit_likelihood,
    fit_posterior,
    recommend_dose,
)
from trial.escalation.skeleton import compute_skeleton
from trial.qualification.reference import Finding, Row, declare, near, read_numbers, read_whole, same


def compare_skeletons(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare calibrated skeletons."""
    for row in rows:
        width, target, center, levels = float(row["halfwidth"]), float(row["target"]), int(row["nu"]), int(row["nlevel"])
        found = compute_skeleton(width, target, center, levels, model=row["model"], intercept=float(row["intcpt"]))
        for ours, theirs in zip(found, row["prior"].split(";"), strict=True):
            yield near("prior", row["case_id"], ours, theirs, 1e-9)


def compare_fits(rows: Sequence[Row]) -> Iterator[Finding]:
    """Compare CRM and TITE-CRM: the dose, the estimate against accurate quadrature, its variance and the weights."""
    for row in rows:
        case, weights = row["case_id"], _compute_weights(row)
        if weights is not None:
            for ours, theirs in zip(weights, row["weights"].split(";"), strict=True):
                yield near("weights", case, ours, theirs, 1e-9)
        kind: Kind = "logistic" if row["model"] == "logistic" else "empiric"
        model = CrmModel(tuple(read_numbers(row["prior"])), kind, float(row["intcpt"]), float(row["scale"]))
        bayes = row["method"] == "bayes"
        fit = (fit_posterior if bayes else fit_likelihood)(model, _gather(row, weights))
        dose = str(recommend_dose(fit.rates, float(row["target"])))
        yield same("mtd", case, dose, row["mtd"])
        yield same("mtd_hp", case, dose, row["mtd_hp"])
        yield near("estimate_hp", case, fit.estimate, row["estimate_hp"], 1e-6)
        if bayes and row["post_var_hp"]:
            yield near("post_var_hp", case, fit.variance, row["post_var_hp"], 1e-6)


def _compute_weights(row: Row) -> list[float] | None:
    """The weights of TITE-CRM; None where every subject counts in full."""
    if not row["followup"]:
        return None
    follow_up, window = read_numbers(row["followup"]), float(row["obswin"])
    toxic = [value == 1 for value in read_whole(row["tox"])]
    if row["scheme"] == "adaptive":
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
