"""The dosing gate and the DLT window, on cases worked out by hand."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from trial.clocks.dlt_window import compute_ledger
from trial.clocks.dosing_gate import compute_gate
from trial.escalation.decision import Decision
from trial.protocol import DltPart, EscalationPart, StaggerPart
from trial.sentence import Sentence
from trial.standing import count_standing, count_state
from trial.tables import COMMITTEE_DECISIONS, DOSED, LOTS

DLT_RULE = DltPart(window_days=28, counted_from="first dose", definition="x", minimum_grade=3, attributed_to=("product",))
RULE = EscalationPart(design="3+3", cohort_size=3, max_per_dose=6, start_level=1, committee_review=True)
STAGGER = StaggerPart(sentinel_days=28, next_days=14, between_cohorts_days=28)


def dosed(*rows):
    """Rows of (code, dose level, day, dlt, left on)."""
    return DOSED.frame(
        [
            (
                code,
                "01",
                level,
                level,
                1,
                day,
                None,
                day,
                dlt,
                "Headache" if dlt else None,
                "AE-1" if dlt else None,
                day if dlt else None,
                "on study",
                left,
            )
            for code, level, day, dlt, left in rows
        ]
    )


def gate(rows, action, dose, day, decisions=(), lots=(), time_zone="UTC"):
    ledger = compute_ledger(dosed(*rows), DLT_RULE, day)
    advice = Decision(action, dose, Sentence("because"))
    tables = {"decisions": COMMITTEE_DECISIONS.frame(decisions), "lots": LOTS.frame(lots)}
    return compute_gate(ledger, (RULE, STAGGER), advice, **tables, day=day, time_zone=time_zone)


@pytest.mark.parametrize(
    ("day", "dlt", "left", "state"),
    [
        (date(2026, 3, 29), None, None, "pending"),  # day 27
        (date(2026, 3, 30), None, None, "evaluable"),  # the end of day 28
        (date(2026, 3, 5), "yes", None, "DLT"),
        (date(2026, 6, 1), "pending", None, "pending"),
        (date(2026, 6, 1), None, date(2026, 3, 10), "not evaluable"),
        (date(2026, 6, 1), None, date(2026, 3, 30), "evaluable"),
        (date(2026, 6, 1), "no", None, "evaluable"),
    ],
)
def test_window_states(day, dlt, left, state):
    ledger = compute_ledger(dosed(("01-001", 1, date(2026, 3, 2), dlt, left)), DLT_RULE, day)
    assert ledger["state"].tolist() == [state]


def test_sentinel_blocks_the_second_subject_for_28_days():
    found = gate([("01-001", 1, date(2026, 3, 2), None, None)], "stay", 1, date(2026, 3, 12))
    assert (found.dose_level, found.opens_on) == (1, date(2026, 3, 30))
    assert [str(check.rule) for check in found.blockers] == ["sentinel observation"]
    assert "18 days left" in found.blockers[0].evidence


def test_third_subject_waits_14_days_after_the_second():
    rows = [("01-001", 1, date(2026, 3, 2), None, None), ("01-002", 1, date(2026, 3, 30), None, None)]
    found = gate(rows, "stay", 1, date(2026, 4, 1))
    assert found.opens_on == date(2026, 4, 13)


def test_full_cohort_waits_for_its_windows_and_then_for_the_committee():
    rows = [("a", 1, date(2026, 3, 2), None, None), ("b", 1, date(2026, 3, 30), None, None), ("c", 1, date(2026, 4, 13), None, None)]
    waiting = gate(rows, "stay", 1, date(2026, 4, 20))
    assert [str(check.rule) for check in waiting.blockers] == ["DLT window", "committee", "interval between cohorts"]
    assert (waiting.waits, waiting.opens_on, waiting.not_before) == (True, None, date(2026, 5, 12))  # the day after the last window
    ready = gate(rows, "escalate", 2, date(2026, 5, 20))
    assert [str(check.rule) for check in ready.blockers] == ["committee"]
    assert ready.opens_on is None
    decision = ("D-1", datetime(2026, 5, 18, 9, tzinfo=UTC), 1, "escalate", 2, "none")
    cleared = gate(rows, "escalate", 2, date(2026, 5, 20), decisions=[decision])
    assert (cleared.dose_level, cleared.blockers, cleared.opens_on) == (2, (), date(2026, 5, 21))


def test_without_a_committee_a_full_cohort_waits_for_time_only(monkeypatch):
    monkeypatch.setattr(f"{__name__}.RULE", RULE.model_copy(update={"committee_review": False}))
    rows = [("a", 1, date(2026, 3, 2), None, None), ("b", 1, date(2026, 3, 30), None, None), ("c", 1, date(2026, 4, 13), None, None)]
    waiting = gate(rows, "wait", 1, date(2026, 4, 20))
    assert (waiting.waits, waiting.opens_on) == (True, date(2026, 5, 12))


def test_a_decision_taken_before_the_last_dosing_does_not_count():
    rows = [(code, 1, date(2026, 3, 2), None, None) for code in "abc"]
    early = ("D-1", datetime(2026, 3, 1, 9, tzinfo=UTC), 1, "escalate", 2, "none")
    assert [str(check.rule) for check in gate(rows, "escalate", 2, date(2026, 5, 20), decisions=[early]).blockers] == ["committee"]


@pytest.mark.parametrize(
    ("decided_at", "zone", "blocked"),
    [
        (datetime(2026, 3, 2, 3, tzinfo=UTC), "America/New_York", True),  # 22:00 on 1 March, the evening before
        (datetime(2026, 3, 2, 14, tzinfo=UTC), "America/New_York", False),  # 09:00 on 2 March
        (datetime(2026, 3, 1, 15, tzinfo=UTC), "Asia/Shanghai", True),  # 23:00 on 1 March
        (datetime(2026, 3, 1, 17, tzinfo=UTC), "Asia/Shanghai", False),  # 01:00 on 2 March
    ],
)
def test_the_day_of_a_decision_is_that_of_the_study_as_the_day_of_dosing_is(decided_at, zone, blocked):
    rows = [(code, 1, date(2026, 3, 2), None, None) for code in "abc"]
    found = gate(rows, "escalate", 2, date(2026, 5, 20), decisions=[("D-1", decided_at, 1, "escalate", 2, "none")], time_zone=zone)
    assert [str(check.rule) for check in found.blockers] == (["committee"] if blocked else [])
    if not blocked:
        assert "committee decision of 2026-03-02" in [check.evidence for check in found.checks]
    paused = gate(rows, "stay", 1, date(2026, 5, 20), decisions=[("D-2", decided_at, 1, "pause", None, "review")], time_zone=zone)
    day = 1 if blocked else 2
    assert f"the committee decided on 2026-03-0{day}: pause" in [check.evidence for check in paused.checks]


def test_a_pause_and_an_expired_lot_block_without_a_date():
    pause = ("D-2", datetime(2026, 3, 5, 9, tzinfo=UTC), 1, "pause", None, "review")
    lot = ("L-1", date(2026, 1, 1), date(2026, 3, 1), 90.0, 1)
    found = gate([("a", 1, date(2026, 1, 2), None, None)], "stay", 1, date(2026, 3, 10), decisions=[pause], lots=[lot])
    assert [str(check.rule) for check in found.blockers] == ["hold", "lot"]
    assert found.opens_on is None


def test_a_stopping_rule_leaves_no_dose():
    found = gate([("a", 1, date(2026, 1, 2), "yes", None)], "stop", None, date(2026, 3, 10))
    assert found.dose_level is None
    assert found.opens_on is None


def test_a_subject_who_left_early_leaves_a_place():
    rows = [
        ("a", 1, date(2026, 1, 2), None, None),
        ("b", 1, date(2026, 1, 30), None, date(2026, 2, 3)),
        ("c", 1, date(2026, 2, 14), None, None),
    ]
    ledger = compute_ledger(dosed(*rows), DLT_RULE, date(2026, 6, 1))
    standing = count_standing(ledger, RULE)
    assert (standing.level, len(standing.here), standing.places) == (1, 2, 1)


def test_counts_for_the_design_hold_the_share_of_follow_up():
    rows = [("a", 1, date(2026, 3, 2), "yes", None), ("b", 1, date(2026, 3, 30), None, None)]
    state = count_state(compute_ledger(dosed(*rows), DLT_RULE, date(2026, 4, 13)), RULE, 3)
    here = state.doses[0]
    assert (here.treated, here.dlt, here.pending, state.current, state.open_places) == (2, 1, (0.5,), 1, 1)


def test_an_empty_trial_opens_at_the_start_level():
    found = gate([], "stay", 1, date(2026, 3, 10))
    assert (found.dose_level, found.blockers) == (1, ())
    assert isinstance(compute_ledger(DOSED.empty(), DLT_RULE, date(2026, 3, 10)), pd.DataFrame)
