"""Adverse events by hand: recorded, corrected, voided, judged, reviewed and commented on."""

from datetime import UTC, date, datetime, timedelta

import pytest

from db.commands.adjudicate_dlt import Adjudication, adjudicate_dlt
from db.commands.comment import CommentEntry, comment
from db.commands.correct_row import Correction, correct_row
from db.commands.dose_subject import DoseEntry, dose_subject
from db.commands.record_event import EventEntry, record_event
from db.commands.recorded import Conflict
from db.commands.review_event import ReviewEntry, review_event
from db.commands.void_row import Voiding, void_row
from db.engine import reading
from db.history import HISTORY, known
from db.models import Administration, AdverseEvent, AuditEntry, Comment, Review, Subject
from db.queries.event_listing import event_listing
from tests.db.entry_trial import NOW, STUDY, build_entry_trial, dose, enrol, later, rows, who
from tests.db.test_commands_subjects import refused
from trial.asof import AsOf
from trial.errors import FaultyInput

HOSTILE = "<script>alert(1)</script>\u202e'; DROP TABLE subject; -- =1+1 {0} %s 患者"


@pytest.fixture
def trial(record):
    """The trial with one subject dosed on 2 March 2026, in both databases."""
    build_entry_trial(record)
    dose(record)
    return record


def record(engine, **values):
    """Record an event; a mild headache unless told otherwise."""
    entry = {"verbatim": "headache", "onset_text": "2026-03-03", "grade": 1, **values}
    return record_event(engine, who("record event"), STUDY, EventEntry("01-001", **entry))


def event(engine):
    """The only event."""
    [row] = rows(engine, AdverseEvent)
    return row


def correct(engine, row, changes, *, reason="source document", name="Bo", at=NOW, table="adverse_event"):
    """Correct a row in the version given."""
    correction = Correction(table, row["id"], row["known_from"], changes, reason)
    return correct_row(engine, who("correct", name=name, at=at), STUDY, correction)


def test_an_event_stands_with_all_that_follows_from_it(trial):
    recorded = record(trial, onset_text="2026-03-03T08:30", coded_term="Meningitis", category="Infections and infestations", grade=2,
                      hospitalisation=True, investigator_procedure="possible", expectedness="unexpected")  # fmt: skip
    row = event(trial)
    assert (recorded.code, row["code"], row["term_used"], row["verbatim"]) == ("AE-0001", "AE-0001", "Meningitis", "headache")
    assert (row["category"], row["dictionary"], row["aesi"]) == ("Infections and infestations", "as entered", "INF")
    assert (row["onset_precision"], row["onset_date"], row["onset_latest"]) == ("minute", date(2026, 3, 3), date(2026, 3, 3))
    assert row["onset_at"] == datetime(2026, 3, 3, 0, 30, tzinfo=UTC), "local at the site, Guangzhou"
    assert (row["serious"], row["hospitalisation"], row["disability"]) == (True, True, False)
    assert (row["ongoing"], row["end_precision"], row["aware_at"], row["dlt"]) == (None, "unknown", NOW, None)


def test_a_partial_onset_stays_partial(trial):
    record(trial, onset_text="2026-03")
    row = event(trial)
    assert (row["onset_text"], row["onset_precision"]) == ("2026-03", "month")
    assert (row["onset_date"], row["onset_imputed"], row["onset_latest"]) == (date(2026, 3, 2), "D", date(2026, 3, 31))


def test_every_fault_of_an_event_is_named_at_once(trial):
    entry = EventEntry("01-001", " ", "2026-13", grade=6, coded_term="New term", end_text="2026-02", ongoing=True, outcome="recovering",
                       aware_at="yesterday", serious=True, investigator_product="perhaps")  # fmt: skip
    assert refused(record_event, trial, who("record event"), STUDY, entry) == {
        "What happened, as reported: is missing",
        "Onset: is no date such as 2026-03-01T14:30, 2026-03-01, 2026-03 or 2026; a lone - means not known",
        "CTCAE grade: is none of the words that may stand there",
        "CTCAE grade: is missing",
        "The site learned of it: is no time such as 2026-03-01T14:30",
        "Investigator: product: is none of the words that may stand there",
        "Coded term: has no category",
        "End: is given, yet the event goes on",
        "Outcome: says that the event goes on, yet it has ended",
        "Serious: needs at least one of the six criteria",
    }
    assert not rows(trial, AdverseEvent)


