"""The area of every query that a page may read: who may see an area stands in `trial.roles`. A query without one is refused."""

from collections.abc import Callable, Mapping
from typing import Any

AREAS: Mapping[str, str] = {
    query: area
    for area, queries in {
        "counts": (
            "accounts.site_choices", "changes.change_counts", "changes.latest_known", "cohorts.cohorts",
            "complications.complication_checks",
            "entry.entry_cohorts", "entry.entry_sites", "entry.entry_terms", "entry.entry_waiting",
            "enrolment.criteria_failed", "enrolment.enrolment_days", "enrolment.funnel", "enrolment.losses", "enrolment.site_enrolment",
            "event_courses.event_courses", "event_listing.event_tally", "events.event_overview", "events.event_terms",
            "laboratory.lab_tests", "meddra.meddra_versions",
            "monitor_courses.monitor_courses",
            "monitors.background_counts", "monitors.monitor_counts", "perioperative.phase_terms", "perioperative.phase_totals",
            "surgery.judgement_counts", "surgery.surgical_grades", "surgery.surgical_tally",
            "surgical_courses.surgical_counts", "surgical_courses.surgical_courses",
            "summary.cohort_counts", "summary.disposition_counts", "summary.study_counts", "summary.term_counts",
        ),
        "listings": (
            "changes.changes", "complications.complication_faults", "complications.entry_lists",
            "due.missing_visits", "due.open_questions", "event_courses.measure_days", "event_courses.measure_subjects",
            "event_listing.event_listing", "events.term_subjects",
            "entry.entry_judgements", "entry.entry_rows", "entry.entry_subjects", "entry.entry_values",
            "data_faults.data_fault_listing", "death_faults.death_faults", "deaths.unreported_deaths",
            "laboratory.lab_reports", "laboratory.lab_series",
            "lanes.lane_doses", "lanes.lane_events", "lanes.lanes", "measured.undecided_results",
            "monitor_courses.monitor_hits", "monitors.monitor_events",
            "neurology.neuro_exams", "neurology.neuro_levels", "neurology.neuro_people", "neurology.neuro_results",
            "perioperative.phase_events", "perioperative.procedures", "recurrence.repeated_events", "reporting.serious_versions",
            "subject_story.subject_choices",
            "worksheet_faults.worksheet_faults",
            "surgery.ambiguous_onsets", "surgery.surgical_events",
            "surgical_courses.counted_complications", "surgical_courses.surgical_firsts",
        ),
        "stories": (
            "subject_listings.subject_dispositions", "subject_listings.subject_history", "subject_listings.subject_measurements",
            "subject_listings.subject_medications", "subject_listings.subject_series", "subject_listings.subject_tests",
            "subject_listings.subject_visits", "subject_opinions.subject_opinions",
            "subject_story.event_versions", "subject_story.subject_doses",
            "subject_story.subject_events", "subject_story.subject_facts", "subject_story.subject_procedures",
        ),
        "rule": (
            "decisions.committee_decisions", "decisions.decision_signatures", "decisions.lots",
            "dlt_candidates.dlt_candidates", "dosed.dosed",
        ),
        "audit": ("audit.audit_acts", "audit.audit_detail", "audit.audit_entries"),
        "intake": (
            "data_faults.data_fault_counts",
            "intake.data_issues", "intake.holdings", "intake.import_batches", "intake.issue_counts",
        ),
    }.items()
    for query in queries
}  # fmt: skip
"""Each query as module.function with its area."""


def area_of(query: Callable[..., Any]) -> str | None:
    """Return the area of a query of this package; None when it is not registered, which no role may see."""
    package, _, module = query.__module__.rpartition(".")
    return AREAS.get(f"{module}.{query.__qualname__}") if package == __package__ else None
