import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.stats import norm

from tests.trial.test_escalation_tables import read
from trial.errors import FaultyInput
from trial.escalation.crm_model import CrmData, CrmModel, compute_adaptive_weights, fit_likelihood, fit_many, fit_posterior, recommend_dose
from trial.escalation.monotone import recommend_lowest
from trial.escalation.outcomes import build_state, parse_outcomes
from trial.escalation.register import create_design
from trial.escalation.skeleton import compute_skeleton
from trial.escalation.state import DoseCount, State

SKELETON = "0.05;0.12;0.25;0.4;0.55"


def numbers(text):
    return [float(part) for part in text.split(";")]


def gather(row, weights):
    levels = [int(part) - 1 for part in row["level"].split(";")]
    toxic = [part == "1" for part in row["tox"].split(";")]
    doses = len(numbers(row["prior"]))
    dlt = tuple(sum(t and level == d for t, level in zip(toxic, levels, strict=True)) for d in range(doses))
    whole = [(level, w) for t, level, w in zip(toxic, levels, weights, strict=True) if not t]
    free = tuple(sum(level == d and w >= 1 for level, w in whole) for d in range(doses))
    return CrmData(dlt, free, tuple((level, w) for level, w in whole if w < 1))


@pytest.mark.parametrize("name", ["dfcrm_crm.csv", "dfcrm_titecrm.csv"])
def test_estimates_and_doses_equal_dfcrm(name):
    """dfcrm 0.2-2.1: crm(prior, target, tox, level, method, model, scale) and titecrm(..., followup, obswin, scheme)."""
    for row in read(name):
        model = CrmModel(tuple(numbers(row["prior"])), row["model"], float(row["intcpt"]), float(row["scale"]))
        fit = (fit_posterior if row["method"] == "bayes" else fit_likelihood)(model, gather(row, numbers(row["weights"])))
        assert fit.estimate == pytest.approx(float(row["estimate_hp"]), abs=1e-7)
        assert int(recommend_dose(fit.rates, float(row["target"]))) == int(row["mtd"])
        if row["method"] == "bayes":
            assert fit.variance == pytest.approx(float(row["post_var_hp"]), abs=1e-8)
            low, high = fit.compute_bounds(model, norm.ppf(0.95))
            assert low == pytest.approx(numbers(row["ptoxL"]), abs=2e-4)
            assert high == pytest.approx(numbers(row["ptoxU"]), abs=2e-4)


def test_adaptive_weights_equal_dfcrm():
    rows = [row for row in read("dfcrm_titecrm.csv") if row["scheme"] == "adaptive"]
    assert rows
    for row in rows:
        toxic = [part == "1" for part in row["tox"].split(";")]
        weights = compute_adaptive_weights(numbers(row["followup"]), toxic, float(row["obswin"]))
        assert weights == pytest.approx(numbers(row["weights"]), abs=1e-11)
    assert compute_adaptive_weights([28, 14], [True, False], 28) == [1, 0.25]  # dfcrm fails where a DLT ends the window


def test_skeletons_equal_getprior():
    for row in read("dfcrm_getprior.csv"):
        width, target = float(row["halfwidth"]), float(row["target"])
        found = compute_skeleton(width, target, int(row["nu"]), int(row["nlevel"]), model=row["model"], intercept=float(row["intcpt"]))
        assert found == pytest.approx(numbers(row["prior"]), abs=1e-9)


def test_many_trials_are_fitted_as_one():
    design = create_design("CRM", {"target": 0.25, "skeleton": SKELETON}).base
    treated = np.array([[3, 3, 0, 0, 0], [3, 6, 3, 0, 0], [0, 0, 0, 0, 9]])
    dlt = np.array([[0, 1, 0, 0, 0], [1, 1, 2, 0, 0], [0, 0, 0, 0, 9]])
    together = fit_many(design.curve, dlt, treated)
    for row, n, y in zip(together, treated, dlt, strict=True):
        assert row == pytest.approx(fit_posterior(design.curve, CrmData(tuple(y), tuple(n - y))).rates)


def test_posterior_mean_equals_adaptive_quadrature():
    model = CrmModel((0.1, 0.3), "logistic")

    def density(a, power):
        log_rate, log_rest = model.compute_logs([a])
        return a**power * norm.pdf(a, scale=model.scale) * float(np.exp(log_rate[1, 0] + 2 * log_rest[0, 0]))

    mass, first = (quad(density, -9, 9, args=(power,), epsabs=1e-13)[0] for power in (0, 1))
    assert fit_posterior(model, CrmData((0, 1), (2, 0))).estimate == pytest.approx(first / mass, abs=1e-9)


def test_blrm_posterior_equals_adaptive_quadrature():
    design = create_design("BLRM", {"target": 0.25, "amounts": "1;2;4", "correlation": 0.3}).base
    state = build_state(parse_outcomes("1NNN 2NNT", 3), 3)
    sd, mean, rho = design.sd, design.surface.mean, design.correlation

    def density(b, a, dose):
        u, v = (a - mean[0]) / sd[0], (b - mean[1]) / sd[1]
        rates = [1 / (1 + np.exp(-a - np.exp(b) * x)) for x in design.surface.scaled]
        likelihood = (1 - rates[0]) ** 3 * rates[1] * (1 - rates[1]) ** 2
        return np.exp(-(u**2 - 2 * rho * u * v + v**2) / (2 * (1 - rho**2))) * likelihood * (rates[dose] if dose is not None else 1)

    mass, top = (dblquad(density, -12, 12, -6, 6, args=(dose,), epsabs=1e-7)[0] for dose in (None, 2))
    assert design.compute_rates(state)[2] == pytest.approx(top / mass, abs=1e-4)


