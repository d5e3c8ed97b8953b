"""Enrol an eligible subject into a cohort."""

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Engine, func, select
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.commands.current import Row, change_row, find_row, open_subject, report, zone_of
from db.commands.dosing_rules import check_cohort_open
from db.commands.recorded import Recorded
from db.engine import writing
from db.history import table_of
from db.models import Cohort, Subject
from trial.clocks.calendar import compute_local_day
from trial.entry.field import Field, read_fields
from trial.entry.rule import Breach, breach, faults_of
from trial.entry.subject import ENROLMENT_FIELDS, check_subject
from trial.errors import FaultyInput
from trial.sentence import Sentence

ACT = "enrol subject"
REASON = Field("reason", Sentence("Reason"), "long text")
HAPPENED = Sentence("Wait until it holds; if the subject was enrolled already, say so and why.")


@dataclass(frozen=True)
class EnrolmentEntry:
    """An enrolment into the cohort with the code ``cohort``.

    ``happened`` says that it took place against the rules that it may break; then ``reason`` says why, for the audit trail.
    """

    subject: str
    enrolled_on: date | str | None
    cohort: str | None
    happened: bool = False
    reason: str | None = None


def enrol_subject(engine: Engine, actor: Actor, study_id: int, entry: EnrolmentEntry) -> Recorded:
    """Record an enrolment; raise FaultyInput with every fault and every rule that stands in the way."""
    with writing(engine) as session:
        trial, subject = open_subject(session, actor, ACT, study_id, entry.subject)
        zone = zone_of(session, trial, subject)
        values, faults = read_fields((*ENROLMENT_FIELDS, REASON), asdict(entry), zone)
        cohort = find_row(session, Cohort, study_id, code=entry.cohort) if entry.cohort else None
        changes = {"enrolled_on": values.get("enrolled_on"), "planned_cohort_id": cohort and cohort["id"], "status": "enrolled"}
        faults += faults_of(check_subject({**subject, **changes}, compute_local_day(actor.at, zone)), {"enrolled_on"})
        breaches = _check_ready(subject) + _check_cohort(session, subject, cohort, values.get("enrolled_on"))
        faults += faults_of(found for found in breaches if "always" in found.columns or not entry.happened)
        against = [found for found in breaches if "always" not in found.columns]
        if entry.happened and against and not values.get("reason"):
            faults += faults_of([breach("", REASON.label, Sentence("is missing"), Sentence("Say why it was done all the same."))])
        if faults:
            raise FaultyInput(faults)
        why = "; ".join([str(values["reason"]), *(str(found.fault) for found in against)]) if against else "enrolled"
        begin_act(session, actor, ACT, reason=why)
        return report(session, "subject", change_row(session, actor, Subject, subject, changes), subject["code"])


def _check_ready(subject: Row) -> list[Breach]:
    """Screened, consented, found eligible, and not enrolled before."""
    found = []
    if subject["enrolled_on"] is not None or subject["status"] in ("enrolled", "on study", "completed"):
        cure = Sentence("Correct the subject, with a reason, if its enrolment is wrong.")
        return [breach("always", Sentence("Subject"), Sentence("is enrolled already"), cure)]
    if not subject["eligible"] or subject["status"] != "eligible":
        what = Sentence("has status {status}; only an eligible subject may be enrolled", status=Sentence(subject["status"]))
        found.append(breach("subject", Sentence("Subject"), what, HAPPENED))
    if subject["consented_on"] is None:
        found.append(breach("subject", Sentence("Consent signed on"), Sentence("is missing"), HAPPENED))
    return found


def _check_cohort(session: Session, subject: Row, cohort: Row | None, day: date | None) -> list[Breach]:
    """The cohort is there, open on the day, and has a place."""
    if cohort is None:
        cure = Sentence("Choose a cohort of the list.")
        return [breach("always", Sentence("Cohort"), Sentence("is none of this trial"), cure)]
    found = check_cohort_open(cohort, day) if day else []
    if cohort["planned_size"] is not None and _count_places_taken(session, cohort) >= cohort["planned_size"]:
        what = Sentence("has no place left: {size} were planned", size=cohort["planned_size"])
        found.append(breach("cohort", Sentence("Cohort"), what, HAPPENED))
    return found


def _count_places_taken(session: Session, cohort: Row) -> int:
    """Subjects planned for the cohort, those who left undosed apart."""
    subject = table_of(Subject)
    left = subject.c.status.in_(("discontinued", "died")) & subject.c.actual_cohort_id.is_(None)
    planned = (subject.c.study_id == cohort["study_id"]) & (subject.c.planned_cohort_id == cohort["id"])
    return int(session.connection().execute(select(func.count()).select_from(subject).where(planned, ~left)).scalar_one())
