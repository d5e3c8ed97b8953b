"""Sites and subjects: each subject's way through the trial as versions, every status known from its own day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from db.importers.arms import actual_arm, is_screen_failure, planned_arm
from db.importers.dispositions import classify_dispositions
from db.importers.plan import Plan, Row, Versions
from db.importers.records import Record
from db.models import Site, Subject
from trial.protocol import Protocol

RANDOMISED = ("RANDOMIZED", "RANDOMISED", "RANDOMIZATION", "ENROLLED", "ENROLLMENT")
_SEXES = {"F": "female", "M": "male", "FEMALE": "female", "MALE": "male"}
_PER_YEAR = {"YEARS": 1.0, "MONTHS": 12.0, "WEEKS": 52.1775, "DAYS": 365.25, "": 1.0}
_RANK = {"screening": 0, "enrolled": 1, "on study": 2, "completed": 3, "discontinued": 3, "screen failure": 3, "died": 4}
"""A later status never falls back to an earlier one; death is last."""


@dataclass
class _Story:
    """What other domains say of one subject: the first visit, randomisation, consent, and how the study ended."""

    visited: date | None = None
    randomised: date | None = None
    consented: date | None = None
    ends: list[tuple[Record, date]] = field(default_factory=list)


def compose_sites(plan: Plan, subjects: Sequence[Record], protocol: Protocol | None) -> list[Versions]:
    """Return the sites that the subjects of DM belong to, with name, zone and plan where the protocol declares them."""
    declared = {site.code: site for site in protocol.sites} if protocol else {}
    countries = {code: record.text("COUNTRY") for record in subjects if (code := record.text("SITEID"))}
    rows = []
    for code in sorted(countries.keys() | declared.keys()):
        site = declared.get(code)
        row = plan.row(
            Site,
            plan.knowledge.start,
            code=code,
            name=site.name if site else f"Site {code}",
            country=site.country if site else countries.get(code),
            time_zone=site.time_zone if site else plan.time_zone,
            planned_per_month=site.planned_per_month if site else None,
        )
        plan.site_ids[code] = row["id"]
        rows.append([row])
    return rows


def compose_subjects(plan: Plan, records: Mapping[str, Sequence[Record]]) -> Iterable[Versions]:
    """Yield each subject of DM from screening to the end."""
    stories = _read_stories(plan, records)
    for record in records["DM"]:
        yield _compose_subject(plan, record, stories.get(record.subject, _Story()))


def _read_stories(plan: Plan, records: Mapping[str, Sequence[Record]]) -> dict[str, _Story]:
    """What SV and DS say of each subject."""
    stories = {record.subject: _Story() for record in records["DM"]}
    for record in records.get("SV", ()):
        story, visit = stories[record.subject], record.date("SVSTDTC")
        if visit is not None and visit.day is not None:
            story.visited = min(visit.day, story.visited or visit.day)
    for record, kind in classify_dispositions(records.get("DS", ())):
        story, what = stories[record.subject], record.upper("DSDECOD", "DSTERM")
        day = _day(record, "DSSTDTC") or _day(record, "DSDTC")
        if what in RANDOMISED:
            story.randomised = day
        elif what == "INFORMED CONSENT OBTAINED":
            story.consented = day
        elif kind == "end of study":
            story.ends.append((record, plan.knowledge.day_of(record, "DSDTC", "DSSTDTC")))
    return stories


def _compose_subject(plan: Plan, record: Record, story: _Story) -> Versions:
    """One subject with all versions."""
    entered = plan.knowledge.entered(record.subject)
    first = plan.row(
        Subject,
        entered,
        code=record.subject,
        site_id=plan.site_ids.get(record.text("SITEID") or ""),
        screened_on=story.visited or _day(record, "DMDTC") or _day(record, "RFICDTC"),
        age_years=_age(plan, record),
        sex=_SEXES.get(record.upper("SEX"), "unknown"),
        status="screening",
    )
    plan.subject_ids[record.subject] = first["id"]
    changes = [*_enrolment(plan, record, story), *_endings(plan, record, story)]
    consented = _day(record, "RFICDTC") or story.consented
    if consented:
        changes.append((consented, {"consented_on": consented}))
    return plan.versions(first, entered, _keep_rank(sorted(changes, key=lambda change: (change[0] or entered, _rank(change[1])))))


def _enrolment(plan: Plan, record: Record, story: _Story) -> Iterable[tuple[date | None, Row]]:
    """From assignment to the first dose: cohorts are known when assigned and when treated, not at screening."""
    planned, actual = planned_arm(record), actual_arm(record)
    reference, dosed = plan.reference.get(record.subject), plan.first_dose.get(record.subject)
    if planned is not None:
        enrolled = min((day for day in (story.randomised, reference, dosed) if day is not None), default=None)
        assigned = {"planned_cohort_id": plan.cohort_ids[planned], "eligible": True, "status": "enrolled"}
        yield enrolled, assigned | {"enrolled_on": story.randomised or enrolled}
    entered = plan.dose_entered.get(record.subject)
    if actual is not None and (dosed or reference):
        yield entered or dosed or reference, {"actual_cohort_id": plan.cohort_ids[actual]}
    started = min((day for day in (reference, dosed) if day is not None), default=None)
    if started is not None:
        yield max(entered or started, started), {"status": "on study"}
    if reference is not None:
        yield reference, {"reference_start_on": reference}


def _endings(plan: Plan, record: Record, story: _Story) -> Iterable[tuple[date | None, Row]]:
    """Screen failure, completion, discontinuation and death."""
    failed = is_screen_failure(record)
    for end, known_on in story.ends:
        reason = end.upper("DSDECOD", "DSTERM")
        if reason == "SCREEN FAILURE":
            why = end.text("DSTERM")
            yield known_on, {"status": "screen failure", "eligible": False, "ineligible_reason": why if why != reason else None}
            failed = False
        elif reason == "COMPLETED":
            yield known_on, {"status": "completed"}
        elif reason != "DEATH":
            left = _day(end, "DSSTDTC") or known_on
            yield known_on, {"status": "discontinued", "discontinued_on": left, "discontinuation_reason": end.text("DSDECOD", "DSTERM")}
    if failed:  # no disposition says when
        yield plan.knowledge.entered(record.subject), {"status": "screen failure", "eligible": False}
    if record.subject in plan.died:
        yield plan.died[record.subject], {"status": "died", "died_on": plan.died[record.subject]}


def _rank(fields: Mapping[str, Any]) -> int:
    """The rank of the status a change brings; changes without one come first."""
    return _RANK.get(fields.get("status", ""), -1)


def _keep_rank(changes: Iterable[tuple[date | None, Row]]) -> Iterable[tuple[date | None, Row]]:
    """The changes without statuses that would fall back behind an earlier one."""
    reached = 0
    for day, fields in changes:
        if _rank(fields) < reached:
            yield day, {name: value for name, value in fields.items() if name != "status"}
        else:
            reached = _rank(fields)
            yield day, fields


def _age(plan: Plan, record: Record) -> int | None:
    """Age in whole years; None, with an issue, where it cannot be true."""
    age, unit = record.number("AGE"), record.upper("AGEU")
    if age is None:
        return None
    years = age / _PER_YEAR.get(unit, 0) if unit in _PER_YEAR else -1.0
    if 0 <= years <= 130:
        return int(years)
    plan.note(record, "implausible age", "lies outside 0 to 130 years", "read as missing", column="AGE")
    return None


def _day(record: Record, name: str) -> date | None:
    """The whole date in a column, if there is one."""
    value = record.date(name)
    return value.day if value is not None else None
