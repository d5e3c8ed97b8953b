"""Sixteen writers at once: nobody waits in vain, nothing is lost, no code is given twice, one of two editors is told."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from db.commands.comment import CommentEntry, comment
from db.commands.correct_row import Correction, correct_row
from db.commands.record_event import EventEntry, record_event
from db.commands.recorded import Conflict
from db.models import AdverseEvent, AuditEntry, Comment
from tests.db.entry_trial import STUDY, build_entry_trial, dose, later, rows, who

WRITERS = 16
EACH = 4


@pytest.fixture
def trial(record):
    """The trial with one dosed subject, in both databases."""
    build_entry_trial(record)
    dose(record)
    return record


def together(work):
    """Let every writer do its work at the same time; any error ends the test."""
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(work, range(WRITERS)))


def test_nothing_is_lost_and_no_code_is_given_twice(trial):
    before = len(rows(trial, AuditEntry))

    def write(number):
        for _ in range(EACH):
            record_event(
                trial, who("record event", name=f"w{number}"), STUDY, EventEntry("01-001", f"pain {number}", "2026-03-05", grade=1)
            )
            comment(trial, who("comment", name=f"w{number}"), STUDY, CommentEntry("01-001", "seen"))

    together(write)
    events = rows(trial, AdverseEvent)
    assert sorted(event["code"] for event in events) == [f"AE-{number:04d}" for number in range(1, WRITERS * EACH + 1)]
    assert len(rows(trial, Comment)) == WRITERS * EACH
    assert len(rows(trial, AuditEntry)) == before + 2 * WRITERS * EACH


def test_of_sixteen_who_correct_the_same_version_one_succeeds_and_the_others_are_told(trial):
    record_event(trial, who("record event"), STUDY, EventEntry("01-001", "pain", "2026-03-05", grade=1))
    [row] = rows(trial, AdverseEvent)

    def write(number):
        correction = Correction("adverse_event", row["id"], row["known_from"], {"verbatim": f"pain {number}"}, "r")
        try:
            correct_row(trial, who("correct", name=f"w{number}", at=later(seconds=number + 1)), STUDY, correction)
        except Conflict as conflict:
            return conflict.changes[0].actor
        return None

    told = together(write)
    [winner] = [number for number, name in enumerate(told) if name is None]
    assert {name for name in told if name} == {f"w{winner}"}
    assert rows(trial, AdverseEvent)[0]["verbatim"] == f"pain {winner}"
