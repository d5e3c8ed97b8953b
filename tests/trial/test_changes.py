"""What has changed, in words."""

from datetime import date

import pytest

from trial.changes import KINDS, compare_rows, describe_changes, describe_row

DAY = date(2026, 3, 12)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({}, None),
        (dict.fromkeys(KINDS, 0), None),
        ({"event new": 1}, "Since 2026-03-12: 1 event new"),
        (
            {"subject dosed": 1, "event upgraded": 2, "event new": 7},
            "Since 2026-03-12: 7 events new, 2 upgraded, 1 subject dosed",
        ),
        ({"event upgraded": 2, "event voided": 1}, "Since 2026-03-12: 2 events upgraded, 1 voided"),
        ({"other correction": 1234}, "Since 2026-03-12: 1,234 other rows corrected or completed"),
    ],
)
def test_the_sentence_says_what_changed_and_nothing_else(counts, sentence):
    assert describe_changes(counts, DAY) == sentence


def test_a_change_of_a_row_in_words():
    before = {"id": 1, "study_id": 1, "known_from": "a", "grade": 2, "serious": False, "outcome": None, "term_used": "x"}
    after = {**before, "known_from": "b", "grade": 3, "serious": True, "outcome": "fatal"}
    assert describe_row("adverse_event", before, after) == "grade: 2 → 3; serious: no → yes; outcome: - → fatal"
    assert describe_row("adverse_event", None, after) == "grade: 3; serious: yes"
    counted = {"rows": {"adverse_event": 70, "visit": 3}, "files": ["ae.xpt", "dm.xpt"]}
    assert describe_row("", None, counted) == "rows: 70 adverse event, 3 visit; files: ae.xpt, dm.xpt"
    assert describe_row("visit", None, {"id": 1, "code": "V1", "occurred_on": None}) == "code: V1"
    assert describe_row("adverse_event", before, None) == "grade: 2; serious: no"


def test_long_values_are_cut():
    said = describe_row("visit", {"label": "a" * 5000}, {"label": "b" * 5000})
    assert len(said) < 200
    assert said.endswith("…")


def test_one_and_true_are_told_apart_by_their_words():
    assert compare_rows({"serious": False}, {"serious": 0}) == []
