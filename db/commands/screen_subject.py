"""Screen a subject, and assess whether it is eligible."""

import re
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.commands.current import (
    Row,
    Trial,
    change_row,
    find_row,
    find_trial,
    insert_row,
    is_taken,
    key_of,
    open_subject,
    report,
    zone_of,
)
from db.commands.recorded import Recorded
from db.commands.rights import require
from db.engine import writing
from db.models import Disposition, EligibilityFinding, Site, Subject
from trial.clocks.calendar import compute_local_day
from trial.entry.field import Field, read_fields
from trial.entry.rule import faults_of
from trial.entry.subject import CODE, SCREENING_FIELDS, check_subject
from trial.errors import Fault, FaultyInput
from trial.sentence import Sentence

ACT = "screen subject"
NOT_DECIDED = ("screening",)
ASSESSMENT_FIELDS = (Field("assessed_on", Sentence("Assessed on"), "day", required=True), Field("note", Sentence("Note"), "long text"))


@dataclass(frozen=True)
class ScreeningEntry:
    """A new subject: its code, site and day of screening, consent where signed, and what is known of the person."""

    code: str
    site: str
    screened_on: date | str | None
    consented_on: date | str | None = None
    consent_version: str | None = None
    age_years: int | None = None
    sex: str | None = None
    injured_on: date | str | None = None
    injury_level: str | None = None
    ais: str | None = None
    injury_mechanism: str | None = None


@dataclass(frozen=True)
class EligibilityEntry:
    """The verdict on a screened subject: ``failed`` are the criteria of the protocol that it does not meet, none when eligible.

    A trial without declared criteria gives its own words in ``failed``.
    """

    subject: str
    assessed_on: date | str | None
    failed: tuple[str, ...] = ()
    note: str | None = None


def screen_subject(engine: Engine, actor: Actor, study_id: int, entry: ScreeningEntry) -> Recorded:
    """Record a screened subject; raise FaultyInput with every fault."""
    with writing(engine) as session:
        trial = find_trial(session, study_id)
        site = find_row(session, Site, study_id, code=entry.site)
        require(session, actor, ACT, study_id, site_id=key_of(site))
        zone = str(site["time_zone"]) if site else trial.time_zone
        values, faults = read_fields(SCREENING_FIELDS, asdict(entry), zone)
        faults += _check_place(session, study_id, values.get("code"), site)
        faults += faults_of(check_subject(values, compute_local_day(actor.at, zone)))
        if faults or site is None:
            raise FaultyInput(faults)
        begin_act(session, actor, ACT)
        row = insert_row(session, actor, Subject, study_id, {**values, "site_id": site["id"], "status": "screening"}, after=site)
        if values.get("consented_on"):
            _record_disposition(session, actor, row, ("milestone", "informed consent obtained"), values["consented_on"])
        return report(session, "subject", row, values["code"])


def _check_place(session: Session, study_id: int, code: str | None, site: Row | None) -> list[Fault]:
    """The site is one of the trial, and the code is well formed and nobody else's."""
    faults = []
    if site is None:
        faults.append(Fault(Sentence("Site"), Sentence("is not a site of this trial"), Sentence("Choose a site of the list.")))
    if code is not None and not re.fullmatch(CODE, code):
        cure = Sentence("Write it as the site does, such as 01-004.")
        faults.append(Fault(Sentence("Subject code"), Sentence("has other than 1 to 40 letters, digits or the signs . + - _"), cure))
    elif code is not None and is_taken(session, Subject, study_id, code):
        cure = Sentence("Take the next free code of the site.")
        faults.append(Fault(Sentence("Subject code"), Sentence("is taken already, or was once"), cure))
    return faults


def assess_eligibility(engine: Engine, actor: Actor, study_id: int, entry: EligibilityEntry) -> Recorded:
    """Record which criteria a screened subject meets, and so whether it is eligible; raise FaultyInput with every fault."""
    with writing(engine) as session:
        trial, subject = open_subject(session, actor, ACT, study_id, entry.subject)
        values, faults = read_fields(ASSESSMENT_FIELDS, asdict(entry), zone_of(session, trial, subject))
        failed, unreadable = _read_criteria(entry.failed)
        entry = replace(entry, assessed_on=values.get("assessed_on"), failed=failed)
        faults += unreadable + _check_assessment(session, actor, trial, subject, entry)
        if faults:
            raise FaultyInput(faults)
        begin_act(session, actor, ACT, reason="eligibility assessed")
        row = change_row(session, actor, Subject, subject, _verdict(entry))
        for criterion in dict.fromkeys((*trial.protocol.eligibility, *entry.failed)):
            finding = {"subject_id": row["id"], "criterion": criterion, "met": criterion not in entry.failed, "note": values.get("note")}
            insert_row(session, actor, EligibilityFinding, study_id, finding, after=subject)
        if entry.failed:
            _record_disposition(session, actor, row, ("end of study", "screen failure"), values["assessed_on"])
        return report(session, "subject", row, row["code"])


def _read_criteria(given: tuple[str, ...]) -> tuple[tuple[str, ...], list[Fault]]:
    """The criteria that are not met, each as clean text, and what is wrong with them."""
    field, kept, faults = Field("criterion", Sentence("Criteria"), "long text"), [], list[Fault]()
    for criterion in given:
        values, wrong = read_fields([field], {"criterion": criterion}, "UTC")
        kept += [values["criterion"]] if values.get("criterion") else []
        faults += wrong
    return tuple(dict.fromkeys(kept)), faults


def _check_assessment(session: Session, actor: Actor, trial: Trial, subject: Row, entry: EligibilityEntry) -> list[Fault]:
    """The subject waits for a verdict, the day fits, and every criterion is one of the protocol."""
    faults, day = [], entry.assessed_on
    if subject["status"] not in NOT_DECIDED:
        what = Sentence("has status {status} and waits for no assessment", status=Sentence(subject["status"]))
        faults.append(Fault(Sentence("Subject"), what, Sentence("Correct the subject, with a reason, if the assessment was wrong.")))
    if isinstance(day, date) and subject["screened_on"] and day < subject["screened_on"]:
        what = Sentence("lies before screening on {day}", day=subject["screened_on"])
        faults.append(Fault(Sentence("Assessed on"), what, Sentence("Correct the date.")))
    if isinstance(day, date) and day > compute_local_day(actor.at, zone_of(session, trial, subject)):
        faults.append(Fault(Sentence("Assessed on"), Sentence("lies in the future"), Sentence("Correct the date.")))
    declared = trial.protocol.eligibility
    if declared and not set(entry.failed) <= set(declared):
        faults.append(Fault(Sentence("Criteria"), Sentence("name one that the protocol does not have"), Sentence("Choose from the list.")))
    if not entry.failed and subject["consented_on"] is None:
        cure = Sentence("Enter the consent first, by a correction of the subject.")
        faults.append(Fault(Sentence("Consent signed on"), Sentence("is missing; without consent nobody is eligible"), cure))
    return faults


def _verdict(entry: EligibilityEntry) -> dict[str, Any]:
    if entry.failed:
        return {"eligible": False, "ineligible_reason": "; ".join(entry.failed)[:2000], "status": "screen failure"}
    return {"eligible": True, "ineligible_reason": None, "status": "eligible"}


def _record_disposition(session: Session, actor: Actor, subject: Row, words: tuple[str, str], day: date) -> None:
    values = {"subject_id": subject["id"], "kind": words[0], "reason": words[1], "occurred_on": day, "occurred_text": day.isoformat()}
    insert_row(session, actor, Disposition, subject["study_id"], values, after=subject)
