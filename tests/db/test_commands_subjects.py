"""Screening, eligibility, enrolment and dosing by hand: what is recorded, and what is refused with every fault at once."""

from datetime import UTC, date, datetime

import pytest

from db.commands.dose_subject import DoseEntry, ProcedureEntry, dose_subject
from db.commands.enrol_subject import EnrolmentEntry, enrol_subject
from db.commands.record_decision import DecisionEntry, record_decision
from db.commands.record_event import EventEntry, record_event
from db.commands.screen_subject import EligibilityEntry, ScreeningEntry, assess_eligibility, screen_subject
from db.models import (
    Administration,
    AdverseEvent,
    AuditEntry,
    Cohort,
    CommitteeDecision,
    Disposition,
    EligibilityFinding,
    Procedure,
    Subject,
)
from tests.contracts.queries import example_protocol
from tests.db.entry_trial import NOW, STUDY, build_entry_trial, dose, enrol, rows, screen, who
from trial.errors import FaultyInput


@pytest.fixture
def trial(record):
    """The trial that has just begun, in both databases."""
    build_entry_trial(record)
    return record


def refused(function, *args):
    """The faults, as where and what."""
    with pytest.raises(FaultyInput) as raised:
        function(*args)
    return {f"{fault.where}: {fault.what}" for fault in raised.value.faults}


def test_a_screened_subject_stands_in_the_record(trial):
    recorded = screen_subject(
        trial, who("screen subject"), STUDY, ScreeningEntry(" 01-001 ", "01", "2026-02-02", date(2026, 2, 2), age_years=40, ais="B")
    )
    [subject] = rows(trial, Subject)
    assert (subject["code"], subject["site_id"], subject["status"], subject["age_years"]) == ("01-001", 1, "screening", 40)
    assert subject["screened_on"] == subject["consented_on"] == date(2026, 2, 2)
    assert subject["known_from"] == recorded.known_from == NOW
    assert [row["reason"] for row in rows(trial, Disposition)] == ["informed consent obtained"]
    entries = rows(trial, AuditEntry)
    assert (entries[-1]["sequence"], entries[-1]["hash"]) == (recorded.head.sequence, recorded.head.hash)
    assert {entry["act"] for entry in entries[-2:]} == {"screen subject"}


def test_every_fault_of_a_screening_is_named_at_once(trial):
    entry = ScreeningEntry("0 1", "09", "2026-13-40", date(2027, 1, 1), age_years=200, sex="other", injury_level="\x00")
    assert refused(screen_subject, trial, who("screen subject"), STUDY, entry) == {
        "Screened on: is no whole date such as 2026-03-01",
        "Age, years: lies outside 0 to 130",
        "Sex: is none of the words that may stand there",
        "Neurological level of injury: holds signs that no text has",
        "Site: is not a site of this trial",
        "Subject code: has other than 1 to 40 letters, digits or the signs . + - _",
        "Consent signed on: lies in the future",
    }
    assert not rows(trial, Subject)


def test_a_code_is_given_once(trial):
    screen(trial)
    again = ScreeningEntry("01-001", "02", date(2026, 2, 3))
    assert refused(screen_subject, trial, who("screen subject"), STUDY, again) == {"Subject code: is taken already, or was once"}


def test_a_subject_becomes_eligible_or_fails_screening(trial):
    screen(trial, "01-001")
    screen(trial, "01-002")
    criterion = example_protocol().eligibility[6]
    assess_eligibility(trial, who("screen subject"), STUDY, EligibilityEntry("01-001", date(2026, 2, 10)))
    assess_eligibility(trial, who("screen subject"), STUDY, EligibilityEntry("01-002", date(2026, 2, 10), (criterion,)))
    fit, unfit = rows(trial, Subject)
    assert (fit["status"], fit["eligible"]) == ("eligible", True)
    assert (unfit["status"], unfit["eligible"], unfit["ineligible_reason"]) == ("screen failure", False, criterion)
    assert [row["criterion"] for row in rows(trial, EligibilityFinding, met=False)] == [criterion]
    assert len(rows(trial, EligibilityFinding)) == 2 * len(example_protocol().eligibility)
    assert "screen failure" in {row["reason"] for row in rows(trial, Disposition)}


