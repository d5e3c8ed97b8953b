"""Prompted lists by hand: all complications at once, nothing silently denied, corrected and voided like any other row."""

from datetime import date

import pytest

from db.commands.correct_row import Correction, correct_row
from db.commands.dose_subject import DoseEntry, ProcedureEntry, dose_subject
from db.commands.record_complications import ComplicationAnswer, ComplicationList, record_complications
from db.commands.record_event import EventEntry, record_event
from db.commands.void_row import Voiding, void_row
from db.models import AdverseEvent, AuditEntry, ComplicationCheck, Procedure
from db.verification import verify
from tests.db.entry_trial import STUDY, build_entry_trial, enrol, rows, who
from tests.db.test_commands_subjects import refused

CODES = ["CSF", "SSI", "HAE", "NEURO", "VTE"]
PROCEDURE = "OP-01-001"


@pytest.fixture
def trial(record):
    """The trial with one subject operated on 2 March 2026, in both databases; NOW is 4 May."""
    build_entry_trial(record)
    enrol(record)
    operation = ProcedureEntry("laminectomy", incision_at="2026-03-02T09:00", closure_at="2026-03-02T12:00")
    dose_subject(record, who("dose subject"), STUDY, DoseEntry("01-001", "2026-03-02T10:15", lot="LOT-1", procedure=operation))
    return record


def say(code, said="did not occur", event=None):
    return ComplicationAnswer(code, said, event)


def ask(engine, *answers, **values):
    """Give the answers of a list to discharge on 9 March, unless told otherwise."""
    entry = {"subject": "01-001", "procedure": PROCEDURE, "period": "to discharge", "checked_on": "2026-03-09", **values}
    return record_complications(engine, who("record complications"), STUDY, ComplicationList(answers=answers, **entry))


def told(function):
    """The faults of a refused call in one text."""
    return "; ".join(sorted(refused(function)))


def test_a_whole_list_is_recorded_and_what_nobody_answered_was_not_assessed(trial):
    record_event(
        trial,
        who("record event"),
        STUDY,
        EventEntry("01-001", "leak", "2026-03-05", coded_term="Pseudomeningocele", category="Nervous system", grade=2),
    )
    [event] = rows(trial, AdverseEvent)
    done = ask(trial, say("SSI"), say("CSF", "occurred", event["code"]), say("HAE"))
    kept = rows(trial, ComplicationCheck)
    assert [(row["complication"], row["answer"], row["event_id"]) for row in kept] == [
        ("CSF", "occurred", event["id"]),
        ("SSI", "did not occur", None),
        ("HAE", "did not occur", None),
        ("NEURO", "not assessed", None),
        ("VTE", "not assessed", None),
    ]
    assert [row["code"] for row in kept] == [f"{PROCEDURE}-DC-{code}" for code in CODES]
    [procedure] = rows(trial, Procedure)
    assert {(row["procedure_id"], row["subject_id"], row["period"], row["checked_on"]) for row in kept} == {
        (procedure["id"], procedure["subject_id"], "to discharge", date(2026, 3, 9))
    }
    assert (done.table, done.code, done.notes) == ("complication_check", PROCEDURE, ("3 of 5 complications were assessed.",))
    assert {entry["act"] for entry in rows(trial, AuditEntry, table_name="complication_check")} == {"record complications"}
    assert verify(trial).faults == ()