def test_an_event_of_today_may_be_recorded(trial):
    record(trial, onset_text="2026-05-04T17:29", end_text="2026-05-04")
    assert event(trial)["ongoing"] is False


def test_the_subject_of_a_fatal_event_is_dead(trial):
    recorded = record(trial, grade=5, outcome="fatal", results_in_death=True, end_text="2026-04-01")
    [subject] = rows(trial, Subject)
    assert (subject["status"], subject["died_on"], subject["discontinuation_reason"]) == ("died", date(2026, 4, 1), "death")
    assert "The subject is recorded as having died on 2026-04-01." in map(str, recorded.notes)
    late = EventEntry("01-001", "x", "2026-04-02", grade=1)
    assert refused(record_event, trial, who("record event"), STUDY, late) == {"Onset: lies after the death of the subject on 2026-04-01"}


def test_what_may_be_a_dlt_awaits_judgement(trial):
    recorded = record(trial, grade=3, investigator_product="possible")
    assert event(trial)["dlt"] == "pending"
    assert [str(note) for note in recorded.notes] == ["It may be a DLT and awaits judgement."]
    record(trial, possible_dlt=True)
    record(trial, grade=3, investigator_product="unlikely", sponsor_procedure="unrelated")
    record(trial, grade=3, investigator_product="unlikely")
    record(trial, grade=None, severity="severe", investigator_product="possible")
    assert [row["dlt"] for row in rows(trial, AdverseEvent)] == ["pending", "pending", None, "pending", "pending"]


def test_a_dlt_is_judged_with_its_reason(trial):
    record(trial, grade=3)
    before = event(trial)
    adjudicate_dlt(trial, who("adjudicate dlt"), STUDY, Adjudication(before["id"], before["known_from"], "no", "Caused by the injury."))
    after = event(trial)
    assert (after["dlt"], after["dlt_reason"]) == ("no", "Caused by the injury.")
    assert rows(trial, AuditEntry)[-1]["reason"] == "Caused by the injury."
    assert after["known_from"] == before["known_from"] + timedelta(microseconds=1), "in the same instant, yet later"
    with pytest.raises(Conflict):
        adjudicate_dlt(trial, who("adjudicate dlt"), STUDY, Adjudication(before["id"], before["known_from"], "yes", "No."))
    verdict = Adjudication(after["id"], after["known_from"], None, " ")
    assert refused(adjudicate_dlt, trial, who("adjudicate dlt"), STUDY, verdict) == {"DLT assessment: is missing", "Reason: is missing"}


def test_a_correction_changes_what_it_names_and_what_follows(trial):
    record(trial, grade=2)
    before = event(trial)
    correct(trial, before, {"grade": 3, "onset_text": "2026-03", "medically_important": True, "verbatim": "migraine"}, at=later(hours=1))
    after = event(trial)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        "grade", "onset_text", "onset_precision", "onset_date", "onset_imputed", "onset_latest", "medically_important", "serious",
        "verbatim", "term_used", "dlt", "known_from",
    }  # fmt: skip
    assert (after["onset_date"], after["dlt"], after["serious"], after["term_used"]) == (date(2026, 3, 2), "pending", True, "migraine")
    with reading(trial) as session:
        past = HISTORY[AdverseEvent]
        kept = session.connection().execute(past.select()).mappings().all()
    assert [(row["grade"], row["valid_to"]) for row in kept] == [(2, after["known_from"])]
    assert rows(trial, AuditEntry)[-1]["reason"] == "source document"


