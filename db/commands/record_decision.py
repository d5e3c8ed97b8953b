"""Record a decision of the safety review committee, and let the cohorts follow it."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.commands.current import Row, Trial, change_row, find_trial, insert_row, next_code, report
from db.commands.recorded import Recorded
from db.commands.rights import require
from db.engine import writing
from db.history import table_of
from db.models import Cohort, CommitteeDecision, DoseLevel
from trial.clocks.calendar import compute_local_day
from trial.entry.field import Field, read_fields
from trial.errors import Fault, FaultyInput
from trial.sentence import Sentence
from trial.terms import DECISIONS

ACT = "record decision"
PREFIX = "SRC-"
ONWARD = ("escalate", "stay", "de-escalate")
"""Decisions that name the dose level of the next subject."""
FIELDS = (
    Field("decided_at", Sentence("Decided at"), "moment", required=True),
    Field("decision", Sentence("Decision"), "choice", DECISIONS, required=True),
    Field("rationale", Sentence("Why"), "long text", required=True),
)


@dataclass(frozen=True)
class DecisionEntry:
    """A decision: when, about which dose level, what, which level is next (both by number), and why."""

    decided_at: Any
    dose_level: int | None
    decision: str | None
    next_level: int | None
    rationale: str | None


def record_decision(engine: Engine, actor: Actor, study_id: int, entry: DecisionEntry) -> Recorded:
    """Record a decision; raise FaultyInput with every fault. A level that it opens for the first time gets its cohort."""
    with writing(engine) as session:
        trial = find_trial(session, study_id)
        require(session, actor, ACT, study_id)
        values, faults = read_fields(FIELDS, asdict(entry), trial.time_zone)
        about, following = (_find_level(session, study_id, number) for number in (entry.dose_level, entry.next_level))
        faults += _check(actor, entry, values, about, following)
        if faults:
            raise FaultyInput(faults)
        begin_act(session, actor, ACT, reason=values["rationale"])
        code = next_code(session, CommitteeDecision, study_id, PREFIX, width=2)
        levels = {"dose_level_id": about and about["id"], "next_level_id": following and following["id"]}
        row = insert_row(session, actor, CommitteeDecision, study_id, {**values, **levels, "code": code})
        notes = _open_cohort(session, actor, trial, following, values) if following else []
        return report(session, "committee_decision", row, code, *notes)


def _find_level(session: Session, study_id: int, number: int | None) -> Row | None:
    level = table_of(DoseLevel)
    found = level.select().where(level.c.study_id == study_id, level.c.number == number)
    row = session.connection().execute(found).mappings().first() if number is not None else None
    return dict(row) if row else None


def _check(actor: Actor, entry: DecisionEntry, values: dict[str, Any], about: Row | None, following: Row | None) -> list[Fault]:
    """The levels are there, the next one fits the decision, and it was taken already."""
    faults = []
    if values.get("decided_at") is not None and values["decided_at"] > actor.at:
        faults.append(Fault(FIELDS[0].label, Sentence("lies in the future"), Sentence("Record it once it is taken.")))
    for number, level, label in ((entry.dose_level, about, "Dose level"), (entry.next_level, following, "Next dose level")):
        if number is not None and level is None:
            faults.append(Fault(_LEVELS[label], Sentence("is none of this trial"), Sentence("Choose a level of the list.")))
    if values.get("decision") in ONWARD and following is None and entry.next_level is None:
        faults.append(Fault(_LEVELS["Next dose level"], Sentence("is missing"), Sentence("Say which dose level comes next.")))
    if (
        about
        and following
        and values.get("decision") in _DIRECTION
        and not _DIRECTION[values["decision"]](following["number"] - about["number"])
    ):
        faults.append(Fault(_LEVELS["Next dose level"], Sentence("does not fit the decision"), Sentence("Correct one of the two.")))
    return faults


_LEVELS = {"Dose level": Sentence("Dose level"), "Next dose level": Sentence("Next dose level")}
_DIRECTION = {"escalate": lambda step: step > 0, "stay": lambda step: step == 0, "de-escalate": lambda step: step < 0}


def _open_cohort(session: Session, actor: Actor, trial: Trial, level: Row, values: dict[str, Any]) -> list[Sentence]:
    """Open the cohort of the next level: a new one, a closed one again, or one more group of places in the full one."""
    table = table_of(Cohort)
    statement = table.select().where(table.c.study_id == trial.id, table.c.dose_level_id == level["id"]).order_by(table.c.number.desc())
    row, day = session.connection().execute(statement).mappings().first(), compute_local_day(values["decided_at"], trial.time_zone)
    rule = trial.protocol.escalation
    size = rule.cohort_size if rule else None
    if row is None:
        number = _next_number(session, trial)
        new = {"code": f"C{number}", "number": number, "label": f"Cohort {number}", "dose_level_id": level["id"], "planned_size": size}
        insert_row(session, actor, Cohort, trial.id, {**new, "opened_on": day})
        return [Sentence("The cohort of dose level {level} is open.", level=level["number"])]
    changes: dict[str, Any] = {"closed_on": None, "opened_on": row["opened_on"] or day}
    if row["planned_size"] is not None and size and row["opened_on"] is not None and values["decision"] != "escalate":
        changes["planned_size"] = min(row["planned_size"] + size, rule.max_per_dose) if rule else row["planned_size"]
    change_row(session, actor, Cohort, dict(row), changes)
    return [Sentence("The cohort of dose level {level} is open.", level=level["number"])]


def _next_number(session: Session, trial: Trial) -> int:
    table = table_of(Cohort)
    numbers = session.connection().execute(table.select().where(table.c.study_id == trial.id)).mappings().all()
    taken = {row["number"] for row in numbers} | {int(row["code"][1:]) for row in numbers if row["code"][1:].isdigit()}
    return 1 + max(taken, default=0)
