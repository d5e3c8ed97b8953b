"""Lanes in days, worked out by hand, and the cards of the cohorts."""

from datetime import date, datetime

import pytest

from trial.clocks.cohort_card import CardCounts, compute_cards
from trial.clocks.dlt_window import compute_ledger
from trial.clocks.dosing_gate import Check, Gate
from trial.clocks.lanes import compute_bars, compute_marks, compute_spans
from trial.protocol import DltPart, Protocol
from trial.sentence import Sentence
from trial.tables import COHORTS, DOSED
from trial.tables.lanes import LANE_BARS, LANE_DOSES, LANE_EVENTS, LANE_MARKS, LANE_SPANS, LANES

DAY = date(2026, 6, 30)
FIRST, LAST = date(2026, 2, 1), date(2026, 2, 15)


def window(counted_from="last dose"):
    return DltPart(window_days=28, counted_from=counted_from, definition="any", minimum_grade=3, attributed_to=("product",))


def lane(status="on study", ended_on=None):
    return LANES.frame([("S1", "01", 1, "Cohort 1", "10 M", FIRST, LAST, status, ended_on)])


@pytest.mark.parametrize(
    ("status", "ended_on", "end_day", "end"),
    [
        ("on study", None, 149, None),
        ("discontinued", date(2026, 3, 1), 28, "discontinued"),
        ("completed", date(2026, 3, 1), 28, "completed"),
        ("completed", None, 14, "completed"),
        ("on study", date(2026, 3, 1), 28, "discontinued"),
        ("died", date(2026, 2, 3), 2, "died"),
        ("on study", date(2026, 12, 1), 149, None),
    ],
)
def test_follow_up_runs_to_its_end_or_to_the_cut_off(status, ended_on, end_day, end):
    found = compute_spans(lane(status, ended_on), window(), DAY)
    LANE_SPANS.check(found)
    assert found["end_day"].tolist() == [end_day]
    assert (None if found["end"].isna().iloc[0] else found["end"].iloc[0]) == end


def test_the_window_is_counted_from_the_dose_that_the_protocol_names():
    assert compute_spans(lane(), window("last dose"), DAY)[["window_from", "window_to"]].values.tolist() == [[14, 42]]
    assert compute_spans(lane(), window("first dose"), DAY)[["window_from", "window_to"]].values.tolist() == [[0, 28]]
    assert compute_spans(lane(), None, DAY)["window_to"].isna().all()


def test_marks_count_days_from_the_first_dose_and_leave_out_what_came_before():
    rows = [("S1", day, "Pain", 1, None, 1, False, False, False) for day in (date(2026, 1, 31), FIRST, date(2026, 2, 4))]
    found = compute_marks(lane(), LANE_EVENTS.frame(rows))
    LANE_MARKS.check(found)
    assert found["day"].tolist() == [0, 3]


def test_bars_of_administrations_in_days():
    found = compute_bars(lane(), LANE_DOSES.frame([("S1", 1, FIRST, LAST, "cells", None)]))
    LANE_BARS.check(found)
    assert found[["from_day", "to_day"]].values.tolist() == [[0, 14]]


def test_nothing_gives_tables_without_rows():
    empty = LANES.empty()
    LANE_SPANS.check(compute_spans(empty, window(), DAY))
    LANE_MARKS.check(compute_marks(empty, LANE_EVENTS.empty()))
    LANE_BARS.check(compute_bars(empty, LANE_DOSES.empty()))


PROTOCOL = Protocol.model_validate(
    {
        "study": {"code": "T", "title": "T", "product": "p", "indication": "i", "time_zone": "UTC"},
        "version": {"number": "1", "effective": date(2026, 1, 1), "reason": "first"},
        "dose_levels": [{"number": n, "label": f"dose {n}", "vector": [{"name": "cells", "value": float(n)}]} for n in (1, 2)],
        "escalation": {"design": "3+3", "cohort_size": 3, "max_per_dose": 6},
    }
)
COHORT_ONE = COHORTS.frame([(1, "Cohort 1", 1, "dose 1", 3, None, None, 3, 3)])


def one_dosed(code, first, dlt=None, status="on study", left_on=None):
    at = datetime(first.year, first.month, first.day)
    return (code, "01", 1, 1, 1, at, None, at, dlt, None if dlt is None else "Leak", None, None, status, left_on)


def test_a_card_counts_each_state_once_and_says_what_comes_next():
    dosed = DOSED.frame(
        [
            one_dosed("A", date(2026, 1, 1), dlt="yes"),
            one_dosed("B", date(2026, 2, 1)),
            one_dosed("C", date(2026, 6, 20)),
            one_dosed("D", date(2026, 2, 1), status="discontinued", left_on=date(2026, 2, 5)),
            one_dosed("E", date(2026, 2, 1), dlt="pending"),
        ]
    )
    cards = compute_cards(COHORT_ONE, compute_ledger(dosed, window(), DAY), PROTOCOL, None)
    assert cards[0].counts == CardCounts(in_window=1, awaiting=1, evaluable=2, dlt=1, not_evaluable=1)
    assert cards[0].following == "last DLT window ends on 2026-07-18"
    assert (cards[1].cohort, cards[1].label, cards[1].planned, cards[1].following) == (None, "dose 2", 3, "not open yet")


def test_the_gate_stands_on_the_card_of_its_dose():
    gate = Gate(2, (Check(Sentence("stagger"), False, Sentence("wait")),), date(2026, 7, 5), date(2026, 7, 5))
    ledger = compute_ledger(DOSED.empty(), window(), DAY)
    assert compute_cards(COHORT_ONE, ledger, PROTOCOL, gate)[1].following == "next dosing from 2026-07-05"
    closed = Gate(1, (Check(Sentence("hold"), False, Sentence("the committee paused")),), None, date(2026, 7, 5))
    assert compute_cards(COHORT_ONE, ledger, PROTOCOL, closed)[0].following == "next dosing waits: the committee paused"


def test_a_full_cohort_that_waits_says_when_its_windows_end():
    ledger = compute_ledger(DOSED.frame([one_dosed("C", date(2026, 6, 20))]), window(), DAY)
    gate = Gate(1, (), None, date(2026, 7, 18), waits=True)
    assert compute_cards(COHORT_ONE, ledger, PROTOCOL, gate)[0].following == "last DLT window ends on 2026-07-18"


def test_without_a_window_a_card_counts_only_the_dosed():
    cards = compute_cards(COHORT_ONE, None, PROTOCOL, None)
    assert cards[0].counts is None
    assert cards[0].dosed == 3
    assert compute_cards(COHORTS.empty(), None, PROTOCOL, None)[0].following == "not open yet"
