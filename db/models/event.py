"""Adverse events: what happened, when (with its precision), how bad, caused by what, and what became of it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from db.models.base import Known, by_known, index_where, of_study, one_of, unique_code
from trial.terms import (
    ACTIONS,
    CAUSALITIES,
    CLASSINTRA,
    CLAVIEN_DINDO,
    DLT_STATES,
    EXPECTEDNESS,
    GRADES,
    HEADS,
    IMPUTED,
    JUDGES,
    OUTCOMES,
    PRECISIONS,
    SEVERITIES,
)


class AdverseEvent(Known, table=True):
    """One adverse event of one subject.

    ``onset_text`` is what was collected; ``onset_date`` is the analysis date with its flag ``onset_imputed``;
    ``onset_latest`` the last day it can have begun (missing when unknown); ``onset_at`` the instant, where a time was
    collected. The eight ``<judge>_<head>`` columns hold causality; ``term_used`` is the coded term, else the verbatim.
    """

    __tablename__ = "adverse_event"
    __table_args__ = (
        *unique_code(),
        of_study("subject_id", "subject"),
        one_of("grade", GRADES),
        one_of("severity", SEVERITIES),
        one_of("onset_precision", PRECISIONS),
        one_of("onset_imputed", IMPUTED),
        one_of("end_precision", PRECISIONS),
        one_of("end_imputed", IMPUTED),
        one_of("outcome", OUTCOMES),
        one_of("action", ACTIONS),
        one_of("dlt", DLT_STATES),
        one_of("expectedness", EXPECTEDNESS),
        one_of("clavien_dindo", CLAVIEN_DINDO),
        one_of("classintra", CLASSINTRA),
        *(one_of(f"{judge}_{head}", CAUSALITIES) for judge in JUDGES for head in HEADS),
        CheckConstraint("onset_latest IS NULL OR onset_date IS NULL OR onset_latest >= onset_date", name="onset_range"),
        by_known("subject_id"),
        Index(None, "study_id", "onset_date", "code", "known_from"),
        Index(
            "ix_adverse_event_counts", "study_id", "category", "term_used", "grade", "severity", "subject_id", "known_from", "onset_latest"
        ),
        Index("ix_adverse_event_serious", "study_id", "serious", "onset_date", "code", "known_from", "subject_id"),
        index_where("ix_adverse_event_judged", "study_id", "dlt", condition="dlt IS NOT NULL"),
    )

    code: str
    subject_id: int
    verbatim: str
    coded_term: str | None = None
    term_used: str
    category: str
    dictionary: str
    ctcae_version: str | None = None
    grade: int | None = None
    severity: str | None = None
    onset_text: str | None = None
    onset_precision: str
    onset_date: date | None = None
    onset_imputed: str | None = None
    onset_latest: date | None = None
    onset_at: datetime | None = None
    end_text: str | None = None
    end_precision: str = "unknown"
    end_date: date | None = None
    end_imputed: str | None = None
    end_at: datetime | None = None
    ongoing: bool | None = None
    aware_at: datetime | None = None
    investigator_product: str | None = None
    investigator_procedure: str | None = None
    investigator_concomitant: str | None = None
    investigator_underlying: str | None = None
    sponsor_product: str | None = None
    sponsor_procedure: str | None = None
    sponsor_concomitant: str | None = None
    sponsor_underlying: str | None = None
    source_causality: str | None = None
    serious: bool | None = None
    results_in_death: bool | None = None
    life_threatening: bool | None = None
    hospitalisation: bool | None = None
    disability: bool | None = None
    congenital_anomaly: bool | None = None
    medically_important: bool | None = None
    expectedness: str | None = None
    anticipated: bool | None = None
    outcome: str | None = None
    action: str | None = None
    dlt: str | None = None
    dlt_reason: str | None = None
    aesi: str | None = Field(default=None, index=False)
    clavien_dindo: str | None = None
    clavien_disability: bool | None = None
    classintra: str | None = None
    source_treatment_emergent: bool | None = None