def test_a_correction_is_held_to_the_rules_of_what_it_changes_only(trial):
    record(trial, grade=2)
    assert refused(correct, trial, event(trial), {"grade": 5}) == {
        "CTCAE grade 5: and a fatal outcome go together, and only one of them is given"
    }
    assert refused(correct, trial, event(trial), {"grade": 2}) == {"Correction: changes nothing"}
    [given] = rows(trial, Administration)
    correct(trial, given, {"viability_percent": 70}, table="administration")
    assert rows(trial, Administration)[0]["viability_percent"] == 70


def test_a_correction_needs_a_reason_and_a_column_that_may_be_corrected(trial):
    record(trial)
    row = event(trial)

    def give(changes, *, reason="r"):
        return correct(trial, row, changes, reason=reason)

    with pytest.raises(FaultyInput, match="Reason: is missing"):
        give({"grade": 2}, reason="  ")
    for column in ("code", "id", "study_id", "subject_id", "known_from", "dlt", "onset_date", "no such"):
        assert refused(give, {column: 1}) == {"adverse event: holds no such column that a person may correct"}
    assert refused(correct_row, trial, who("correct"), STUDY, Correction("audit_entry", 1, NOW, {"actor": "x"}, "r"))
    assert refused(correct_row, trial, who("correct"), STUDY, Correction("adverse_event", 99, NOW, {"grade": 2}, "r"))


def test_the_later_of_two_editors_is_told_what_changed_and_nothing_is_lost(trial):
    record(trial)
    seen = event(trial)
    correct(trial, seen, {"grade": 2, "outcome": "recovering"}, name="Ann", reason="call from site", at=later(minutes=1))
    before = event(trial)
    with pytest.raises(Conflict) as raised:
        correct(trial, seen, {"grade": 3}, name="Bo", at=later(minutes=2))
    conflict = raised.value
    told = {(change.column, change.before, change.after, change.actor, change.reason) for change in conflict.changes}
    assert ("grade", 1, 2, "Ann", "call from site") in told
    assert ("outcome", None, "recovering", "Ann", "call from site") in told
    assert "CTCAE grade: was changed meanwhile from 1 to 2 by Ann (data manager) at 2026-05-04 09:31:00 UTC" in conflict.sentence
    assert event(trial) == before, "nothing was written"
    assert conflict.known_from == before["known_from"]
    correct(trial, {"id": seen["id"], "known_from": conflict.known_from}, {"grade": 3}, at=later(minutes=3))
    assert (event(trial)["grade"], event(trial)["outcome"]) == (3, "recovering"), "the other's change stands"


def test_a_corrected_dose_moves_what_rests_on_it(trial):
    record(trial, onset_text="2026-03")
    [given] = rows(trial, Administration)
    correct(trial, given, {"start_text": "2026-03-09T11:00"}, table="administration")
    [subject], [given] = rows(trial, Subject), rows(trial, Administration)
    assert (given["first_on"], subject["reference_start_on"], event(trial)["onset_date"]) == (date(2026, 3, 9),) * 3


def test_a_voided_event_is_gone_today_and_stands_on_every_day_before(trial):
    record(trial)
    row = event(trial)
    with pytest.raises(FaultyInput, match="Reason: is missing"):
        void_row(trial, who("void"), STUDY, Voiding("adverse_event", row["id"], row["known_from"], ""))
    tomorrow = later(days=1)
    void_row(trial, who("void", at=tomorrow), STUDY, Voiding("adverse_event", row["id"], row["known_from"], "wrong subject"))
    assert not rows(trial, AdverseEvent)
    with reading(trial) as session:
        on = {day: len(event_listing(session, AsOf(day, "Asia/Shanghai"), STUDY)) for day in (NOW.date(), tomorrow.date())}
    assert on == {NOW.date(): 1, tomorrow.date(): 0}
    with pytest.raises(Conflict, match=r"was voided meanwhile by Ann \(data manager\).*wrong subject"):
        correct(trial, row, {"grade": 2})
    assert record(trial).code == "AE-0002", "a code is never given twice"


