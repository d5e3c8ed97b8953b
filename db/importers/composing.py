"""All rows of one imported study, model by model, parents before children."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from db.importers.arms import Arm, compose_cohorts, compose_levels
from db.importers.comparisons import compare_subjects
from db.importers.events import compose_events
from db.importers.findings import Issue
from db.importers.follow_up import compose_dispositions, compose_histories, compose_measurements, compose_medications, compose_visits
from db.importers.people import compose_sites, compose_subjects
from db.importers.plan import Plan, Versions
from db.importers.reading import Export
from db.importers.treatment import compose_administrations, compose_procedures, read_doses, read_milestones
from db.models import (
    Administration,
    AdverseEvent,
    Cohort,
    DataIssue,
    Disposition,
    DoseLevel,
    Known,
    Measurement,
    MedicalHistory,
    Medication,
    Procedure,
    ProtocolVersion,
    Site,
    Subject,
    Visit,
)
from trial.protocol import Protocol

Part = tuple[type[Known], Iterable[Versions]]


def compose_study(plan: Plan, export: Export, arms: list[Arm], protocol: tuple[Protocol, str, bool]) -> Iterator[Part]:
    """Yield each model with its rows; ``protocol`` is the parsed one, its text, and whether it was derived.

    Each part must be used up before the next is asked for: later parts refer to the ids of earlier ones.
    """
    declared, text, derived = protocol
    read_milestones(plan, export.records)
    compare_subjects(plan, export.records)
    yield ProtocolVersion, [[_version(plan, declared, text, derived=derived)]]
    yield DoseLevel, compose_levels(plan, declared)
    yield Site, compose_sites(plan, export.of("DM"), declared)
    yield Cohort, compose_cohorts(plan, arms)
    yield Subject, compose_subjects(plan, export.records)
    yield Procedure, compose_procedures(plan, export.of("PR"))
    yield Administration, compose_administrations(plan, read_doses(export.records))
    yield AdverseEvent, compose_events(plan, export.records)
    yield Visit, compose_visits(plan, export.of("SV"))
    yield Measurement, compose_measurements(plan, export.of("VS"))
    yield Measurement, compose_measurements(plan, export.of("LB"))
    yield Measurement, compose_measurements(plan, export.of("NV"))
    yield Medication, compose_medications(plan, export.of("CM"))
    yield MedicalHistory, compose_histories(plan, export.of("MH"))
    yield Disposition, compose_dispositions(plan, export.of("DS"))


def compose_issues(plan: Plan, issues: Iterable[Issue], batch_id: int) -> Iterator[Versions]:
    """Yield each issue as a row; one that concerns a row is known with it, one that concerns a subject with the subject."""
    for issue in issues:
        values: dict[str, Any] = asdict(issue)
        known_on: date | None = values.pop("known_on")
        if known_on is None:
            known_on = plan.knowledge.entered(issue.subject) if issue.subject else plan.knowledge.start
        values["column_name"] = values.pop("column")
        yield [plan.row(DataIssue, known_on, batch_id=batch_id, **values)]


def _version(plan: Plan, protocol: Protocol, text: str, *, derived: bool) -> dict[str, Any]:
    """The protocol's version; it is known from the first day of the data."""
    version = protocol.version
    return plan.row(
        ProtocolVersion,
        plan.knowledge.start,
        number=version.number,
        text=text,
        derived=derived,
        reason=version.reason,
        effective_on=version.effective,
    )
