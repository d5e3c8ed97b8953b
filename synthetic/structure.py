"""The trial itself as rows: study, protocol version, sites, dose levels, cohorts, decisions, and the audit entries of it all."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from db.audit import Actor, append_entry
from db.commands.bulk import next_id
from db.history import table_of
from db.models import Cohort, CommitteeDecision, DoseLevel, ProtocolVersion, Site, Study
from synthetic.clock import NEVER, as_date, as_instant
from synthetic.course import CohortState, Course, Setting, effective_minute
from synthetic.record import Ids, Rows, Values, simple_rows
from synthetic.treatment import dose_vector, leading_amount

ACTOR = "synthetic generator"
MADE_UP = "made-up"


def insert_study(session: Session, setting: Setting, until: date) -> int:
    """Insert the study, marked synthetic and standing still at ``until``; return its id."""
    part = setting.protocol.study
    study_id = next_id(session, Study)
    title = part.title if MADE_UP in part.title else f"{part.title} ({MADE_UP})"
    values = {
        "id": study_id,
        "code": setting.code,
        "title": title,
        "kind": "synthetic",
        "time_zone": part.time_zone,
        "ctcae_version": part.ctcae_version,
        "data_through": until,
    }
    session.connection().execute(table_of(Study).insert(), [values])
    return study_id


def structure_rows(setting: Setting, course: Course) -> Sequence[Rows]:
    """Return protocol version, sites, dose levels, cohorts and committee decisions, parents first."""
    effective = effective_minute(setting)
    return [
        simple_rows(ProtocolVersion, [effective], lambda _index, _ids: [_version_values(setting)]),
        simple_rows(Site, [effective] * len(setting.protocol.sites), lambda index, _ids: [_site_values(setting, index)]),
        simple_rows(DoseLevel, [effective] * len(setting.protocol.dose_levels), lambda index, _ids: [_level_values(setting, index)]),
        simple_rows(
            Cohort, [states[0].known for states in course.cohorts], lambda index, ids: _cohort_versions(setting, course, index, ids)
        ),
        simple_rows(
            CommitteeDecision,
            [ruling.at + 45 for ruling in course.rulings],
            lambda index, ids: [_decision_values(course, index, ids)],
        ),
    ]


def _version_values(setting: Setting) -> Values:
    version = setting.protocol.version
    return {
        "known_from": as_instant(effective_minute(setting)),
        "number": version.number,
        "text": setting.text,
        "derived": False,
        "reason": version.reason,
        "effective_on": version.effective,
    }


def _site_values(setting: Setting, index: int) -> Values:
    site = setting.protocol.sites[index]
    return {"known_from": as_instant(effective_minute(setting)), **site.model_dump()}


def _level_values(setting: Setting, index: int) -> Values:
    level = setting.protocol.dose_levels[index]
    return {
        "known_from": as_instant(effective_minute(setting)),
        "code": f"L{level.number}",
        "number": level.number,
        "label": level.label,
        "amount": leading_amount(setting, index),
        "unit": level.vector[0].unit,
        "vector": dose_vector(setting, index),
    }


def _cohort_versions(setting: Setting, course: Course, index: int, ids: Ids) -> list[Values]:
    level = setting.protocol.dose_levels[index]

    def values(state: CohortState) -> Values:
        """The columns of a cohort in one state."""
        return {
            "known_from": as_instant(state.known),
            "code": f"C{level.number}",
            "number": level.number,
            "label": f"Cohort {level.number}",
            "dose_level_id": int(ids[DoseLevel][index]),
            "planned_size": state.planned_size,
            "opened_on": as_date(state.opened),
            "closed_on": as_date(state.closed),
        }

    return [values(state) for state in course.cohorts[index]]


def _decision_values(course: Course, index: int, ids: Ids) -> Values:
    ruling = course.rulings[index]
    return {
        "known_from": as_instant(ruling.at + 45),
        "code": f"SRC-{index + 1:02d}",
        "decided_at": as_instant(ruling.at),
        "dose_level_id": int(ids[DoseLevel][ruling.level]),
        "decision": ruling.decision,
        "next_level_id": None if ruling.next_level is None else int(ids[DoseLevel][ruling.next_level]),
        "rationale": ruling.rationale,
    }


def storyteller(moment: int) -> Actor:
    """Return who writes a story that is told until ``moment`` (UTC minutes): the generator, in the story's last minute."""
    at = as_instant(moment - 1)
    assert at is not None
    return Actor(ACTOR, "system", at)


def append_entries(session: Session, setting: Setting, course: Course, study_id: int, *, moment: int, written: dict[str, int]) -> None:
    """Append the story to the audit chain at the story's own times: its protocol, its decisions, and its generation."""
    entries: list[tuple[int, str, dict[str, object]]] = [
        (effective_minute(setting), "load protocol", {"version": setting.protocol.version.number})
    ]
    entries += [
        (ruling.at + 45, "record decision", {"code": f"SRC-{i + 1:02d}", "decision": ruling.decision})
        for i, ruling in enumerate(course.rulings)
    ]
    entries = [entry for entry in entries if entry[0] < moment]
    entries.append((moment - 1, "generate study", {"scenario": setting.scenario.name, "seed": setting.seed, "rows": written}))
    for minute, act, details in entries:
        at = as_instant(minute)
        assert at is not None
        assert minute != NEVER
        append_entry(session, Actor(ACTOR, "system", at), act, study_id=study_id, details={"study": setting.code, **details})