@pytest.mark.parametrize(
    ("answers", "values", "words"),
    [
        ((), {}, ["is not assessed for any complication"]),
        ((say("CSF", "not assessed"),), {}, ["is not assessed for any complication"]),
        ((say("CSF", None),), {}, ["CSF leak: is missing"]),
        ((say("CSF", "no"),), {}, ["CSF leak: is none of the words"]),
        ((say("CSF"), say("CSF")), {}, ["CSF leak: is answered twice"]),
        ((say("UTI"), say("CSF")), {}, ["UTI: is none that the protocol asks for"]),
        ((say("CSF"),), {"procedure": "OP-9"}, ["Procedure: is none of this subject"]),
        ((say("CSF"),), {"procedure": None}, ["Procedure: is none of this subject"]),
        ((say("CSF"),), {"period": "always"}, ["Period asked about: is none of the words"]),
        ((say("CSF"),), {"checked_on": None}, ["Asked on: is missing"]),
        ((say("CSF"),), {"checked_on": "2026-03-01"}, ["Asked on: lies before the procedure"]),
        ((say("CSF"),), {"checked_on": "2026-05-05"}, ["Asked on: lies in the future"]),
        ((say("CSF"),), {"period": "to 30 days", "checked_on": "2026-03-31"}, ["CSF leak: says that it did not occur, before the 30 days"]),
        ((say("CSF"),), {"period": "to 90 days", "checked_on": "2026-05-04"}, ["CSF leak: says that it did not occur, before the 90 days"]),
        ((say("CSF", "occurred", "AE-9"),), {}, ["CSF leak: is none of this subject"]),
        ((say("CSF", "no"), say("X")), {"checked_on": "x", "period": "x"}, ["Asked on", "Period", "CSF leak", "X: is none"]),
    ],
)
def test_a_faulty_list_is_refused_whole_with_every_fault(trial, answers, values, words):
    before = len(rows(trial, AuditEntry))
    error = told(lambda: ask(trial, *answers, **values))
    assert all(word in error for word in words), error
    assert len(rows(trial, AuditEntry)) == before
    assert rows(trial, ComplicationCheck) == []


def test_an_answer_names_only_an_event_that_can_have_been_it(trial):
    for verbatim, day in (("before", "2026-02-25"), ("after", "2026-03-05")):
        record_event(trial, who("record event"), STUDY, EventEntry("01-001", verbatim, day, grade=1))
    before, after = (row["code"] for row in rows(trial, AdverseEvent))
    assert "names an event that began before the procedure" in told(lambda: ask(trial, say("CSF", "occurred", before)))
    assert "names an event, but did not occur" in told(lambda: ask(trial, say("CSF", "did not occur", after)))
    ask(trial, say("CSF", "occurred", after))


def test_a_complication_is_answered_once_for_a_procedure_and_period(trial):
    ask(trial, *map(say, CODES))
    assert "was answered for this procedure and period before" in told(lambda: ask(trial, say("CSF", "occurred")))
    ask(trial, say("CSF"), period="to 30 days", checked_on="2026-04-02")
    assert len(rows(trial, ComplicationCheck)) == 10


def test_an_answer_is_corrected_with_its_reason_and_lets_go_of_its_event(trial):
    record_event(trial, who("record event"), STUDY, EventEntry("01-001", "leak", "2026-03-05", grade=2))
    ask(trial, say("CSF", "occurred", "AE-0001"))
    row = rows(trial, ComplicationCheck)[0]

    def correct(**changes):
        return correct_row(trial, who("correct"), STUDY, Correction("complication_check", row["id"], row["known_from"], changes, "letter"))

    assert "lies before the procedure" in told(lambda: correct(checked_on="2026-03-01"))
    assert "is missing" in told(lambda: correct(answer=None))
    correct(answer="did not occur")
    now = rows(trial, ComplicationCheck)[0]
    assert (now["answer"], now["event_id"]) == ("did not occur", None)
    assert verify(trial).faults == ()


def test_a_voided_answer_may_be_given_again_under_another_code(trial):
    ask(trial, *map(say, CODES))
    row = rows(trial, ComplicationCheck)[0]
    assert "resting on it" in told(
        lambda: void_row(
            trial, who("void"), STUDY, Voiding("procedure", row["procedure_id"], rows(trial, Procedure)[0]["known_from"], "twice")
        )
    )
    void_row(trial, who("void"), STUDY, Voiding("complication_check", row["id"], row["known_from"], "another subject"))
    ask(trial, say("CSF", "occurred"))
    assert [one["code"] for one in rows(trial, ComplicationCheck, complication="CSF")] == [f"{PROCEDURE}-DC-CSF-1"]