def test_without_consent_nobody_is_eligible(trial):
    screen(trial, consented_on=None)
    assert refused(assess_eligibility, trial, who("screen subject"), STUDY, EligibilityEntry("01-001", date(2026, 1, 1), ())) == {
        "Consent signed on: is missing; without consent nobody is eligible",
        "Assessed on: lies before screening on 2026-02-02",
    }


def test_only_an_eligible_subject_is_enrolled_into_an_open_cohort(trial):
    screen(trial, consented_on=None)
    entry = EnrolmentEntry("01-001", date(2026, 1, 20), "C1")
    assert refused(enrol_subject, trial, who("enrol subject"), STUDY, entry) == {
        "Subject: has status screening; only an eligible subject may be enrolled",
        "Consent signed on: is missing",
        "Cohort: opens on 2026-02-01",
        "Screened on: lies after enrolment on 2026-01-20",
    }
    assert rows(trial, Subject)[0]["status"] == "screening"


def test_an_enrolment_that_happened_against_the_rules_is_recorded_with_its_reason(trial):
    screen(trial)
    entry = EnrolmentEntry("01-001", date(2026, 2, 20), "C1", happened=True)
    assert refused(enrol_subject, trial, who("enrol subject"), STUDY, entry) == {"Reason: is missing"}
    enrol_subject(trial, who("enrol subject"), STUDY, EnrolmentEntry("01-001", date(2026, 2, 20), "C1", True, "Over the telephone."))
    [subject] = rows(trial, Subject)
    assert (subject["status"], subject["planned_cohort_id"]) == ("enrolled", 1)
    reason = rows(trial, AuditEntry)[-1]["reason"]
    assert reason.startswith("Over the telephone.") and "only an eligible subject" in reason


def test_a_full_cohort_takes_nobody(trial):
    for number in (1, 2, 3):
        enrol(trial, f"01-00{number}")
    screen(trial, "01-004")
    assess_eligibility(trial, who("screen subject"), STUDY, EligibilityEntry("01-004", date(2026, 2, 10)))
    entry = EnrolmentEntry("01-004", date(2026, 2, 20), "C1")
    assert refused(enrol_subject, trial, who("enrol subject"), STUDY, entry) == {"Cohort: has no place left: 3 were planned"}
    assert refused(enrol_subject, trial, who("enrol subject"), STUDY, EnrolmentEntry("01-001", date(2026, 2, 20), "C1")) == {
        "Subject: is enrolled already",
        "Cohort: has no place left: 3 were planned",
    }


def test_a_dose_is_recorded_with_its_procedure_and_the_subject_follows(trial):
    enrol(trial)
    operation = ProcedureEntry("Injection", "general", "2026-03-02T08:05", "2026-03-02T09:00", "2026-03-02T12:40", 150)
    entry = DoseEntry("01-001", "2026-03-02T10:15", lot="LOT-1", end_text="2026-03-02T10:50", route="intraspinal", procedure=operation,
                      delivered_amount=9.8e6, viability_percent=88.5)  # fmt: skip
    recorded = dose_subject(trial, who("dose subject"), STUDY, entry)
    [given], [subject], [procedure] = rows(trial, Administration), rows(trial, Subject), rows(trial, Procedure)
    assert recorded.code == given["code"] == "EX-01-001-1"
    assert given["started_at"] == datetime(2026, 3, 2, 2, 15, tzinfo=UTC), "local at the site, Guangzhou"
    assert (given["start_precision"], given["first_on"], given["last_on"]) == ("minute", date(2026, 3, 2), date(2026, 3, 2))
    assert (given["planned_amount"], given["delivered_amount"], given["amount_unit"]) == (1e7, 9.8e6, "cells")
    assert '"value": 9800000.0' in given["delivered_vector"] and '"value": 10000000.0' in given["planned_vector"]
    assert given["procedure_id"] == procedure["id"] and procedure["code"] == "OP-01-001"
    assert (procedure["closure_at"] - procedure["incision_at"]).seconds == 220 * 60
    assert (subject["status"], subject["actual_cohort_id"], subject["reference_start_on"]) == ("on study", 1, date(2026, 3, 2))
    assert given["deviation"] is None