def test_blrm_keeps_away_from_likely_overdoses():
    design = create_design("BLRM", {"target": 0.25, "amounts": "1;2;4"})
    assert design.decide(build_state(parse_outcomes("1NNN", 3), 3)).action == "escalate"
    stopped = design.decide(build_state(parse_outcomes("1TTT 1TTT", 3), 3))
    assert (stopped.action, stopped.dose) == ("stop", None)


def test_blrm_recommends_no_more_after_one_dlt_more():
    """A fourth DLT at dose 4 makes the curve steeper and dose 2 look safer: the published model goes up with it, and only if told to."""
    counts = [DoseCount(), DoseCount(7, 1), DoseCount(5, 3)]
    three, four = (State((*counts, DoseCount(4, dlt)), 4, latest=(4, dlt)) for dlt in (3, 4))
    kept, published = (create_design("BLRM", {"target": 0.3, "amounts": "1;2;4;8", "monotone": monotone}) for monotone in ("yes", "no"))
    assert (published.decide(three).dose, published.decide(four).dose) == (1, 2)
    assert (kept.decide(three).dose, kept.decide(four).dose) == (1, 1)
    assert "the model alone says dose 2, but no more than dose 1 with fewer DLTs" in kept.decide(four).because
    assert "alone" not in kept.decide(three).because


def test_of_very_many_dlts_those_with_fewer_at_one_dose_are_compared():
    class Odd:
        """Recommends dose 1 at 4 DLTs, and 9 otherwise."""

        def pick(self, data):
            return 1 if 4 in data.dlt else 9

    assert recommend_lowest(Odd(), CrmData((90, 90), (9, 9))) == 1
    assert recommend_lowest(Odd(), CrmData((3, 3), (9, 9))) == 9
    assert recommend_lowest(Odd(), CrmData((5, 3), (9, 9))) == 1


@pytest.mark.parametrize("model", ["empiric", "logistic", "logistic2"])
def test_crm_does_not_skip_unless_it_is_told_to(model):
    parameters = {"target": 0.25, "skeleton": SKELETON, "model": model}
    state = build_state(parse_outcomes("1NNN", 5), 5)
    assert create_design("CRM", parameters).decide(state).dose == 2
    assert create_design("CRM", parameters | {"no_skipping": False}).decide(state).dose >= 3


def test_crm_paths_equal_escalation():
    """escalation 0.2.3: get_dfcrm(skeleton, target), with dont_skip_doses and stop_when_too_toxic(1, .35, .8)."""
    extra = {"SP4": {"no_skipping": False}, "SP5": {}, "SP6": {"too_toxic_rate": 0.35, "too_toxic_confidence": 0.8}}
    for row in read("dose_paths_escalation.csv"):
        if row["config_id"] not in extra:
            continue
        parameters = {"target": 0.25, "skeleton": SKELETON, "coherent": False, **extra[row["config_id"]]}
        decision = create_design("CRM", parameters).decide(build_state(parse_outcomes(row["path"], 5), 5))
        assert (str(decision.dose or "none"), decision.action != "stop") == (row["next_dose"], row["continue"] == "TRUE"), row


def test_the_coarse_quadrature_reproduces_dfcrm_where_it_is_off():
    """dfcrm's rates on this path are 2.5e-6 away from the exact integral; its own quadrature reproduces them."""
    row = next(row for row in read("dose_paths_escalation.csv") if (row["config_id"], row["path"]) == ("SP5", "1NNN 2NNN 3NNT"))
    state = build_state(parse_outcomes(row["path"], 5), 5)
    exact, coarse = (
        np.array(create_design("CRM", {"target": 0.25, "skeleton": SKELETON, "coarse": choice}).fit(state)) for choice in (False, True)
    )
    assert np.abs(exact - numbers(row["mean_prob_tox"])).max() > 1e-6
    assert coarse == pytest.approx(numbers(row["mean_prob_tox"]), abs=5e-8)


def test_tite_crm_counts_follow_up():
    parameters = {"target": 0.25, "skeleton": SKELETON}
    plain, tite = (create_design(name, parameters) for name in ("CRM", "TITE-CRM"))
    done = build_state(parse_outcomes("1NNN 2NNN", 5), 5)
    assert tite.decide(done).dose == plain.decide(done).dose
    waiting = build_state(parse_outcomes("1NNN 2N.5.5", 5), 5)
    assert plain.decide(waiting).action == "wait"
    assert tite.decide(waiting).action in ("escalate", "stay")
    low, high = (tite.fit(build_state(parse_outcomes(text, 5), 5))[1] for text in ("1NNN 2T.9.9", "1NNN 2T.1.1"))
    assert low < high


@pytest.mark.parametrize(
    "parameters", [{}, {"skeleton": "0.3;0.2"}, {"skeleton": "0.3;1.2"}, {"skeleton": "0.1;0.2", "model": "cubic"}, {"half_width": 0.05}]
)
def test_crm_refuses_nonsense(parameters):
    with pytest.raises(FaultyInput):
        create_design("CRM", {"target": 0.25, **parameters})


def test_a_trial_with_other_dose_levels_than_the_model_is_refused():
    with pytest.raises(FaultyInput, match="dose levels"):
        create_design("CRM", {"target": 0.25, "skeleton": SKELETON}).decide(build_state(parse_outcomes("1NNN", 3), 3))
