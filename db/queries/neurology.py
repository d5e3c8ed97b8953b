"""Neurological examinations of dosed subjects, by days since the first dose: totals, and worksheets with what they say."""

from typing import Any

import pandas as pd
from sqlalchemy import Select, select
from sqlmodel import Session

from db.history import known
from db.models import Cohort, Subject
from db.queries.conditions import first_doses
from db.queries.pre_dose import dated_results
from db.queries.spans import count_days
from trial.asof import AsOf
from trial.grading.isncsci_summary import summarise_worksheet
from trial.grading.isncsci_text import TEST as WORKSHEET
from trial.protocol_neurology import NeurologyPart
from trial.signals.neuro_course import compute_exams, compute_thresholds
from trial.tables.neurology import NEURO_LEVELS, NEURO_PEOPLE, NEURO_RESULTS

TESTS = ("UEMS", "LEMS", "LT", "PP", "AIS")


def neuro_results(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return NEURO_RESULTS with a day, by subject and in time; of two at one time the one recorded last comes last."""
    return NEURO_RESULTS.frame(session.connection().execute(_results(as_of, study_id, TESTS)).all())


def neuro_levels(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return NEURO_LEVELS, by subject and in time; of two worksheets at one time the one recorded last comes last."""
    rows = session.connection().execute(_results(as_of, study_id, (WORKSHEET,))).all()
    return NEURO_LEVELS.frame((*row[:4], row.result_text or "", *_summarise(row.result_text or ""), row.standing) for row in rows)


def neuro_exams(session: Session, as_of: AsOf, study_id: int, *, neurology: NeurologyPart | None = None) -> pd.DataFrame:
    """Return NEURO_EXAMS of totals and worksheets by the limits that the protocol declares, or the proposed ones; by subject and day."""
    results, levels = neuro_results(session, as_of, study_id), neuro_levels(session, as_of, study_id)
    return compute_exams(results, compute_thresholds(neurology), levels)


def neuro_people(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return NEURO_PEOPLE of every dosed subject, by code."""
    subject, dose = known(Subject, as_of, study_id), first_doses(as_of, study_id)
    delay = count_days(subject.c.injured_on, dose.c.first_dose_on)
    statement = select(subject.c.code, subject.c.injury_level, subject.c.ais, delay).join(dose, dose.c.subject_id == subject.c.id)
    return NEURO_PEOPLE.frame(session.connection().execute(statement.order_by(subject.c.code)).all())


def _summarise(line: str) -> tuple[Any, ...]:
    """The columns of NEURO_LEVELS from the sensory level on."""
    found = summarise_worksheet(line)
    return (*(getattr(found, name) for name in NEURO_LEVELS.names[5:-3]), ", ".join(found.untested), found.fault)


def _results(as_of: AsOf, study_id: int, tests: tuple[str, ...]) -> Select[Any]:
    """Results of some tests, with whose they are, the days since the first dose and how they stand to it."""
    result = dated_results(as_of, study_id, kinds=("neurology",), tests=tests)
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    facts = (result.c[name] for name in ("measured_on", "day", "test", "value", "result_text", "standing"))
    return (
        select(subject.c.code, cohort.c.number, *facts)
        .select_from(result)
        .join(subject, subject.c.id == result.c.subject_id)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .where(result.c.test.in_(tests))
        .order_by(
            subject.c.code, result.c.measured_on, result.c.test, result.c.measured_at.is_not(None), result.c.measured_at,
            result.c.known_from, result.c.id,
        )
    )  # fmt: skip
