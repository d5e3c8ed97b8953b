"""The people in the trial: pseudonymous subjects and why some were not eligible."""

from datetime import date

from sqlalchemy import Index

from db.models.base import Known, by_known, of_study, one_of, unique_code, within
from trial.terms import AIS, SEXES, STATUSES


class Subject(Known, table=True):
    """A pseudonymous subject from screening to the end, with planned and actual cohort."""

    __tablename__ = "subject"
    __table_args__ = (
        *unique_code(),
        of_study("site_id", "site"),
        of_study("planned_cohort_id", "cohort"),
        of_study("actual_cohort_id", "cohort"),
        one_of("status", STATUSES),
        one_of("sex", SEXES),
        one_of("ais", AIS),
        within("age_years", 0, 130),
        by_known("status"),
        Index(None, "study_id", "actual_cohort_id", "id"),
        Index(None, "study_id", "planned_cohort_id", "id"),
    )

    code: str
    site_id: int | None = None
    screened_on: date | None = None
    consented_on: date | None = None
    consent_version: str | None = None
    eligible: bool | None = None
    ineligible_reason: str | None = None
    enrolled_on: date | None = None
    planned_cohort_id: int | None = None
    actual_cohort_id: int | None = None
    reference_start_on: date | None = None
    age_years: int | None = None
    sex: str | None = None
    injury_level: str | None = None
    ais: str | None = None
    injured_on: date | None = None
    injury_mechanism: str | None = None
    status: str
    discontinued_on: date | None = None
    discontinuation_reason: str | None = None
    died_on: date | None = None


class EligibilityFinding(Known, table=True):
    """One eligibility criterion that was looked at; ``met`` says whether it allows enrolment."""

    __tablename__ = "eligibility_finding"
    __table_args__ = (of_study("subject_id", "subject"), by_known("subject_id"))

    subject_id: int
    criterion: str
    met: bool
    note: str | None = None
