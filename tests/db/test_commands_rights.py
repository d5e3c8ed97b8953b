"""Nobody gives a command without the right to it: every command of the register, every role, other studies and other sites."""

from dataclasses import replace
from datetime import date

import pytest

from db.audit import Head
from db.commands.adjudicate_dlt import Adjudication
from db.commands.comment import CommentEntry
from db.commands.correct_row import Correction, correct_row
from db.commands.dose_subject import DoseEntry
from db.commands.enrol_subject import EnrolmentEntry
from db.commands.record_complications import ComplicationAnswer, ComplicationList
from db.commands.record_decision import DecisionEntry
from db.commands.record_event import EventEntry, record_event
from db.commands.register import COMMANDS
from db.commands.review_event import ReviewEntry
from db.commands.screen_subject import EligibilityEntry, ScreeningEntry
from db.commands.sign_decision import SignatureEntry
from db.commands.void_row import Voiding
from db.engine import open_engine
from db.models import AdverseEvent, AuditEntry
from tests.db.entry_trial import NOW, STUDY, build_entry_trial, dose, enrol, rows, screen, who
from trial.errors import FaultyInput
from trial.roles import ACTS, ROLES, may


@pytest.fixture(scope="module")
def trial(lasting_database):
    """The trial with subjects at every station, in SQLite; what is refused leaves it as it is."""
    engine = open_engine(lasting_database("sqlite"))
    build_entry_trial(engine)
    dose(engine, "01-001")
    enrol(engine, "01-002")
    screen(engine, "01-003")
    record_event(engine, who("record event"), STUDY, EventEntry("01-001", "headache", "2026-03-03", grade=1))
    return engine


ENTRIES = {
    "screen subject": ScreeningEntry("01-009", "01", date(2026, 3, 1)),
    "assess eligibility": EligibilityEntry("01-003", date(2026, 3, 1)),
    "enrol subject": EnrolmentEntry("01-003", date(2026, 3, 1), "C1"),
    "dose subject": DoseEntry("01-002", "2026-04-10", lot="LOT-1"),
    "record event": EventEntry("01-001", "fever", "2026-03-05", grade=1),
    "record complications": ComplicationList(
        "01-001", "OP-01-001", "intraoperative", "2026-03-02", (ComplicationAnswer("CSF", "occurred"),)
    ),
    "correct": Correction("adverse_event", 1, NOW, {"grade": 2}, "r"),
    "void": Voiding("adverse_event", 1, NOW, "r"),
    "adjudicate dlt": Adjudication(1, NOW, "no", "r"),
    "review event": ReviewEntry(1, NOW),
    "comment": CommentEntry("01-001", "text"),
    "record decision": DecisionEntry("2026-05-01T10:00", 1, "stay", 1, "r"),
    "sign decision": SignatureEntry(1, NOW, "approves", Head(1, "")),
}
WITHOUT = [(command, role) for command in COMMANDS for role in (*ROLES, "nobody", "") if not may(role, command.act)]


def test_every_command_is_examined():
    assert set(ENTRIES) == {command.name for command in COMMANDS}
    assert all(isinstance(ENTRIES[command.name], command.entry) and command.act in ACTS for command in COMMANDS)


def assert_refused(engine, command, actor):
    """Refused for want of a right, and nothing written."""
    before = len(rows(engine, AuditEntry))
    with pytest.raises(FaultyInput, match=r"is (not )?open to"):
        command.function(engine, actor, STUDY, ENTRIES[command.name])
    assert len(rows(engine, AuditEntry)) == before


@pytest.mark.parametrize(("command", "role"), WITHOUT, ids=lambda value: getattr(value, "name", value))
def test_a_role_without_the_right_is_refused(trial, command, role):
    assert_refused(trial, command, replace(who(command.act), role=role))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_another_study_is_refused(trial, command):
    assert_refused(trial, command, who(command.act, studies=frozenset({STUDY + 1})))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_another_site_is_refused(trial, command):
    assert_refused(trial, command, who(command.act, sites=frozenset({2})))


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.name != "screen subject"], ids=lambda command: command.name)
def test_whoever_is_bound_to_a_site_learns_of_no_other_subject(trial, command):
    entry = ENTRIES[command.name]
    named = next((name for name in ("subject", "event_id", "row_id") if hasattr(entry, name)), None)
    if named is None:
        pytest.skip("an act on the whole study")
    unknown = replace(entry, **{named: "99-999" if named == "subject" else 999})
    texts = []
    for asked in (entry, unknown):
        with pytest.raises(FaultyInput) as raised:
            command.function(trial, who(command.act, sites=frozenset({2})), STUDY, asked)
        texts.append(raised.value.sentence)
    assert texts[0] == texts[1]


def test_a_safety_officer_judges_causes_and_corrects_nothing_else(record):
    build_entry_trial(record)
    dose(record)
    record_event(record, who("record event"), STUDY, EventEntry("01-001", "headache", "2026-03-03", grade=1))
    officer = replace(who("correct"), role="safety officer")
    [row] = rows(record, AdverseEvent)
    with pytest.raises(FaultyInput, match="not open to the role safety officer"):
        changes = {"sponsor_product": "possible", "grade": 2}
        correct_row(record, officer, STUDY, Correction("adverse_event", row["id"], row["known_from"], changes, "r"))
    correct_row(record, officer, STUDY, Correction("adverse_event", row["id"], row["known_from"], {"sponsor_product": "possible"}, "r"))
    assert rows(record, AdverseEvent)[0]["sponsor_product"] == "possible"
