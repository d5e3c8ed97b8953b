import csv
from pathlib import Path

import pytest

from trial.errors import FaultyInput
from trial.escalation.outcomes import build_state, parse_outcomes
from trial.escalation.pathways import expand_paths, predict_outcomes
from trial.escalation.register import create_design
from trial.escalation.state import State, count_state
from trial.tables.escalation import DECISION_TABLE, DOSE_ESTIMATES, OUTCOMES

REFERENCE = Path(__file__).parents[1] / "reference" / "escalation"


def read(name):
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_three_plus_three_answers_every_path_as_escalation_does():
    """escalation 0.2.3: get_three_plus_three(num_doses, allow_deescalate), fitted to every reachable path."""
    for row in read("threeplus3_paths.csv"):
        design = create_design("3+3", {"de_escalate": row["allow_deescalate"]})
        doses = int(row["num_doses"])
        decision = design.decide(build_state(parse_outcomes(row["path"], doses), doses))
        assert (str(decision.dose or "none"), decision.action != "stop") == (row["next_dose"], row["continue"] == "TRUE"), row


@pytest.mark.parametrize("de_escalate", [False, True])
@pytest.mark.parametrize("doses", [1, 2, 3])
def test_three_plus_three_reaches_exactly_the_paths_of_escalation(doses, de_escalate):
    rows = [
        row for row in read("threeplus3_paths.csv") if (row["num_doses"], row["allow_deescalate"]) == (str(doses), str(de_escalate).upper())
    ]
    assert rows
    reached = expand_paths(create_design("3+3", {"de_escalate": de_escalate}), count_state((0,) * doses, (0,) * doses, 1), 10)
    assert {" ".join(map(str, step.cohorts)) for step in reached} == {row["path"] for row in rows}


def test_boin_boundaries_equal_get_boundary():
    """BOIN 2.7.2: get.boundary(target, ncohort, cohortsize, n.earlystop, p.saf, p.tox, cutoff.eli, extrasafe, offset)."""
    names = {"target": "target", "p_saf": "safe_rate", "p_tox": "toxic_rate", "cutoff_eli": "eliminate_above"}
    names |= {"extrasafe": "extra_safe", "offset": "extra_safe_offset"}
    for row in read("boin_boundary.csv"):
        design, n = create_design("BOIN", {ours: row[theirs] for theirs, ours in names.items()}), int(row["n"])
        actions = [design.cell(n, dlt) for dlt in range(n + 1)]
        down = [dlt for dlt, action in enumerate(actions) if action in ("de-escalate", "eliminate")]
        unsafe = [dlt for dlt in range(n + 1) if design.is_extra_unsafe(n, dlt)]
        assert actions.count("escalate") - 1 == int(row["escalate_le"])
        assert [str(dlt) for dlt in down[:1]] == [value for value in [row["deescalate_ge"]] if value]
        assert [str(n + 1 - actions.count("eliminate"))] * ("eliminate" in actions) == [v for v in [row["eliminate_ge"]] if v]
        assert [str(dlt) for dlt in unsafe[:1]] == [value for value in [row["stop_lowest_ge"]] if value]
        assert design.escalate_below == pytest.approx(float(row["lambda_e"]), abs=1e-12)
        assert design.de_escalate_above == pytest.approx(float(row["lambda_d"]), abs=1e-12)


def test_published_boin_boundaries():
    for row in read("published_boin_lambda.csv"):
        design = create_design("BOIN", {"target": row["target"]})
        assert round(design.escalate_below, 3) == float(row["lambda_e"])
        assert round(design.de_escalate_above, 3) == float(row["lambda_d"])


def test_what_boin_refuses_is_refused():
    for parameters in (
        {"target": 0.04},
        {"target": 0.61},
        *({"target": 0.3, **bad} for bad in ({"safe_rate": 0.28}, {"toxic_rate": 0.31})),
    ):
        with pytest.raises(FaultyInput):
            create_design("BOIN", parameters)
    with pytest.raises(FaultyInput):
        create_design("BOIN", {"target": 0.3, "extra_safe_offset": 0.5})


def test_boin_selects_the_dose_that_select_mtd_selects():
    """BOIN 2.7.2: select.mtd(target, npts, ntox, cutoff.eli, extrasafe, offset, boundMTD, p.tox)."""
    names = {"target": "target", "p_tox": "toxic_rate", "cutoff_eli": "eliminate_above", "extrasafe": "extra_safe"}
    names |= {"offset": "extra_safe_offset", "boundMTD": "bound_selection"}
    rows = [row for row in read("boin_select_mtd.csv") if not row["error"]]
    assert rows
    for row in rows:
        design = create_design("BOIN", {ours: row[theirs] for theirs, ours in names.items()})
        treated, dlt = (tuple(map(int, row[key].split(";"))) for key in ("npts", "ntox"))
        assert (design.select(count_state(treated, dlt, 1)).dose or 99) == int(row["MTD"]), row


def test_tables_are_as_declared():
    state = build_state(parse_outcomes("1NNN 2NT.50", 3), 3)
    for design in (create_design("3+3", {}), create_design("BOIN", {"target": 0.3})):
        DECISION_TABLE.check(design.table(9))
        DOSE_ESTIMATES.check(design.estimates(state))
        OUTCOMES.check(predict_outcomes(design, state, cohorts=2))


@pytest.mark.parametrize("text", ["", "1NNN 2NT.50", "1NNN 2NNT", "1..", "1NNT 1NNN 2N.."])
def test_the_probabilities_of_what_could_come_next_add_up(text):
    state = build_state(parse_outcomes(text, 3), 3)
    for design in (create_design("3+3", {}), create_design("BOIN", {"target": 0.3})):
        first = predict_outcomes(design, state, cohorts=1)
        assert first["probability"].sum() == pytest.approx(1)


def test_an_open_cohort_is_filled_before_the_next_one():
    design = create_design("3+3", {})
    state = State(count_state((3, 2), (0, 1), 2).doses, current=2, open_places=1)
    assert list(predict_outcomes(design, state)["path"]) == ["2N", "2T"]