def test_a_dose_against_the_gate_is_refused_with_every_blocker(trial):
    dose(trial, "01-001", "2026-03-02T10:15")
    enrol(trial, "01-002")
    entry = DoseEntry("01-002", "2026-03-05", lot="LOT-OLD")
    assert refused(dose_subject, trial, who("dose subject"), STUDY, entry) == {
        "Dosing gate: sentinel observation: 28 days after 01-001, 26 days left",
        "Lot: expired on 2026-02-01",
    }
    assert len(rows(trial, Administration)) == 1


def test_a_dose_that_was_given_all_the_same_is_recorded_as_a_deviation(trial):
    dose(trial, "01-001", "2026-03-02T10:15")
    enrol(trial, "01-002")
    entry = DoseEntry("01-002", "2026-03-05", lot="LOT-1", happened=True)
    assert refused(dose_subject, trial, who("dose subject"), STUDY, entry) == {"Reason: is missing"}
    recorded = dose_subject(trial, who("dose subject"), STUDY, DoseEntry(**{**vars(entry), "reason": "Calendar misread."}))
    assert [str(note) for note in recorded.notes] == ["Recorded as a deviation."]
    assert rows(trial, Administration)[1]["deviation"].startswith("Calendar misread.; Dosing gate: sentinel observation")


def test_a_dose_after_the_stagger_passes_the_gate(trial):
    dose(trial, "01-001", "2026-03-02T10:15")
    dose(trial, "01-002", "2026-03-30")
    assert [row["code"] for row in rows(trial, Administration)] == ["EX-01-001-1", "EX-01-002-1"]


def test_the_times_of_a_dose_must_fit(trial):
    enrol(trial)
    operation = ProcedureEntry(None, None, None, "2026-03-02T13:00", "2026-03-02T12:40", -1)
    entry = DoseEntry("01-001", "2027-03-02T10:15", cohort="C9", lot="X", end_text="2026-03", viability_percent=101, procedure=operation)
    assert refused(dose_subject, trial, who("dose subject"), STUDY, entry) == {
        "Start: lies in the future",
        "End: is no whole date",
        "Viability at delivery, %: lies outside 0 to 100",
        "Incision: lies after Closure",
        "Blood loss, mL: lies outside 0 to 20000",
        "Procedure: is missing",
        "Cohort: is none of this trial",
        "Lot: is none of this trial",
    }


def test_the_first_dose_moves_the_analysis_day_of_partial_onsets(trial):
    enrol(trial)
    record_event(trial, who("record event"), STUDY, EventEntry("01-001", "headache", "2026-03", grade=1))
    assert rows(trial, AdverseEvent)[0]["onset_date"] == date(2026, 3, 1)
    dose_subject(trial, who("dose subject"), STUDY, DoseEntry("01-001", "2026-03-09", lot="LOT-1"))
    assert rows(trial, AdverseEvent)[0]["onset_date"] == date(2026, 3, 9)


def test_a_decision_opens_the_cohort_of_the_next_level(trial):
    entry = DecisionEntry("2026-05-01T10:00", 1, "escalate", 2, "Three without a DLT.")
    recorded = record_decision(trial, who("record decision"), STUDY, entry)
    [decision] = rows(trial, CommitteeDecision)
    assert (recorded.code, decision["decision"], decision["next_level_id"]) == ("SRC-01", "escalate", 2)
    assert [(row["code"], row["dose_level_id"], row["opened_on"]) for row in rows(trial, Cohort)][1] == ("C2", 2, date(2026, 5, 1))
    wrong = DecisionEntry("2026-09-01T10:00", 2, "escalate", 1, " ")
    assert refused(record_decision, trial, who("record decision"), STUDY, wrong) == {
        "Decided at: lies in the future",
        "Why: is missing",
        "Next dose level: does not fit the decision",
    }
