"""Record an adverse event."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.commands.current import Row, Trial, change_row, insert_row, next_code, open_subject, report
from db.commands.event_facts import find_event_facts
from db.commands.recorded import Recorded
from db.engine import writing
from db.models import AdverseEvent, Subject
from trial.dates import read_collected_date
from trial.entry.event import EVENT_FIELDS, check_event, derive_end, derive_onset, derive_term, is_candidate
from trial.entry.field import read_fields
from trial.entry.rule import faults_of
from trial.errors import FaultyInput
from trial.sentence import Sentence
from trial.terms import SERIOUSNESS

ACT = "record event"
PREFIX = "AE-"


@dataclass(frozen=True)
class EventEntry:
    """An adverse event of the subject with this code; fields as in `trial.entry.event.EVENT_FIELDS`.

    Dates are ISO text as collected, whole or partial, local at the site. ``serious`` follows from the criteria where it is not
    given, ``aware_at`` is the present instant. ``possible_dlt`` asks for a DLT judgement that the protocol's rule does not ask for.
    """

    subject: str
    verbatim: str | None
    onset_text: str | None
    grade: int | None = None
    severity: str | None = None
    coded_term: str | None = None
    category: str | None = None
    end_text: str | None = None
    ongoing: bool | None = None
    outcome: str | None = None
    action: str | None = None
    aware_at: Any = None
    investigator_product: str | None = None
    investigator_procedure: str | None = None
    investigator_concomitant: str | None = None
    investigator_underlying: str | None = None
    sponsor_product: str | None = None
    sponsor_procedure: str | None = None
    sponsor_concomitant: str | None = None
    sponsor_underlying: str | None = None
    serious: bool | None = None
    results_in_death: bool = False
    life_threatening: bool = False
    hospitalisation: bool = False
    disability: bool = False
    congenital_anomaly: bool = False
    medically_important: bool = False
    expectedness: str | None = None
    anticipated: bool | None = None
    clavien_dindo: str | None = None
    clavien_disability: bool | None = None
    classintra: str | None = None
    possible_dlt: bool = False


def record_event(engine: Engine, actor: Actor, study_id: int, entry: EventEntry) -> Recorded:
    """Record an adverse event; raise FaultyInput with every fault."""
    with writing(engine) as session:
        trial, subject = open_subject(session, actor, ACT, study_id, entry.subject)
        facts = find_event_facts(session, actor, trial, subject, coded_term=entry.coded_term)
        values, faults = read_fields(EVENT_FIELDS, asdict(entry), facts.time_zone)
        if values.get("serious") is None:
            values["serious"] = any(values.get(name) for name in SERIOUSNESS)
        values["aware_at"] = values.get("aware_at") or actor.at
        faults += faults_of(check_event(values, facts))
        if faults:
            raise FaultyInput(faults)
        pending = entry.possible_dlt or is_candidate(values, facts)
        begin_act(session, actor, ACT, reason="as the event says")
        row = insert_row(
            session,
            actor,
            AdverseEvent,
            study_id,
            {
                **values,
                **derive_term(values, facts),
                **derive_onset(values["onset_text"], facts),
                **derive_end(values, facts),
                "code": next_code(session, AdverseEvent, study_id, PREFIX, width=4),
                "subject_id": subject["id"],
                "dlt": "pending" if pending else None,
            },
            after=subject,
        )
        notes = [Sentence("It may be a DLT and awaits judgement.")] if pending else []
        notes += record_death(session, actor, trial, subject, values)
        return report(session, "adverse_event", row, row["code"], *notes)


def record_death(session: Session, actor: Actor, trial: Trial, subject: Row, values: Mapping[str, Any]) -> list[Sentence]:
    """Let the subject of a fatal event be dead from the day the event ended; return what to say of it."""
    end = read_collected_date(values["end_text"]) if values.get("outcome") == "fatal" and values.get("end_text") else None
    if end is None or end.day is None or subject["died_on"] is not None:
        return []
    ending = {"status": "died", "died_on": end.day, "discontinued_on": subject["discontinued_on"] or end.day}
    ending["discontinuation_reason"] = subject["discontinuation_reason"] or "death"
    change_row(session, actor, Subject, subject, ending)
    return [Sentence("The subject is recorded as having died on {day}.", day=end.day)]