def test_what_others_rest_on_is_not_voided(trial):
    record(trial)
    [subject] = rows(trial, Subject)
    voiding = Voiding("subject", subject["id"], subject["known_from"], "duplicate")
    faults = refused(void_row, trial, who("void"), STUDY, voiding)
    assert "subject: has 1 rows of adverse event resting on it" in faults
    assert "subject: has 1 rows of administration resting on it" in faults
    assert refused(void_row, trial, who("void"), STUDY, Voiding("site", 1, NOW, "x"))


def test_a_voided_dose_leaves_the_subject_undosed(trial):
    record(trial, onset_text="2026-03")
    [given] = rows(trial, Administration)
    void_row(trial, who("void"), STUDY, Voiding("administration", given["id"], given["known_from"], "never given"))
    [subject] = rows(trial, Subject)
    assert (subject["status"], subject["actual_cohort_id"], subject["reference_start_on"]) == ("enrolled", None, None)
    assert event(trial)["onset_date"] == date(2026, 3, 1)
    dose_subject(trial, who("dose subject"), STUDY, DoseEntry("01-001", "2026-03-09", lot="LOT-1"))
    assert rows(trial, Administration)[0]["code"] == "EX-01-001-2"


def test_a_review_is_of_the_version_that_was_seen(trial):
    record(trial)
    row = event(trial)
    review_event(trial, who("review event"), STUDY, ReviewEntry(row["id"], row["known_from"], "agreed"))
    [review] = rows(trial, Review)
    assert (review["event_known_from"], review["reviewer"], review["role"], review["note"]) == (
        row["known_from"], "Ann", "safety officer", "agreed",
    )  # fmt: skip
    correct(trial, row, {"grade": 2})
    with pytest.raises(Conflict, match="CTCAE grade: was changed meanwhile from 1 to 2"):
        review_event(trial, who("review event"), STUDY, ReviewEntry(row["id"], row["known_from"]))


def test_a_comment_is_on_a_subject_or_one_of_its_events(trial):
    record(trial)
    enrol(trial, "01-002")
    comment(trial, who("comment"), STUDY, CommentEntry("01-001", HOSTILE, event="AE-0001"))
    [remark] = rows(trial, Comment)
    assert (remark["text"], remark["event_id"], remark["author"]) == (HOSTILE, event(trial)["id"], "Ann")
    assert refused(comment, trial, who("comment"), STUDY, CommentEntry("01-002", "", event="AE-0001")) == {
        "Comment: is missing",
        "Event: is none of this subject",
    }


def test_hostile_text_stays_text(trial):
    record(trial, verbatim=HOSTILE, coded_term=HOSTILE, category=HOSTILE)
    row = event(trial)
    assert (row["verbatim"], row["coded_term"], row["category"]) == (HOSTILE,) * 3
    correct(trial, row, {"verbatim": HOSTILE + "!"}, reason=HOSTILE)
    assert rows(trial, AuditEntry)[-1]["reason"] == HOSTILE
    for signs in ("\x00", "\ud800", "x" * 300):
        [fault] = refused(correct, trial, event(trial), {"verbatim": signs})
        assert fault.startswith("What happened, as reported:") and signs not in fault


def test_a_known_term_brings_its_category(trial):
    record(trial, coded_term="Fever", category="General disorders")
    record(trial, coded_term="Fever")
    assert [row["category"] for row in rows(trial, AdverseEvent)] == ["General disorders"] * 2


def test_the_door_to_the_past_agrees(trial):
    record(trial)
    with reading(trial) as session:
        found = known(AdverseEvent, AsOf(NOW.date() - timedelta(days=1), "Asia/Shanghai"), STUDY)
        assert not session.connection().execute(found.select()).all()
