"""What could be, what the committee decided beside the rule, who is to be replaced, and which events wait for a judgement."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from trial.clocks.dlt_candidates import find_questions, hold_unjudged
from trial.clocks.replacement import DUE, LEFT_OPEN, REPLACED, find_replacements
from trial.errors import FaultyInput
from trial.escalation.agreement import compare_decision, review_decisions
from trial.escalation.decision import Decision
from trial.escalation.register import create_design
from trial.escalation.what_if import Supposition, suppose
from trial.protocol import DltPart, EscalationPart
from trial.sentence import Sentence
from trial.standing import count_state
from trial.tables.conduct import DLT_CANDIDATES, DLT_LEDGER, DLT_QUESTIONS
from trial.tables.decisions import COMMITTEE_DECISIONS, DECISION_REVIEW

RULE = EscalationPart(design="3+3", cohort_size=3, max_per_dose=6)
DLT_RULE = DltPart(window_days=28, definition="x", minimum_grade=3, attributed_to=("product",))
DESIGN = create_design("3+3", {})


def ledger(*rows: tuple[str, int, int, str]) -> pd.DataFrame:
    """DLT_LEDGER of (subject, dose level, day of March of dosing, state)."""
    return DLT_LEDGER.frame(
        (
            code,
            "01",
            level,
            level,
            date(2026, 3, day),
            date(2026, 3, day),
            date(2026, 4, min(day, 30)),
            10,
            state == "pending",
            state,
            "so",
            None,
            None,
        )
        for code, level, day, state in rows
    )


TODAY = ledger(
    ("a", 1, 1, "evaluable"), ("b", 1, 2, "evaluable"), ("c", 1, 3, "evaluable"), ("d", 2, 10, "pending"), ("e", 2, 12, "pending")
)


def test_pending_subjects_are_moved_and_the_ledger_stays():
    before = TODAY.copy()
    state = suppose(TODAY, RULE, 3, Supposition(dlt=frozenset("d"), none=frozenset("e")))
    assert (state.here.treated, state.here.dlt, state.here.pending, state.open_places) == (2, 1, (), 1)
    pd.testing.assert_frame_equal(TODAY, before)
    assert suppose(TODAY, RULE, 3, Supposition()) == count_state(TODAY, RULE, 3)
    assert Supposition().changes_nothing and not Supposition(dlt=frozenset("d")).changes_nothing


def test_a_cohort_is_added_at_any_dose_and_then_is_the_one_under_way():
    state = suppose(TODAY, RULE, 3, Supposition(none=frozenset("de"), cohort=(3, 3, 2)))
    assert (state.current, state.treated, state.dlt, state.latest) == (3, (3, 2, 3), (0, 0, 2), (3, 2))
    assert DESIGN.decide(state).action in ("stop", "de-escalate")


def test_impossible_suppositions_are_all_refused_at_once():
    with pytest.raises(FaultyInput) as caught:
        suppose(TODAY, RULE, 3, Supposition(dlt=frozenset("ad"), none=frozenset("d"), cohort=(4, 3, 5)))
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize(
    ("action", "dose", "decision", "level", "verdict"),
    [
        ("escalate", 2, "escalate", 2, "agrees"),
        ("escalate", 2, "stay", 1, "more careful"),
        ("escalate", 2, "pause", None, "more careful"),
        ("stay", 1, "escalate", 2, "less careful"),
        ("de-escalate", 1, "de-escalate", 1, "agrees"),
        ("de-escalate", 1, "stay", 2, "less careful"),
        ("wait", 1, "stay", 1, "agrees"),
        ("wait", 1, "escalate", 2, "less careful"),
        ("wait", 1, "pause", None, "agrees"),
        ("stop", None, "stop", None, "agrees"),
        ("stop", 1, "stay", 1, "less careful"),
    ],
)
def test_a_decision_is_held_against_the_rule(action, dose, decision, level, verdict):
    assert compare_decision(Decision(action, dose, Sentence("x")), decision, level) == verdict


def test_a_dlt_that_became_known_later_opens_the_decision_again():
    then = ledger(("a", 1, 1, "evaluable"), ("b", 1, 2, "evaluable"), ("c", 1, 3, "evaluable"))
    now = ledger(("a", 1, 1, "evaluable"), ("b", 1, 2, "DLT"), ("c", 1, 3, "evaluable"), ("d", 2, 10, "pending"))
    decided = COMMITTEE_DECISIONS.frame([("SRC-01", datetime(2026, 3, 8, 9, tzinfo=UTC), 1, "escalate", 2, "no DLT")])
    day = date(2026, 3, 8)

    def ask(rows):
        return DESIGN.decide(count_state(rows, RULE, 3))

    row = review_decisions(decided, [day], {day: then}, now, ask).iloc[0]
    assert (row["verdict"], row["rule_action"], row["rule_level"]) == ("agrees", "escalate", 2)
    assert row["reopened"]
    assert (row["later_action"], row["later_level"]) == ("stay", 1)
    calm = review_decisions(decided, [day], {day: then}, then, ask)
    DECISION_REVIEW.check(calm)
    assert not calm["reopened"].any()


def test_places_are_filled_in_the_order_of_dosing():
    rows = ledger(
        ("a", 1, 1, "evaluable"), ("b", 1, 2, "not evaluable"), ("c", 1, 3, "evaluable"), ("d", 1, 4, "evaluable"),
        ("e", 2, 10, "not evaluable"), ("f", 2, 11, "evaluable"), ("g", 2, 12, "evaluable"),
    )  # fmt: skip
    assert find_replacements(rows, RULE, 2) == {"b": REPLACED, "e": DUE}
    assert find_replacements(rows, RULE, 3)["e"] == LEFT_OPEN


def candidate(subject="a", onset=date(2026, 3, 9), grade=3, attributed=True, cause_open=False, dlt=None):
    """One row of DLT_CANDIDATES."""
    return (subject, f"AE-{subject}", "Headache", grade, None, onset, True, attributed, cause_open, dlt, None, None, None)


def test_an_event_is_a_question_inside_the_window_or_once_somebody_judges():
    rows = [
        candidate("a"),
        candidate("b", onset=date(2026, 5, 20)),
        candidate("c", onset=date(2026, 5, 20), dlt="no"),
        candidate("d", onset=None, grade=None, attributed=False, cause_open=True),
        candidate("e", dlt="pending"),
        candidate("nobody"),
    ]
    found = find_questions(DLT_CANDIDATES.frame(rows), TODAY, DLT_RULE)
    DLT_QUESTIONS.check(found)
    assert dict(zip(found["subject"], found["standing"], strict=True)) == {
        "a": "not judged", "c": "judged no DLT", "d": "not judged", "e": "being judged",
    }  # fmt: skip
    assert found["window_day"].tolist()[0] == 8
    assert "grade 3" in found["why"].iloc[0]
    assert "cause not judged" in found["why"].iloc[2]


def test_a_subject_is_pending_until_its_candidate_is_judged():
    open_event = find_questions(DLT_CANDIDATES.frame([candidate("a"), candidate("b", dlt="no")]), TODAY, DLT_RULE)
    held = hold_unjudged(TODAY, open_event)
    DLT_LEDGER.check(held)
    assert dict(zip(held["subject"], held["state"], strict=True)) == {
        "a": "pending", "b": "evaluable", "c": "evaluable", "d": "pending", "e": "pending",
    }  # fmt: skip
    assert held["because"].iloc[0] == "Headache could be a DLT and is not judged yet"
    assert DESIGN.decide(count_state(held[held["dose_level"] == 1], RULE, 3)).action == "wait"
    pd.testing.assert_frame_equal(hold_unjudged(TODAY, open_event[1:]), TODAY)
    with_dlt = ledger(("a", 1, 1, "DLT"))
    assert hold_unjudged(with_dlt, open_event)["state"].tolist() == ["DLT"]
