import numpy as np
import pytest

from tests.trial.test_escalation_tables import read
from trial.escalation.batch import Batch
from trial.escalation.outcomes import build_state, parse_outcomes
from trial.escalation.register import create_design

LETTER = {"escalate": "E", "stay": "S", "de-escalate": "D", "eliminate": "DU"}


@pytest.mark.parametrize(
    "column,name", [("keyboard_R", "Keyboard"), ("mtpi2_FIND", "mTPI-2"), ("mtpi2_escalation", "mTPI-2"), ("mtpi_escalation", "mTPI")]
)
def test_keyboard_family_equals_its_packages(column, name):
    """Keyboard 0.1.3, FIND 0.1.1 and escalation 0.2.3, the last without elimination."""
    rows = [row for row in read("keyboard_mtpi2_mtpi_decisions.csv") if row[column]]
    assert rows
    for row in rows:
        design = create_design(name, {"target": row["target"], "below": row["marginL"], "above": row["marginR"]})
        ask = design.place if column.endswith("escalation") else design.cell
        assert LETTER[ask(int(row["n"]), int(row["y"]))] == row[column], row


@pytest.mark.parametrize("column", ["decision_FIND", "decision_PhIdesign"])
def test_i3plus3_equals_its_packages(column):
    for row in read("i3plus3_decisions.csv"):
        design = create_design("i3+3", {"target": row["target"], "low": row["EI_low"], "high": row["EI_high"]})
        ask = design.cell if column == "decision_FIND" else design.place
        assert not row[column] or LETTER[ask(int(row["n"]), int(row["y"]))] == row[column], row


def test_rolling_six_follows_the_published_grid():
    words = {"Escalate": "escalate", "Stay": "stay", "De-escalate": "de-escalate", "Suspend": "wait"}
    design = create_design("rolling six", {})
    for row in read("rolling6_decisions.csv"):
        advice = design.advise(int(row["n_enrolled"]), int(row["n_evaluable"]), int(row["n_dlt"]))
        assert advice == words[row["published_rolling6"]], row


def test_tite_boin_worked_example():
    """Yuan et al. 2018: target .2, 90-day window, 1 DLT in 9, four pending for 75, 60, 45 and 30 days: STFT 2.33 >= 2.15."""
    design = create_design("TITE-BOIN", {"target": 0.2})
    pending = tuple(days / 90 for days in (75, 60, 45, 30))
    assert design.find_cell(9, 1, 4).up_from == pytest.approx(2.15, abs=0.005)
    assert design.advise(9, 1, pending) == "escalate"
    assert design.advise(9, 1, tuple(share * 0.9 for share in pending)) == "stay"
    wary = create_design("TITE-BOIN", {"target": 0.2, "max_pending": 0.49, "min_follow_up": 0.5})
    assert wary.advise(9, 1, pending) == "wait"


def test_tite_boin_decides_on_outcomes_with_follow_up():
    design = create_design("TITE-BOIN", {"target": 0.2})
    assert design.decide(build_state(parse_outcomes("1NNN 1NN.6", 3), 3)).action == "escalate"
    assert design.decide(build_state(parse_outcomes("1N..", 3), 3)).action == "wait"
    assert design.decide(build_state(parse_outcomes("1NTT 1...", 3), 3)).action == "stay"


def test_tite_cells_equal_the_published_and_the_packaged_tables():
    letters = LETTER | {"eliminate": "DE", "wait": "SUS"}
    for row in read("published_tite_boin_tables.csv"):
        design = create_design("TITE-BOIN", {"target": row["target"], "max_pending": 0.49 if "Chen" in row["source"] else 0.5})
        cell = design.find_cell(int(row["n"]), int(row["n_tox"]), int(row["n_pending"]))
        assert "/".join(letters[action] for action in cell.actions) == row["decision"]
        for ours, theirs in ((cell.up_from, row["stft_escalate"]), (cell.down_to, row["stft_deescalate"])):
            assert ours == pytest.approx(float(theirs), abs=0.005 + 1e-9) if theirs else ours is None, row


def test_the_other_way_of_each_disagreement_is_an_option():
    """A boundary hit exactly: with these rates lambda_d is log(.7/.3)/log(.7*.7/(.3*.3)) = 1/2, reached by 1 of 2 and 3 of 6."""
    plain = {"target": 0.3, "toxic_rate": 0.7}
    assert create_design("BOIN", plain).de_escalate_above == pytest.approx(0.5, abs=1e-15)
    for n, dlt in ((2, 1), (6, 3)):
        assert create_design("BOIN", plain).place(n, dlt) == "stay"
        assert create_design("BOIN", plain | {"down_on_boundary": True}).place(n, dlt) == "de-escalate"
    enough = {"target": 0.3, "stop_at_n": 3}
    state = build_state(parse_outcomes("1NNN 2NNN", 3), 3)
    assert create_design("BOIN", enough).decide(state).action == "escalate"
    stopped = create_design("BOIN", enough | {"stop_at_n_always": True}).decide(state)
    assert (stopped.action, stopped.dose) == ("stop", 2)
    grid = create_design("rolling six", {"grid": "package"})
    assert [grid.advise(4, 3, 0), grid.advise(5, 4, 0), grid.advise(5, 3, 0), grid.advise(6, 5, 0)] == ["escalate"] * 3 + ["wait"]


def test_stopping_at_n_at_once_is_simulated_as_it_is_decided():
    design = create_design("BOIN", {"target": 0.3, "stop_at_n": 6, "stop_at_n_always": True})
    for text in ("1NNN 1NNT", "1NNN 2NNN 2TTT", "1NTT 1TTN", "1NNN 2NNN", "1NNN 2NNN 3TTT 2NNN"):
        state = build_state(parse_outcomes(text, 3), 3)
        batch = Batch(*(np.array([part]) for part in (state.treated, state.dlt, state.current, *state.latest)))
        moves, decision = design.move_many(batch), design.decide(state)
        assert bool(moves.stop[0]) == (decision.action == "stop"), text
        if not moves.stop[0]:
            assert moves.dose[0] == decision.dose, text
